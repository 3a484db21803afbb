import subprocess
import sys

import numpy as np
import pytest

from brodmann.training.plan import Plan, evaluation_batches


@pytest.fixture
def plan():
    lengths = tuple(int(x) for x in np.random.default_rng(0).integers(3, 40, 203))
    return Plan(lengths, batch_size=8, epochs=3, max_steps=None, seed=5)


def test_every_epoch_holds_every_example_once(plan):
    for epoch in range(plan.epochs):
        steps = range(epoch * plan.steps_per_epoch, (epoch + 1) * plan.steps_per_epoch)
        seen = np.concatenate([plan.batch(step) for step in steps])
        assert sorted(seen) == list(range(203))


def test_orders_differ_between_epochs_and_seeds(plan):
    other = Plan(plan.lengths, 8, 3, None, seed=6)
    assert list(plan.batch(0)) != list(plan.batch(plan.steps_per_epoch))
    assert list(plan.batch(0)) != list(other.batch(0))


def test_buckets_spare_padding(plan):
    lengths = np.array(plan.lengths)
    padded = sum(len(b) * lengths[b].max() for _, b in plan.from_step(0))
    shuffled = np.random.default_rng(1).permutation(203)
    plain = sum(len(b) * lengths[b].max() for b in (shuffled[i : i + 8] for i in range(0, 203, 8)))
    assert padded < 0.8 * plain * plan.epochs


def test_from_step_goes_on_where_the_whole_would_be(plan):
    whole = dict(plan.from_step(0))
    for step, batch in plan.from_step(37):
        np.testing.assert_array_equal(batch, whole[step])


def test_max_steps_bounds():
    assert Plan((1,) * 10, 4, 5, 7, 0).steps == 7
    assert Plan((1,) * 10, 4, 1, 7, 0).steps == 3


def test_the_order_does_not_depend_on_the_hash_seed():
    code = (
        "from brodmann.training.plan import Plan;"
        "print([list(map(int, Plan((1,2,3,4,5), 2, 2, None, 1).batch(s))) for s in range(6)])"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": h, "PYTHONPATH": "src"},
            capture_output=True, text=True, check=True,
        ).stdout
        for h in ("0", "1")
    }  # fmt: skip
    assert len(outputs) == 1


def test_evaluation_covers_everything_once():
    batches = evaluation_batches((3, 1, 2), 2)
    assert [list(map(int, b)) for b in batches] == [[0, 2], [1]]
