"""Damage: the grid equals a pass of its own for every point."""

import pytest
import torch
from benchmarks.planted import suite_of
from torch.nn import functional

from brodmann.errors import RunError
from brodmann.neurons.interventions import Intervention, intervene
from brodmann.playground.planted import CASES, PlantedRun
from brodmann.studies.skill_neurons import damage as module
from brodmann.studies.skill_neurons.damage import damage
from brodmann.studies.skill_neurons.disturbed import disturbed
from brodmann.studies.skill_neurons.orders import own_order, random_order
from brodmann.studies.skill_neurons.perturbation import order_inputs
from brodmann.studies.skill_neurons.settings import scans
from brodmann.studies.suite import grid

ROWS, RATES = 40, [0.0, 0.1, 0.4]
KINDS = [["noise", 1.0, "relative"], ["noise", 0.1, "absolute"], ["zero", 1.0, "absolute"],
         ["mean", 1.0, "absolute"]]  # fmt: skip


@pytest.fixture(scope="module")
def planted():
    rows = {"train": 100, "val": 80, "test": 80}
    world = CASES["plain"](0, tasks=1)
    suite = suite_of(world, 1, rows, permutations=3)
    (job,) = grid(suite.config)
    return PlantedRun(world, job.task, job.seed, rows=rows), scans(suite, [job])[job]


def run(one, scan, scope):
    orders = {"own": own_order(scan, scope), "random:0": random_order(scan, scope, 0)}
    given = order_inputs(scan, orders)
    return orders, damage(one, ROWS, list(orders), scope, RATES, KINDS, "example", given)


def alone(one, arm):
    """Logits ``[N, C]`` in the order of the examples, one pass per batch."""
    found = {}
    for batch in one.batches("test", ROWS):
        prepared = one.subject.prepare(batch)
        with torch.inference_mode(), intervene(one.subject.model, one.subject.sites, prepared, arm):
            logits = one.subject.predict(prepared.inputs)
        found |= dict(zip(prepared.rows.tolist(), logits, strict=True))
    return torch.stack([found[row] for row in sorted(found)])


@pytest.mark.parametrize("scope", ["layer", "global"])
def test_every_point_of_the_grid_is_a_pass_of_its_own(planted, scope):
    one, scan = planted
    orders, found = run(one, scan, scope)
    sizes = {site: len(ranks) for site, ranks in orders["own"].items()}
    for k, (kind, strength, unit) in enumerate(KINDS):
        beside = {"relative": "std"}.get(unit, kind)
        values = scan.by_site(beside) if beside in ("std", "mean") else {}
        for o, ranks in enumerate(orders.values()):
            for r, rate in enumerate(RATES[1:], start=1):
                taken = {s: int(rate * (n if scope == "layer" else sum(sizes.values())))
                         for s, n in sizes.items()}  # fmt: skip
                masks = {site: ranks[site] < taken[site] for site in sizes}
                seed = scan.info["seed"]
                logits = alone(one, [Intervention(kind, masks, "all", strength, values, seed=seed)])
                labels = one.labels("test", ROWS)
                loss = functional.cross_entropy(logits, labels, reduction="none")
                assert torch.allclose(found.tensors["loss"][k, o, r], loss, atol=1e-4)
                margin = logits.topk(2).values.diff().abs()[:, 0] > 1e-3
                right = logits.argmax(-1) == labels
                assert torch.equal(found.tensors["right"][k, o, r][margin], right[margin])


def test_rate_0_is_the_intact_model_and_idle_noise_changes_no_bit(planted):
    one, scan = planted
    _, found = run(one, scan, "layer")
    clean = found.tensors["clean"]
    assert torch.equal(found.tensors["idle"], clean)
    assert not torch.equal(found.tensors["emptied"], clean)
    loss = functional.cross_entropy(clean, found.tensors["labels"], reduction="none")
    assert torch.equal(found.tensors["loss"][:, :, 0], loss.expand(len(KINDS), 2, -1))


def test_a_strength_of_0_that_changes_an_answer_is_told(planted, monkeypatch):
    one, scan = planted
    real = module.run_arms

    def off(*given, **more):
        found = real(*given, **more)
        return found | {"logits": found["logits"] + 1}

    monkeypatch.setattr(module, "run_arms", off)
    with pytest.raises(RunError, match="strength 0 changed the answers"):
        run(one, scan, "layer")


def test_a_rate_that_takes_nobody_disturbs_nothing():
    orders = {"own": {"a": torch.arange(10)}, "null:0": {"a": torch.arange(9, -1, -1)}}
    found = disturbed(orders, "layer", [0.0, 0.05, 0.2])
    assert sorted(found) == [(0, 2), (1, 2)]
    assert found[1, 2]["a"].nonzero()[:, 0].tolist() == [8, 9]
