import numpy as np
import pytest
from scipy.stats import binom, binomtest

from brodmann.errors import RunError
from brodmann.neurons.statistics.proportions import Proportion, mcnemar


@pytest.mark.parametrize(("hits", "trials"), [(0, 5), (5, 5), (3, 7), (50, 100), (1, 1)])
@pytest.mark.parametrize("level", [0.05, 0.004])
def test_intervals_equal_scipys_exact_ones(hits, trials, level):
    slow = binomtest(hits, trials).proportion_ci(1 - level, "exact")
    found = Proportion(hits, trials, 0.25).at_level(level)
    assert found == pytest.approx((slow.low - 0.25, slow.high - 0.25))


def test_p_is_the_binomial_tail():
    assert Proportion(8, 10, 0.5).p_value() == pytest.approx(binom.sf(7, 10, 0.5))
    assert Proportion(8, 10, 0.5).p_value("less") == pytest.approx(binom.cdf(8, 10, 0.5))
    assert Proportion(8, 10, 0.5).effect == pytest.approx(0.3)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.83])
def test_coverage_is_exact_summed_over_every_outcome(share):
    """No simulation: the probabilities of all outcomes whose interval holds the true share."""
    held = 0.0
    for hits in range(31):
        low, high = Proportion(hits, 30).at_level(0.05)
        held += binom.pmf(hits, 30, share) * (low <= share <= high)
    assert held >= 0.95


@pytest.mark.parametrize(("hits", "trials"), [(1, 0), (0, 0), (-1, 3), (4, 3)])
def test_no_proportion_is_refused(hits, trials):
    with pytest.raises(RunError, match="no proportion"):
        Proportion(hits, trials)


def test_mcnemar_counts_discordant_pairs_only():
    first = np.array([1, 1, 1, 1, 0, 1, 0, 1], dtype=bool)
    second = np.array([0, 0, 0, 0, 1, 1, 0, 1], dtype=bool)
    assert mcnemar(first, second) == pytest.approx(sum(binom.pmf([4, 5], 5, 0.5)))
    assert mcnemar(second, first, "less") == pytest.approx(mcnemar(first, second))
    assert mcnemar(first, first) == 1.0


@pytest.mark.parametrize(("first", "second"), [([], []), ([True], [True, False])])
def test_mcnemar_refuses_what_is_not_paired(first, second):
    with pytest.raises(RunError, match="equal lengths"):
        mcnemar(first, second)
