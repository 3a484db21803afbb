"""Figures of "Emergent Modularity": sections 2 and 6.1 of what is known of it."""

import numpy as np
import pytest
import torch
from benchmarks import reproductions

from brodmann.neurons.partition.enrichment import share_between
from brodmann.neurons.partition.simple import random
from brodmann.neurons.statistics.best_of import expected_best_precision


@pytest.mark.slow
def test_the_best_of_3072_by_chance():
    """.81, .66, .64, .74 and .55: single draws, with labels drawn and either class counted."""
    for row in reproductions.best_of():
        off = abs(row["labels drawn"] - row["published"])
        assert off < 2 * row["s.d. of one draw"] + 0.005, row


def test_the_smallest_sample_has_the_highest_best():
    found = expected_best_precision(reproductions.UNITS, 60, drawn=True, repeats=10)
    assert found.mean == pytest.approx(0.81, abs=2 * found.spread)


def test_neurons_that_know_nothing_do_not_score_one_half():
    assert reproductions.uninformed() == pytest.approx(0.572, abs=0.001)


@pytest.mark.parametrize(("experts", "mean", "spread"), [(16, 0.005, 0.002), (96, 0.031, 0.005)])
def test_share_between_random_experts(experts, mean, spread):
    """.005 +- .002 for 16 experts, .031 for 96."""
    values = torch.randn(3072, 1, generator=torch.Generator().manual_seed(0))
    found = [float(share_between(values, random(3072, experts, s), experts)) for s in range(200)]
    assert np.mean(found) == pytest.approx(mean, abs=0.0006)
    assert np.std(found) == pytest.approx(np.sqrt(2 * (experts - 1)) / 3071, rel=0.25)
    assert np.std(found) == pytest.approx(spread, abs=0.0006)


@pytest.mark.parametrize(
    ("other", "mean", "p"), [("no function", 1.67, 0.050), ("original", 1.22, 0.041)]
)
def test_table_3_over_tasks(other, mean, p):
    """Rounded to a tenth, the table reaches what was computed from unrounded means."""
    found = reproductions.over_tasks("function", other)
    means, chances = reproductions.reach_of_rounding("function", other)
    assert means[0] < mean < means[1]
    assert chances[0] - 0.0005 < p < chances[1]
    assert found[0] == pytest.approx(mean, abs=0.03)
    assert found[1] == pytest.approx(p, abs=0.006)


@pytest.mark.parametrize(("other", "published"), [("no function", 0.0004), ("original", 0.005)])
def test_table_3_over_seeds_is_ten_times_surer(other, published):
    """Seeds' values are not published: their pairing is unknown, the order of p is not."""
    by_pairing = [reproductions.over_seeds("function", other, paired) for paired in (0.0, 0.6)]
    assert by_pairing[1] < published < by_pairing[0]
    assert by_pairing[0] < reproductions.over_tasks("function", other)[1] / 2


def test_layers_that_do_not_match_make_a_lead_of_nothing():
    """Neurons of twelve layers against experts of six (figure 4, Switch)."""
    found = [reproductions.mismatch(seed) for seed in range(3)]
    assert min(wrong for wrong, _ in found) > 1.5
    assert np.mean([matched for _, matched in found]) == pytest.approx(0, abs=0.15)
