import itertools

import numpy as np
import pytest

from brodmann.errors import RunError
from brodmann.neurons.statistics.jackknife import jackknife, mean_of_pairs, of_pairs
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
