"""Correlations against scipy and loops; corrections against scores whose truth is known."""

import numpy as np
import pytest
import torch
from drawn import STEPS, small
from scipy import stats

from brodmann.errors import RunError
from brodmann.neurons.emergence.grouping import grouping
from brodmann.neurons.emergence.series import Series
from brodmann.neurons.emergence.settling import Settling
from brodmann.neurons.emergence.stability import normal_correlation, stability
from brodmann.neurons.partition.build import by_clustering
from brodmann.playground.planted.settling import Course, Settled


def rho(one, two):
    return stats.spearmanr(one, two).statistic


def by_expert(values, labels, experts):
    return np.array([values[labels == e].mean(0) for e in range(experts)])


@pytest.mark.parametrize("against", ["last", "next"])
@pytest.mark.parametrize("built", ["earlier", "last"])
@pytest.mark.parametrize("level", ["neurons", "experts"])
def test_correlations_are_those_of_loops(level, built, against):
    series = small(functions=2)
    found = stability(series, level, against, built)
    for t in range(4):
        u = 4 if against == "last" else t + 1
        for s, site in enumerate(series.sites):
            values = series.scores[site]
            labels = series.partitions[t if built == "earlier" else 4].expert_of[site].numpy()
            if level == "experts":
                values = np.array(
                    [[by_expert(half, labels, 3) for half in both] for both in values]
                )
            for k in range(2):
                one, two = values[t, :, :, k], values[u, :, :, k]
                across = (rho(one[0], two[1]) + rho(one[1], two[0])) / 2
                assert found.across[t, 0, s, k] == pytest.approx(across)
                assert found.first[t, 0, s, k] == pytest.approx(rho(*one))
                assert found.second[t, 0, s, k] == pytest.approx(rho(*two))
                assert found.whole[t, 0, s, k] == pytest.approx(rho(one.mean(0), two.mean(0)))
                assert found.between[2, t, 0, s, k] == pytest.approx(np.cov(*two, bias=True)[0, 1])
    assert found.steps == STEPS[:-1]


def test_between_holds_each_checkpoints_own_experts():
    series = small(functions=1)
    found = stability(series, "experts", "last", "earlier")
    labels = series.partitions[4].expert_of["a"].numpy()
    one, two = (by_expert(half, labels, 3)[:, 0] for half in series.scores["a"][4])
    assert found.between[3, 1, 0, 0, 0] == pytest.approx(np.cov(one, two, bias=True)[0, 1])
    np.testing.assert_allclose(found.between[0], found.between[1])


def test_random_groups_are_as_large_as_experts_and_the_same_at_all_checkpoints():
    series = small()
    group = grouping(series, "random", draws=7, seed=3)
    at = [group(series.scores["a"][2], "a", place) for place in (0, 3)]
    assert at[0].shape == (2, 7, 2, 3)
    np.testing.assert_array_equal(*at)
    np.testing.assert_allclose(at[0].mean(-1), np.broadcast_to(
        series.scores["a"][2].mean(1)[:, None], (2, 7, 2)))  # fmt: skip
    assert len(np.unique(at[0][0, :, 0].round(9), axis=0)) > 1
    assert stability(series, "random", draws=7).by_draw(0.0).shape == (4, 7)


@pytest.mark.parametrize("units", [16, 200])
@pytest.mark.parametrize("true", [0.3, 0.9])
def test_rank_correlations_are_brought_to_normal_scores(units, true):
    rng = np.random.default_rng(0)
    one, two = rng.normal(size=(2, 2000, units))
    two = true * one + (1 - true**2) ** 0.5 * two
    mean = np.array(np.mean([rho(a, b) for a, b in zip(one, two, strict=True)]))
    assert normal_correlation(mean, units) == pytest.approx(true, abs=0.012)
    assert abs(mean - true) > 0.008


@pytest.mark.parametrize("noise", [0.4, 1.2])
@pytest.mark.parametrize("level", ["neurons", "experts", "random"])
def test_corrected_curves_are_the_courses_whatever_the_noise(level, noise):
    course = Course(6.0)
    how = Settled(course, course, gathered=1.0, noise=noise, functions=40)
    found = stability(how.series(0), level, draws=3)
    wanted = course.at(how.series(0).steps)[:-1]
    np.testing.assert_allclose(found.corrected(), wanted, atol=0.1)
    assert found.uncorrected()[-2] < 0.97 if noise > 1 else True


def test_too_low_a_reliability_leaves_a_point_undefined():
    found = stability(Settled(noise=3.0, gathered=1.5).series(0), "neurons")
    assert np.isnan(found.corrected()).all()
    assert np.isfinite(found.corrected(0.02)).all()
    assert np.isnan(found.cells()).all()
    assert (found.reliability() < 0.3).all()


def test_constant_scores_are_left_out_and_all_constant_ones_are_undefined():
    series = small()
    series.scores["a"][0, 0, :, 0] = 1.0
    found = stability(series, "neurons")
    assert np.isnan(found.across[0, 0, 0, 0])
    assert np.isfinite(found.uncorrected()).all()
    for site in series.sites:
        series.scores[site][0, 0] = 1.0
    assert np.isnan(stability(series, "neurons").corrected(0.0)[0])


def test_levels_of_other_sites_are_not_compared():
    """The released figure averages twelve layers of neurons and six of experts."""
    series = small()
    levels = {"neurons": stability(series, "neurons"),
              "experts": stability(series.at(["a"]), "experts")}  # fmt: skip
    with pytest.raises(RunError, match="neurons at 2 sites, experts at 1 sites"):
        Settling(levels)


def test_experts_clustered_by_accident_do_not_look_settled():
    """Scores without any module, grouped by what is alike at the earlier checkpoint."""
    rng = np.random.default_rng(0)
    steps, way = (0, 1, 3, 7), np.array([0.5, 0.7, 0.8, 1.0])
    start, end = rng.normal(size=(2, 256, 12))
    true = way[:, None, None] * end + np.sqrt(1 - way**2)[:, None, None] * start
    scores = np.repeat(true[:, None], 2, 1)
    made = tuple(by_clustering({"a": torch.as_tensor(at)}, 32) for at in true)
    series = Series(steps, {"a": scores}, made, tuple("abcdefghijkl"))
    experts = stability(series, "experts")
    plain = normal_correlation(experts.across.mean((1, 2, 3)), 32)
    assert (plain[:3] > way[:3] + 0.1).all()
    np.testing.assert_allclose(experts.corrected()[:3], way[:3], atol=0.08)
