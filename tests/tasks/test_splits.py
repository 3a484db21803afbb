from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from brodmann.errors import RequestError
from brodmann.tasks.parts import part_of
from brodmann.tasks.splits import allocate, cap, generator_of, partition, stratified

SHARES = {"val": 0.2, "test": 0.2}


def labelled(labels: np.ndarray):
    texts = [(str(i),) for i in range(len(labels))]
    return part_of(texts, texts, labels)


def largest_remainder(counts: list[int], size: int) -> list[int]:
    """Hamilton's method in exact fractions, without a minimum."""
    quotas = [Fraction(count * size, sum(counts)) for count in counts]
    given = [int(quota) for quota in quotas]
    order = sorted(range(len(counts)), key=lambda i: (given[i] - quotas[i], i))
    for i in order[: size - sum(given)]:
        given[i] += 1
    return given


@pytest.mark.parametrize("seed", range(30))
def test_allocation_is_the_largest_remainder(seed: int) -> None:
    chance = np.random.default_rng(seed)
    counts = chance.integers(50, 100, chance.integers(2, 9))
    size = int(chance.integers(20, counts.sum()))
    assert allocate(counts, size).tolist() == largest_remainder(counts.tolist(), size)


@pytest.mark.parametrize("seed", range(30))
def test_allocation_keeps_every_class_and_the_exact_size(seed: int) -> None:
    chance = np.random.default_rng(seed)
    counts = np.maximum(chance.geometric(0.02, 12) - 60, 1)
    size = int(chance.integers(12, counts.sum() + 1))
    given = allocate(counts, size)
    assert given.sum() == size
    assert (given >= 1).all()
    assert (given <= counts).all()


@pytest.mark.parametrize(
    ("rows", "train", "val"),
    [(67_349, 53_879, 13_470), (392_702, 314_161, 78_541), (104_743, 83_794, 20_949)],
)
def test_split_sizes_are_those_of_the_paper(rows: int, train: int, val: int) -> None:
    whole = labelled(np.arange(rows) % 2)
    split = partition({"train": whole, "test": whole}, SHARES, seed=0)
    assert (len(split["train"]), len(split["val"])) == (train, val)


def test_partition_is_disjoint_complete_seeded_and_stratified() -> None:
    whole = labelled(np.array([0] * 800 + [1] * 200))
    split = partition({"train": whole}, SHARES, seed=3)
    used = np.concatenate([part.rows for part in split.values()])
    assert sorted(used.tolist()) == list(range(1000))
    assert {role: len(part) for role, part in split.items()} == {
        "train": 600, "val": 200, "test": 200,
    }  # fmt: skip
    assert all(np.bincount(part.labels).tolist()[1] * 5 == len(part) for part in split.values())
    again, other = (partition({"train": whole}, SHARES, seed)["test"].rows for seed in (3, 4))
    assert np.array_equal(split["test"].rows, again)
    assert not np.array_equal(split["test"].rows, other)


def test_a_draw_is_what_it_was_when_this_was_written() -> None:
    """Splits must not move with a version: they are part of a run's identity."""
    drawn = stratified(np.arange(40) % 2, 6, generator_of(0, "val"))
    assert drawn.tolist() == [9, 16, 20, 23, 25, 30]


def test_cap() -> None:
    part = labelled(np.array([0] * 90 + [1] * 10))
    capped = cap(part, "train", "data.max_train", 20, seed=0)
    assert np.bincount(capped.labels).tolist() == [18, 2]
    assert cap(part, "train", "data.max_train", 100, 0) is part
    with pytest.raises(RequestError, match="data.max_train=1: .*2 classes"):
        cap(part, "train", "data.max_train", 1, 0)
