"""Routers learn planted experts, and the best epoch is what stays."""

import pytest
import torch
from tests.neurons.moe.planted_experts import Planted, planted_partition

from brodmann.errors import RunError
from brodmann.neurons.moe.buffer import Buffer
from brodmann.neurons.moe.layers import seen_tokens
from brodmann.neurons.moe.measures import Routing
from brodmann.neurons.moe.routers import MlpRouter, Oracle, RandomRouter, activity
from brodmann.training.routers import Budget, RouterModule, train_routers

pytestmark = pytest.mark.filterwarnings("ignore")  # Lightning's own, as in tests/contract
SITE = "encoder.0.ffn"
E, D = 4, 6


def rows(subject, partition, seeds):
    for seed in seeds:
        for seen in seen_tokens(subject, [subject.batch(50, seed)], subject.layers):
            states, neurons = seen[SITE]
            active = activity(neurons, partition.members(SITE))
            yield {f"states/{SITE}": states, "active/r": active}


def captured(router, held, count=1):
    routing = Routing([count])
    for batch in held:
        routing.update(router(batch[f"states/{SITE}"]), batch["active/r"])
    return float(routing.captured())


def test_a_router_learns_planted_experts_from_centres_that_say_nothing():
    subject = Planted()
    partition = planted_partition(subject)
    start = torch.randn(E, subject.width, generator=torch.Generator().manual_seed(0)) / 10
    router = MlpRouter(start)
    held = list(rows(subject, partition, [7]))
    before = captured(router, held)
    train = Buffer(lambda: rows(subject, partition, range(4)), rows=300, size=64)
    told = train_routers({"r": router}, {"r": SITE}, train, held, Budget(8, 0.02, count=1))
    assert len(told["r"]) == 9
    assert told["r"][0] == pytest.approx(before)
    assert captured(router, held) == pytest.approx(max(told["r"]))
    assert captured(router, held) > 0.97
    assert captured(RandomRouter(E), held) < 0.5
    assert not next(router.parameters()).is_inference()


def test_the_planted_centres_are_right_from_the_start():
    subject = Planted()
    partition = planted_partition(subject)
    held = list(rows(subject, partition, [7]))
    router = MlpRouter(subject.directions)
    assert captured(router, held) == pytest.approx(1)
    oracle = Oracle(partition.members(SITE))
    for batch in held:
        states, active = batch[f"states/{SITE}"], batch["active/r"]
        assert torch.equal(router(states).argmax(1), active.argmax(1))
        assert torch.equal(oracle(states, subject.model.into(states).relu()).argmax(1),
                           active.argmax(1))  # fmt: skip


def spoilt(count):
    """States whose first axes say which expert is active; and as many that say it wrongly."""
    generator = torch.Generator().manual_seed(0)
    kind = torch.randint(E, (count,), generator=generator)
    states = torch.nn.functional.one_hot(kind, D).float()
    right = torch.nn.functional.one_hot(kind, E).float()
    wrong = torch.nn.functional.one_hot((kind + 1) % E, E).float()
    return states, right, wrong


def test_training_that_only_spoils_leaves_the_router_as_it_began():
    states, right, wrong = spoilt(200)
    router = MlpRouter(torch.eye(E, D))
    first = {name: values.clone() for name, values in router.state_dict().items()}
    train = [{f"states/{SITE}": states, "active/r": wrong}]
    held = [{f"states/{SITE}": states, "active/r": right}]
    told = train_routers({"r": router}, {"r": SITE}, train, held, Budget(30, 0.05, count=1))
    assert told["r"][0] == 1
    assert told["r"][-1] < 0.5
    assert all(torch.equal(values, first[name]) for name, values in router.state_dict().items())


def test_the_best_epoch_between_rise_and_fall_is_kept():
    states, right, wrong = spoilt(200)
    module = RouterModule({"r": MlpRouter(torch.zeros(E, D))}, {"r": SITE}, Budget(1, 0.1, 1))
    held = {f"states/{SITE}": states, "active/r": right}
    marks = []
    for weight in (0.0, 1.0, -1.0):
        with torch.no_grad():
            module.routers[0].first.weight.copy_(weight * torch.eye(E, D))
        module.on_validation_epoch_start()
        module.validation_step(held, 0)
        module.on_validation_epoch_end()
        marks.append(module.captured["r"][-1])
    assert marks[1] == max(marks) == 1
    module.keep_best()
    assert torch.equal(module.routers[0].first.weight, torch.eye(E, D))


def test_routers_side_by_side_are_what_each_is_alone():
    states, right, wrong = spoilt(100)
    batch = {f"states/{SITE}": states, "active/a": right, "active/b": wrong}
    start = torch.randn(E, D, generator=torch.Generator().manual_seed(1))
    both = {name: MlpRouter(start) for name in "ab"}
    train_routers(both, dict.fromkeys("ab", SITE), [batch], [batch], Budget(5, 0.05, 1))
    for name in "ab":
        alone = {name: MlpRouter(start)}
        train_routers(alone, {name: SITE}, [batch], [batch], Budget(5, 0.05, 1))
        for key, values in alone[name].state_dict().items():
            assert torch.allclose(values, both[name].state_dict()[key], atol=1e-6)


def test_losses_that_are_not_finite_end_in_one_line():
    states, right, _ = spoilt(10)
    train = [{f"states/{SITE}": states * float("nan"), "active/r": right}]
    held = [{f"states/{SITE}": states, "active/r": right}]
    with pytest.raises(RunError, match=r"smaller study\.router_lr"):
        train_routers({"r": MlpRouter(torch.eye(E, D))}, {"r": SITE}, train, held,
                      Budget(1, 0.1, 1))  # fmt: skip
    with pytest.raises(RunError, match="no state"):
        train_routers({"r": MlpRouter(torch.eye(E, D))}, {"r": SITE}, [], held, Budget(1, 0.1, 1))
