"""Cosines of binary vectors against SciPy, one mask and source at a time."""

import numpy as np
import pytest
from scipy.spatial.distance import cosine
from scipy.stats import spearmanr
from tests.studies.toys import rng

from brodmann.studies.skill_neurons.likeness import cosines, everything, foretold, random_masks

SITES = {"a": 9, "b": 14}


def active(seed):
    return {site: rng(seed, units).random(units) < 0.5 for site, units in SITES.items()}


def joined(one):
    return np.concatenate([one[site] for site in SITES]).astype(float)


def test_cosines_equal_scipys():
    target, sources = active(0), [active(seed) for seed in (1, 2, 3)]
    masks = random_masks({s: np.ones((1, u), dtype=bool) & (np.arange(u) < 5)
                          for s, u in SITES.items()}, 20, 0)  # fmt: skip
    found = cosines(target, sources, masks)
    for m in range(20):
        kept = np.concatenate([masks[site][m] for site in SITES])
        for s, source in enumerate(sources):
            one, two = joined(target)[kept], joined(source)[kept]
            wanted = 1 - cosine(one, two) if one.any() and two.any() else 0.0
            assert found[m, s] == pytest.approx(wanted)


def test_a_set_is_like_itself_and_unlike_nothing():
    target = active(0)
    nothing = {site: np.zeros_like(units) for site, units in target.items()}
    assert cosines(target, [target, nothing], everything(target)).tolist() == [
        [pytest.approx(1), 0]
    ]


def test_random_masks_have_the_profile_and_every_unit_its_turn():
    like = {site: np.arange(units)[None] < count
            for (site, units), count in zip(SITES.items(), (3, 0), strict=True)}  # fmt: skip
    drawn = random_masks(like, 3000, 0)
    assert (drawn["a"].sum(1) == 3).all()
    assert not drawn["b"].any()
    assert np.abs(drawn["a"].mean(0) - 3 / 9).max() < 0.04
    assert np.array_equal(drawn["a"], random_masks(like, 3000, 0)["a"])
    assert not np.array_equal(drawn["a"], random_masks(like, 3000, 1)["a"])


def test_masks_that_overlap_stay_as_alike_as_they_were():
    one, two = ({"a": np.isin(np.arange(9), kept)[None]} for kept in ([0, 1, 2, 3], [2, 3, 4]))
    first, second = (random_masks(like, 50, 0)["a"] for like in (one, two))
    assert ((first & second).sum(1) == 2).all()
    assert len({tuple(mask) for mask in first & second}) > 10


def test_rank_correlations_equal_scipys_and_are_0_without_an_order():
    transfer = np.array([0.5, 0.7, 0.7, 0.9])
    alike = rng(0).random((6, 4)).round(1)
    alike[5] = 0.4
    wanted = [spearmanr(row, transfer).statistic for row in alike[:5]]
    assert foretold(alike, transfer) == pytest.approx([*wanted, 0.0])
