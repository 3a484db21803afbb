import numpy as np
import pytest
from scipy import stats

from brodmann.errors import RunError
from brodmann.neurons.statistics.intervals import (
    Draws,
    Estimate,
    Part,
    mean_of_estimates,
    mean_of_seeds,
    paired_mean,
)
from brodmann.neurons.statistics.levels import exit_level, fitting_level

rng = np.random.default_rng


@pytest.mark.parametrize("count", [2, 3, 5, 30])
@pytest.mark.parametrize("level", [0.05, 0.004])
def test_mean_of_seeds_equals_scipys_t(count, level):
    values = rng(count).normal(size=count)
    slow = stats.ttest_1samp(values, 0).confidence_interval(1 - level)
    assert mean_of_seeds(values).at_level(level) == pytest.approx((slow.low, slow.high))


@pytest.mark.parametrize("shift", [-1.0, 0.0, 0.7, 3.0])
def test_p_of_an_interval_equals_scipys_t(shift):
    values = rng(0).normal(size=6) + shift
    slow = stats.ttest_1samp(values, 0.2, alternative="greater").pvalue
    found = mean_of_seeds(values).p_value(0.2)
    assert found == pytest.approx(min(slow, 0.5), rel=1e-6)


def test_paired_mean_equals_scipys_paired_t():
    one, two = rng(0).normal(size=(2, 20))
    slow = stats.ttest_rel(one, two).confidence_interval(0.9)
    assert paired_mean(one, two).at_level(0.1) == pytest.approx((slow.low, slow.high))
    with pytest.raises(RunError, match="equal lengths"):
        paired_mean(one, two[1:])


def test_quadrature_adds_squares_and_never_falls_below_the_widest_part():
    t = lambda df: stats.t.ppf(0.975, df)  # noqa: E731
    both = Estimate(0.0, (Part(1.0, 4), Part(0.04, 100)), (Part(0.03, 400),))
    square = t(4) ** 2 + 0.04 * t(100) ** 2 - 0.03 * t(400) ** 2
    assert both.at_level(0.05)[1] == pytest.approx(square**0.5)
    bare = Estimate(0.0, (Part(1.0, 4), Part(0.01, 100)), (Part(5.0, 400),))
    assert bare.at_level(0.05)[1] == pytest.approx(t(4))
    assert bare.variance == 1.0


def test_satterthwaite_equals_welch():
    one, two = rng(0).normal(size=5), rng(1).normal(size=9) * 3
    found = Estimate(
        one.mean() - two.mean(),
        (mean_of_seeds(one).parts[0], mean_of_seeds(two).parts[0]),
        rule="satterthwaite",
    )
    slow = stats.ttest_ind(one, two, equal_var=False).confidence_interval(0.95)
    assert found.at_level(0.05) == pytest.approx((slow.low, slow.high))


def test_mean_of_estimates_is_that_of_independent_tasks():
    values = rng(0).normal(size=(4, 5))
    found = mean_of_estimates([mean_of_seeds(row) for row in values])
    assert found.effect == pytest.approx(values.mean())
    assert found.variance == pytest.approx(values.var(1, ddof=1).sum() / 5 / 16)
    with pytest.raises(RunError, match="one at least"):
        mean_of_estimates([])


@pytest.mark.parametrize("values", [[1.0], [], [1.0, np.nan], [[1.0, 2.0]]])
def test_what_has_no_interval_is_refused(values):
    with pytest.raises(RunError):
        mean_of_seeds(values)


def test_equal_seeds_have_an_interval_of_no_width():
    assert mean_of_seeds([0.5, 0.5, 0.5]).at_level(0.05) == (0.5, 0.5)


def test_a_percentile_bootstrap_needs_ten_clusters_and_enough_draws():
    draws = tuple(rng(0).normal(size=1999))
    low, high = Draws(0.0, draws, 10).at_level(0.05)
    assert low == pytest.approx(-1.96, abs=0.15)
    assert high == pytest.approx(1.96, abs=0.15)
    assert Draws(0.0, draws, 10).at_level(0.0005) == (-np.inf, np.inf)
    with pytest.raises(RunError, match="does not cover"):
        Draws(0.0, draws, 9)


def test_exit_level_is_where_the_bound_is_left():
    estimate = mean_of_seeds(rng(0).normal(size=5) + 2)
    level = exit_level(estimate, 0.5, above=True)
    assert estimate.at_level(level * 1.001)[0] > 0.5 > estimate.at_level(level * 0.999)[0]
    mirrored = mean_of_seeds(-(rng(0).normal(size=5) + 2))
    assert exit_level(mirrored, -0.5, above=False) == pytest.approx(level)
    assert exit_level(estimate, 5.0, above=True) == 1.0
    assert exit_level(mean_of_seeds([2.0, 2.0]), 0.5, above=True) == 1e-12


def test_fitting_level_is_where_the_interval_fits():
    estimate = mean_of_seeds(rng(0).normal(size=5) * 0.1)
    level = fitting_level(estimate, 0.3)
    low, high = estimate.at_level(level * 1.001)
    assert max(-low, high) <= 0.3 < max(-estimate.at_level(level * 0.99)[0], 0.301)
    assert fitting_level(estimate, 0.0) == 1.0


def test_a_difference_of_two_estimates_is_welchs_or_wider():
    one, two = rng(0).normal(size=5) + 1, rng(1).normal(size=5)
    found = mean_of_seeds(one).minus(mean_of_seeds(two))
    slow = stats.ttest_ind(one, two, equal_var=False).confidence_interval(0.95)
    low, high = found.at_level(0.05)
    assert found.effect == pytest.approx(one.mean() - two.mean())
    assert low < slow.low < slow.high < high
    assert mean_of_seeds(one).minus(1.0).at_level(0.05) == pytest.approx(
        mean_of_seeds(one - 1.0).at_level(0.05)
    )


@pytest.mark.parametrize("seeds", [3, 5])
@pytest.mark.parametrize("ratio", [1.0, 4.0])
def test_a_difference_is_covered(seeds, ratio):
    generator, miss = rng(seeds), 0
    for _ in range(1000):
        other = mean_of_seeds(generator.normal(size=seeds) * ratio)
        low, high = mean_of_seeds(generator.normal(size=seeds)).minus(other).at_level(0.05)
        miss += not low <= 0 <= high
    assert miss / 1000 <= 0.07
