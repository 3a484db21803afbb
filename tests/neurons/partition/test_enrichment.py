"""Functional experts: the paper's rule, exact chances, the share of variance between experts."""

from math import comb

import numpy as np
import pytest
import torch

from brodmann.errors import RunError
from brodmann.neurons.partition.enrichment import (
    binomial_threshold,
    counts,
    enrichment,
    hypergeometric_threshold,
    share_between,
    shrunk_log_odds,
)
from brodmann.neurons.partition.simple import native, random


def above(units, size, top, limit):
    """P that more than ``limit`` of ``top`` draws fall into an expert, by counting."""
    whole = comb(units, top)
    held = range(limit + 1, top + 1)
    return sum(comb(size, c) * comb(units - size, top - c) for c in held) / whole


@pytest.mark.parametrize(
    ("units", "size", "top", "wanted"), [(3072, 192, 30, 7), (49152, 3072, 491, 48)]
)
def test_thresholds_of_the_paper(units, size, top, wanted):
    """At least 8 of 30 (T5) and 49 of 491 (Switch): science of Emergent Modularity, 1.6."""
    assert hypergeometric_threshold(units, size, top) == wanted


@pytest.mark.parametrize(("units", "size", "top"), [(64, 8, 8), (96, 6, 20), (3072, 192, 30)])
def test_a_threshold_is_the_smallest_that_keeps_the_level(units, size, top):
    found = hypergeometric_threshold(units, size, top)
    assert above(units, size, top, found) <= 0.001 < above(units, size, top, found - 1)


def test_chances_stated_for_the_paper():
    """True levels 3.6e-4 and 9.0e-4 of the two thresholds (the same place)."""
    assert above(3072, 192, 30, 7) == pytest.approx(3.6e-4, abs=1e-5)
    assert above(49152, 3072, 491, 48) == pytest.approx(9.0e-4, abs=1e-5)


def test_binomial_threshold_keeps_its_level():
    found, drawn = binomial_threshold(16, 240), 240
    tail = [comb(drawn, c) * (1 / 16) ** c * (15 / 16) ** (drawn - c) for c in range(drawn + 1)]
    assert sum(tail[found + 1 :]) <= 0.001 < sum(tail[found:])


def test_counts_p_values_and_degree_are_those_of_loops():
    expert_of = random(96, 6, seed=1)
    generator = torch.Generator().manual_seed(0)
    top = torch.zeros(96, 3, dtype=torch.bool)
    for column in range(2):
        top[torch.randperm(96, generator=generator)[:12], column] = True
    top[(expert_of == 4).nonzero()[:12, 0], 2] = True
    found = enrichment(top, expert_of, 6)
    for expert, column in np.ndindex(6, 3):
        count = sum(bool(top[u, column]) for u in range(96) if expert_of[u] == expert)
        assert found.count[expert, column] == count
        assert found.p[expert, column] == pytest.approx(above(96, 16, 12, count - 1))
    assert found.functional[:, 2].tolist() == [False] * 4 + [True, False]
    assert found.degree[2] == pytest.approx(12 / 16)
    assert found.degree[:2].tolist() == [0, 0]
    assert torch.equal(counts(top, expert_of, 6), torch.from_numpy(found.count))


def test_by_chance_the_rule_fires_as_rarely_as_its_level_says():
    fired = []
    for seed in range(400):
        top = torch.zeros(512, 1, dtype=torch.bool)
        top[torch.randperm(512, generator=torch.Generator().manual_seed(seed))[:40]] = True
        fired.append(enrichment(top, native(512, 8), 8, alpha=0.05).functional.mean())
    threshold = hypergeometric_threshold(512, 64, 40, alpha=0.05)
    assert np.mean(fired) == pytest.approx(above(512, 64, 40, threshold), abs=0.012)


@pytest.mark.parametrize("numbers", [(3, 4), (0, 0)])
def test_columns_must_have_equally_many_top_neurons(numbers):
    top = torch.zeros(16, 2, dtype=torch.bool)
    for column, number in enumerate(numbers):
        top[:number, column] = True
    with pytest.raises(RunError, match="top neurons"):
        enrichment(top, native(16, 4), 4)


def test_shrinking_leaves_strong_ratios_and_takes_noise_away():
    noise = np.random.default_rng(0).hypergeometric(192, 2880, 30, size=(16, 1))
    strong = np.array([[15], *[[1]] * 15])
    assert np.abs(shrunk_log_odds(noise, 3072, 192, 30)).max() < 0.6
    assert shrunk_log_odds(strong, 3072, 192, 30)[0, 0] > 1.5
    assert np.sign(shrunk_log_odds(strong, 3072, 192, 30)[1, 0]) == -1


@pytest.mark.parametrize(("experts", "wanted"), [(16, 0.005), (96, 0.031)])
def test_random_partitions_leave_the_share_that_counting_gives(experts, wanted):
    """.005 and .031 for T5's 16 and 96 experts (the same place, 2.6)."""
    values = torch.randn(3072, 50, generator=torch.Generator().manual_seed(0))
    found = share_between(values, random(3072, experts, 0), experts)
    assert float(found.mean()) == pytest.approx((experts - 1) / 3071, rel=0.1)
    assert float(found.mean()) == pytest.approx(wanted, abs=0.001)


def test_the_share_between_is_that_of_an_analysis_of_variance():
    values = torch.randn(24, 2, generator=torch.Generator().manual_seed(0))
    expert_of = random(24, 4, 3)
    for column in range(2):
        x = values[:, column].double().numpy()
        means = np.array([x[expert_of.numpy() == e].mean() for e in range(4)])
        wanted = ((means - x.mean()) ** 2).sum() * 6 / ((x - x.mean()) ** 2).sum()
        assert float(share_between(values, expert_of, 4)[column]) == pytest.approx(wanted)
    assert share_between(torch.ones(24, 1), expert_of, 4).tolist() == [0]
