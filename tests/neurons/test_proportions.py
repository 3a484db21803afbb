import numpy as np
import pytest
from scipy.stats import binom, binomtest

from brodmann.errors import RunError
from brodmann.neurons.statistics.proportions import Proportion, Shares, mcnemar


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


@pytest.mark.parametrize(("hits", "trials"), [(0, 5), (5, 5), (3, 7), (1, 1)])
def test_shares_of_all_or_nothing_clusters_are_proportions(hits, trials):
    shares = Shares((1.0,) * hits + (0.0,) * (trials - hits))
    wanted = Proportion(hits, trials, 0.5)
    assert shares.at_level(0.01) == pytest.approx(wanted.at_level(0.01))
    assert shares.effect == pytest.approx(wanted.effect)
    assert shares.p_value() == pytest.approx(wanted.p_value())
    assert shares.p_value("less") == pytest.approx(wanted.p_value("less"))


def test_undecided_clusters_say_nothing():
    assert Shares((0.5, 0.5)).p_value() == 1
    assert Shares((1.0, 0.5, 1.0)).p_value() == pytest.approx(0.25)


@pytest.mark.parametrize("level", [0.05, 0.004])
@pytest.mark.parametrize("share", [0.5, 0.8])
@pytest.mark.parametrize("alike", [0.0, 0.6, 1.0])
def test_intervals_of_shares_cover_however_alike_a_clusters_trials_are(level, share, alike):
    random = np.random.default_rng(0)
    held, draws = 0, 1000
    for _ in range(draws):
        own = random.random((10, 3)) < share
        common = random.random((10, 1)) < share
        values = np.where(random.random((10, 1)) < alike, common, own).mean(1)
        low, high = Shares(tuple(values)).at_level(level)
        held += low <= share - 0.5 <= high
    assert held / draws >= 1 - level - 0.005


@pytest.mark.parametrize("values", [(), (1.2,), (-0.1, 0.5), (float("nan"),)])
def test_no_shares_are_refused(values):
    with pytest.raises(RunError, match="share"):
        Shares(values)
