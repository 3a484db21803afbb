import numpy as np
import pytest
from scipy.stats import spearmanr

from brodmann.errors import RunError
from brodmann.neurons.statistics.reliability import (
    disattenuate,
    seed_reliability,
    spearman,
    spearman_brown,
    spearman_by_layer,
    spearman_pooled,
    split_half_reliability,
    unreliable,
)

rng = np.random.default_rng


@pytest.mark.parametrize("seed", range(3))
def test_spearman_equals_scipy_with_ties(seed):
    one, two = rng(seed).integers(0, 4, size=(2, 30)).astype(float)
    assert spearman(one, two) == pytest.approx(spearmanr(one, two).statistic)


def test_spearman_is_taken_along_the_last_axis():
    one, two = rng(0).normal(size=(2, 3, 4, 20))
    found = spearman(one, two)
    assert found.shape == (3, 4)
    assert found[1, 2] == pytest.approx(spearmanr(one[1, 2], two[1, 2]).statistic)


def test_spearman_knows_only_order():
    one, two = rng(0).normal(size=(2, 40))
    order = rng(1).permutation(40)
    assert spearman(np.exp(one), two) == pytest.approx(float(spearman(one, two)))
    assert spearman(one[order], two[order]) == pytest.approx(float(spearman(one, two)))
    assert spearman(one, -one) == pytest.approx(-1)


def test_a_constant_has_no_order():
    assert np.isnan(spearman([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]))


@pytest.mark.parametrize(
    ("one", "two"), [([1.0], [1.0]), ([], []), ([1.0, np.nan], [1.0, 2.0]), ([1.0, 2.0], [1.0] * 3)]
)
def test_spearman_refuses_what_has_no_order(one, two):
    with pytest.raises(RunError, match="rank correlation"):
        spearman(one, two)


def test_layers_and_all_units_differ_when_layers_differ_in_level():
    one = {"a": rng(0).normal(size=50), "b": rng(1).normal(size=50) + 9}
    two = {"b": rng(2).normal(size=50) + 9, "a": rng(3).normal(size=50)}
    by_layer = spearman_by_layer(one, two)
    assert by_layer["b"] == pytest.approx(spearmanr(one["b"], two["b"]).statistic)
    pooled = spearmanr(np.r_[one["a"], one["b"]], np.r_[two["a"], two["b"]]).statistic
    assert spearman_pooled(one, two) == pytest.approx(pooled)
    assert spearman_pooled(one, two) > 0.5 > max(by_layer.values())
    with pytest.raises(RunError, match="same sites"):
        spearman_by_layer(one, {"a": two["a"]})


def test_spearman_brown_foresees_the_whole():
    """Halves with noise as large as the signal correlate at 1/2, the wholes at 2/3."""
    truth, noise = rng(0).normal(size=20000), rng(1).normal(size=(2, 2, 20000))
    halves = truth + noise
    assert np.corrcoef(halves[0])[0, 1] == pytest.approx(0.5, abs=0.02)
    wholes = halves.mean(1)
    assert spearman_brown(0.5) == pytest.approx(np.corrcoef(wholes)[0, 1], abs=0.02)
    assert spearman_brown(0.5, 3) == pytest.approx(0.75)
    with pytest.raises(RunError, match="Spearman-Brown"):
        spearman_brown(-1.0)


def test_split_halves_average_over_seeds():
    one, two = rng(0).normal(size=(2, 3, 30)) + rng(1).normal(size=30) * 2
    slow = np.mean([spearmanr(a, b).statistic for a, b in zip(one, two, strict=True)])
    assert split_half_reliability(one, two) == pytest.approx(2 * slow / (1 + slow))


def test_seeds_are_compared_on_disjoint_halves_without_self_pairs():
    one, two = rng(0).normal(size=(2, 4, 30))
    found = seed_reliability(one, two)
    assert np.isnan(np.diag(found)).all()
    assert found == pytest.approx(found.T, nan_ok=True)
    slow = [spearmanr(one[1], two[3]).statistic, spearmanr(one[3], two[1]).statistic]
    assert found[1, 3] == pytest.approx(np.mean(slow))


def test_noise_shared_by_a_seed_or_a_half_does_not_count_as_reliability():
    """Only noise, one part per half shared by all seeds, one per seed shared by its halves."""
    seeds, halves = rng(0).normal(size=(5, 2000)), rng(1).normal(size=(2, 2000))
    found = seed_reliability(seeds + 3 * halves[0], seeds + 3 * halves[1])
    assert abs(np.nanmean(found)) < 0.05
    same_half = spearman(seeds[0] + 3 * halves[0], seeds[1] + 3 * halves[0])
    assert same_half > 0.8


def test_disattenuation_recovers_the_truth_or_refuses():
    truth = rng(0).multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], size=20000).T
    noisy = truth[:, None] + rng(1).normal(size=(2, 2, 20000)) * 0.7
    reliabilities = [float(spearman(*both)) for both in noisy]
    raw = float(spearman(noisy[0, 0], noisy[1, 0]))
    assert raw < 0.45
    true = float(spearman(*truth))
    assert disattenuate(raw, *reliabilities) == pytest.approx(true, abs=0.03)
    assert disattenuate(0.1, 0.9, 0.49) is None
    assert disattenuate(0.1, np.nan, 0.9) is None


def test_unreliable_names_the_culprit():
    assert unreliable({"a": 0.5, "b": 0.9}) is None
    assert unreliable({"a": 0.5, "b": np.nan}) == "the reliability (b) is nan, below 0.50"
