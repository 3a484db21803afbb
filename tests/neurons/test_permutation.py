import itertools
from collections import Counter

import numpy as np
import pytest

from brodmann.errors import RunError
from brodmann.neurons.statistics.permutation import (
    exact_p_value,
    groupings,
    labelings,
    max_t,
    p_value,
    smallest_p,
    step_down,
)

rng = np.random.default_rng


def test_p_counts_the_observed_labeling_once_and_ties_with_it():
    null = [0.0, 1.0, 2.0, 2.0, 5.0]
    assert p_value(2.0, null) == pytest.approx(4 / 6)
    assert p_value(2.0, null, "less") == pytest.approx(5 / 6)
    assert p_value(2.0, null, "two-sided") == 1.0
    assert p_value(9.0, null) == pytest.approx(1 / 6)


def test_p_sees_a_tie_through_rounding():
    observed = 0.1 + 0.2
    assert p_value(observed, [0.3, 0.0, 0.0]) == pytest.approx(2 / 4)
    assert p_value(observed * 1e-9, np.array([0.3, 0.0, 0.0]) * 1e-9) == pytest.approx(2 / 4)


def test_p_works_by_unit():
    null = rng(0).normal(size=(50, 3))
    observed = rng(1).normal(size=3)
    slow = [(1 + sum(draw[u] >= observed[u] for draw in null)) / 51 for u in range(3)]
    assert p_value(observed, null).tolist() == pytest.approx(slow)


def test_exact_p_is_a_share_of_all():
    every = [3.0, 1.0, 2.0, 3.0]
    assert exact_p_value(3.0, every) == 0.5
    assert exact_p_value(1.0, every, "less") == 0.25


@pytest.mark.parametrize("null", [[], [np.nan], [[1.0], [2.0]]])
def test_p_refuses_what_is_no_null(null):
    with pytest.raises(RunError, match="permutation test"):
        p_value(1.0, null)


def test_smallest_p_is_that_of_the_coarser_limit():
    assert smallest_p(20) == pytest.approx(1 / 21)
    assert smallest_p(99, 105) == pytest.approx(1 / 100)
    assert smallest_p(labelings=105) == pytest.approx(1 / 105)
    assert smallest_p() == 0


def canonical(labels):
    """A grouping without the groups' names."""
    return frozenset(
        frozenset(i for i, other in enumerate(labels) if other == one) for one in set(labels)
    )


@pytest.mark.parametrize("types", ["aaabbcc", "aabb", "aaa", "abcd", "a", "aabbc", "aaabbbcc"])
def test_groupings_are_all_there_once(types):
    slow = {canonical(order) for order in itertools.permutations(types)}
    fast = [canonical(groups.tolist()) for groups in groupings(types)]
    assert len(fast) == len(set(fast)) == labelings(types)
    assert set(fast) == slow


def test_groupings_keep_the_sizes():
    for groups in groupings("aaabbcc"):
        assert sorted(Counter(groups.tolist()).values()) == [2, 2, 3]


def slow_step_down(observed, null):
    """Westfall and Young's algorithm 4.1, one permutation and one unit at a time."""
    order = sorted(range(len(observed)), key=lambda u: -observed[u])
    raw = []
    for place, unit in enumerate(order):
        rest = order[place:]
        beaten = sum(max(draw[u] for u in rest) >= observed[unit] for draw in null)
        raw.append((1 + beaten) / (1 + len(null)))
    adjusted = [0.0] * len(observed)
    for place, unit in enumerate(order):
        adjusted[unit] = max(raw[: place + 1])
    return adjusted


@pytest.mark.parametrize("seed", range(3))
def test_max_t_and_its_steps_equal_the_slow_ones(seed):
    null = rng(seed).integers(0, 5, size=(40, 6)).astype(float)
    observed = rng(seed + 10).integers(0, 6, size=6).astype(float)
    slow = [(1 + sum(draw.max() >= one for draw in null)) / 41 for one in observed]
    assert max_t(observed, null).tolist() == pytest.approx(slow)
    assert max_t(observed, null.max(1)).tolist() == pytest.approx(slow)
    assert step_down(observed, null).tolist() == pytest.approx(slow_step_down(observed, null))
    assert (step_down(observed, null) <= max_t(observed, null) + 1e-12).all()


def test_max_t_refuses_no_units():
    with pytest.raises(RunError, match="max-T"):
        max_t([], [[], []])


def test_p_has_its_size_and_max_t_its_family_wise_rate_over_nulls():
    """2,000 nulls, 99 permutations: rejections at .05 and .01 within three standard errors."""
    statistics = rng(0).normal(size=(2000, 100, 8))
    single = np.array([p_value(one[0, 0], one[1:, 0]) for one in statistics])
    family = np.array([max_t(one[0], one[1:]).min() for one in statistics])
    stepped = np.array([step_down(one[0], one[1:]).min() for one in statistics])
    for level in (0.05, 0.01):
        slack = 3 * np.sqrt(level * (1 - level) / 2000)
        for p_values in (single, family, stepped):
            assert abs((p_values <= level).mean() - level) <= slack


def test_a_null_of_another_shape_is_refused_and_not_broadcast():
    """One statistic against [1, B] would be B tests against one draw each."""
    with pytest.raises(RunError, match="permutation test"):
        p_value([3.0], np.arange(5.0)[None])
    assert p_value([3.0], np.arange(5.0)[:, None]).tolist() == [0.5]
