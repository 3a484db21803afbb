import itertools

import numpy as np
import pytest

from brodmann.errors import RunError
from brodmann.neurons.statistics.jackknife import (
    jackknife,
    mean_of_pairs,
    of_groups,
    of_pairs,
    with_groups,
)
from brodmann.neurons.statistics.matrices import type_effect

rng = np.random.default_rng


def test_the_jackknife_of_a_mean_is_its_standard_error():
    values = rng(0).normal(size=7)
    found = jackknife(lambda kept: values[kept].mean(), 7)
    assert found.effect == pytest.approx(values.mean())
    assert found.variance == pytest.approx(values.var(ddof=1) / 7)


def test_pairs_equal_loops_and_the_diagonal_is_not_read():
    square = rng(0).normal(size=(5, 5))
    np.fill_diagonal(square, np.nan)
    pairs = list(itertools.permutations(range(5), 2))
    found = mean_of_pairs(square)
    assert found.effect == pytest.approx(np.mean([square[pair] for pair in pairs]))
    without = [np.mean([square[p] for p in pairs if i not in p]) for i in range(5)]
    assert found.variance == pytest.approx(4 / 5 * np.sum((without - np.mean(without)) ** 2))


@pytest.mark.parametrize("seeds", [3, 5])
@pytest.mark.parametrize("own", [0.0, 0.3, 1.0])
def test_pairs_of_seeds_are_covered(seeds, own):
    """Pairs that share a seed are alike; own is the s.d. of what a seed brings to its pairs."""
    generator, miss = rng(seeds), 0
    for _ in range(1000):
        of_seed, of_pair = generator.normal(size=seeds), generator.normal(size=(seeds, seeds))
        square = own * (of_seed[:, None] + of_seed[None, :]) + (of_pair + of_pair.T) * 0.3
        low, high = mean_of_pairs(square).at_level(0.05)
        miss += not low <= 0 <= high
    assert miss / 1000 <= 0.07


def test_a_type_effect_over_pairs_of_seeds_equals_loops():
    values, types = rng(0).normal(size=(4, 4, 5, 5)), list("aabbb")
    values[np.diag_indices(4)] = np.nan

    def slow(kept):
        pairs = [values[s, t] for s, t in itertools.permutations(kept, 2)]
        return type_effect(np.mean(pairs, axis=0), types)

    found = of_pairs(values, lambda matrix: type_effect(matrix, types))
    without = [slow([s for s in range(4) if s != i]) for i in range(4)]
    assert found.effect == pytest.approx(slow(range(4)))
    assert found.variance == pytest.approx(3 / 4 * np.sum((without - np.mean(without)) ** 2))


def test_pairs_taken_for_independent_would_not_be_covered():
    generator, miss = rng(0), 0
    for _ in range(500):
        of_seed = generator.normal(size=5)
        square = of_seed[:, None] + of_seed[None, :] + 0.1 * generator.normal(size=(5, 5))
        values = square[~np.eye(5, dtype=bool)]
        miss += abs(values.mean()) > 2.09 * values.std(ddof=1) / np.sqrt(20)
    assert miss / 500 > 0.2


@pytest.mark.parametrize("matrix", [np.ones((2, 2)), np.ones((3, 4)), np.ones(3)])
def test_too_few_or_no_pairs_are_refused(matrix):
    with pytest.raises(RunError):
        mean_of_pairs(matrix)


def test_a_missing_pair_is_refused():
    square = np.ones((4, 4))
    square[0, 1] = np.nan
    with pytest.raises(RunError, match="not finite"):
        mean_of_pairs(square)


def test_groups_of_one_example_give_the_standard_error_of_a_mean():
    values = rng(1).normal(size=12)
    left = [np.delete(values, i).mean() for i in range(12)]
    part = of_groups([left])
    assert part.variance == pytest.approx(values.var(ddof=1) / 12)
    assert part.df == pytest.approx(11)


def test_groups_equal_loops_over_strata():
    """Two strata of unequal spread: pseudo-values, one after the other."""
    tables = [rng(2).normal(size=20), 5 * rng(3).normal(size=30)]

    def statistic(kept):
        return np.median(kept[0]) * kept[1].mean()

    strata, slow = [], []
    for h, groups in enumerate((4, 6)):
        cells = np.split(np.arange(len(tables[h])), groups)
        lefts = []
        for cell in cells:
            kept = list(tables)
            kept[h] = np.delete(tables[h], cell)
            lefts.append(statistic(kept))
        strata.append(lefts)
        pseudo = [groups * np.mean(lefts) - (groups - 1) * left for left in lefts]
        slow.append(np.var(pseudo, ddof=1) / groups)
    part = of_groups(strata)
    assert part.variance == pytest.approx(sum(slow))
    assert part.df == pytest.approx(sum(slow) ** 2 / (slow[0] ** 2 / 3 + slow[1] ** 2 / 5))


@pytest.mark.parametrize("strata", [[], [[1.0]], [[1.0, 2.0], [3.0]], [[1.0, np.nan]]])
def test_too_few_groups_are_refused(strata):
    with pytest.raises(RunError):
        of_groups(strata)


def crossed(generator, seeds, examples, spread):
    """``[S, N]``: what seeds, examples and single cells bring, with these s.d.; mean 1."""
    of_seed, of_example, of_cell = spread
    return (1 + of_seed * generator.normal(size=(seeds, 1))
            + of_example * generator.normal(size=(1, examples))
            + of_cell * generator.normal(size=(seeds, examples)))  # fmt: skip


HALVES = np.arange(60) % 2
CELLS = [(h, np.flatnonzero((h == HALVES) & (np.arange(60) // 2 % 5 == g)))
         for h in range(2) for g in range(5)]  # fmt: skip


def across_halves(table, kept):
    """Mean over pairs of different seeds of (mean of one half) x (mean of the other)."""
    one, two = (np.where(kept & (h == HALVES), table, np.nan) for h in range(2))
    return np.outer(np.nanmean(one, 1), np.nanmean(two, 1))


def estimates(table):
    """Over seeds alone, and with the groups of examples."""
    everything = np.ones(60, dtype=bool)
    seeds = mean_of_pairs(across_halves(table, everything))
    strata = [[], []]
    for half, cell in CELLS:
        left = np.isin(np.arange(60), cell, invert=True)
        strata[half].append(mean_of_pairs(across_halves(table, left)).effect)
    return seeds, with_groups(seeds, strata)


@pytest.mark.parametrize(
    "spread", [(0.2, 1.0, 1.0), (0.0, 1.0, 0.3), (0.3, 0.0, 1.0), (0.15, 1.0, 0.0)]
)
def test_seeds_and_examples_together_are_covered(spread):
    """Five seeds, sixty examples in two halves of five groups; the truth is 1."""
    generator, alone, both = rng(5), 0, 0
    for _ in range(600):
        found = estimates(crossed(generator, 5, 60, spread))
        covers = [low <= 1 <= high for low, high in (one.at_level(0.05) for one in found)]
        alone, both = alone + covers[0], both + covers[1]
    assert both / 600 >= 0.93
    if spread == (0.0, 1.0, 0.3):
        assert alone / 600 < 0.8
