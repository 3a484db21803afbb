import itertools

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from brodmann.errors import RunError
from brodmann.neurons.statistics.multiple import (
    benjamini_hochberg,
    holds_in,
    holm,
    partial_conjunction,
)

P_VALUES = [
    [0.01, 0.04, 0.03, 0.005],
    [0.5],
    [1.0, 1.0, 0.2],
    [0.02, 0.02, 0.02],
    [0.0, 1.0],
    [0.001, 0.2, 0.04, 0.04, 0.9, 0.01, 0.3],
]


def slow_holm_rejects(p_values, level):
    """Step by step: go on while the smallest of the rest passes."""
    left, rejected = sorted(range(len(p_values)), key=lambda i: p_values[i]), set()
    while left and p_values[left[0]] * len(left) <= level:
        rejected.add(left.pop(0))
    return rejected


@pytest.mark.parametrize("p_values", P_VALUES)
@pytest.mark.parametrize("level", [0.01, 0.05, 0.06, 0.5])
def test_holm_rejects_as_step_by_step(p_values, level):
    fast = {i for i, p in enumerate(holm(p_values)) if p <= level}
    assert fast == slow_holm_rejects(p_values, level)


@pytest.mark.parametrize("p_values", P_VALUES)
def test_bh_equals_scipy(p_values):
    assert benjamini_hochberg(p_values) == pytest.approx(false_discovery_control(p_values))


def slow_partial_conjunction(p_values, u):
    """The largest Simes p over all sets of n - u + 1 tests: every such set must hold an effect."""
    size = len(p_values) - u + 1

    def simes(chosen):
        return min(size / (i + 1) * p for i, p in enumerate(sorted(chosen)))

    return max(simes(chosen) for chosen in itertools.combinations(p_values, size))


@pytest.mark.parametrize("p_values", P_VALUES)
def test_partial_conjunction_is_the_worst_set(p_values):
    slow = [min(1, slow_partial_conjunction(p_values, u + 1)) for u in range(len(p_values))]
    assert partial_conjunction(p_values) == pytest.approx(np.maximum.accumulate(slow))


def test_order_does_not_matter():
    p_values = np.array(P_VALUES[-1])
    order = np.random.default_rng(0).permutation(len(p_values))
    for adjust in (holm, benjamini_hochberg):
        assert adjust(p_values[order]) == pytest.approx(adjust(p_values)[order])
    assert partial_conjunction(p_values[order]) == pytest.approx(partial_conjunction(p_values))


def test_holds_in_counts_from_below():
    assert holds_in([0.001, 0.001, 0.001, 1.0], 0.05) == 3
    assert holds_in([0.2, 0.3], 0.05) == 0
    assert holds_in([0.04, 0.04], 0.05) == 2


@pytest.mark.parametrize("p_values", [[], [1.2], [np.nan], [[0.1]], [-0.1]])
def test_what_is_no_p_value_is_refused(p_values):
    for adjust in (holm, benjamini_hochberg, partial_conjunction):
        with pytest.raises(RunError, match="p-values"):
            adjust(p_values)


def test_holds_in_is_a_lower_bound_over_many_draws():
    """Three real effects of seven: more than three are said to hold at most 5 % of the time."""
    generator = np.random.default_rng(0)
    p_values = generator.uniform(size=(2000, 7))
    p_values[:, :3] *= 1e-3
    counts = np.array([holds_in(row, 0.05) for row in p_values])
    assert (counts > 3).mean() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 2000)
    assert (counts == 3).mean() > 0.8


def test_holm_keeps_the_family_wise_rate_and_bh_the_discovery_rate():
    generator = np.random.default_rng(1)
    p_values = generator.uniform(size=(2000, 12))
    for adjust in (holm, benjamini_hochberg):
        false = np.array([(adjust(row) <= 0.05).any() for row in p_values])
        assert abs(false.mean() - 0.05) <= 3 * np.sqrt(0.05 * 0.95 / 2000)
