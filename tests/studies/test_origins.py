"""SN-7: best neurons of untrained prompts minus those of twins, and how alike tuned ones rank."""

import numpy as np
import pytest
import torch

from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons import origins as module
from brodmann.studies.skill_neurons.origin import beyond_twins
from brodmann.studies.skill_neurons.origins import UNTRAINED, Origins, likenesses
from brodmann.studies.suite import Job

N, SEEDS = 80, range(4)


def scan(accuracy, seed):
    """A best neuron that is right on a share of the examples; its test score is what it reaches."""
    random = np.random.default_rng(seed)
    truth = np.arange(N) % 4 == 0
    said = np.where(random.random(N) < accuracy, truth, ~truth)
    score = np.mean([(said == truth)[truth == side].mean() for side in (False, True)])
    return Measured(
        {"values": torch.tensor(said, dtype=torch.float32)[:, None],
         "labels": torch.tensor(truth.astype(int)), "test/s": torch.tensor([[score]])},
        {"classes": ["a", "b"], "columns": ["t"],
         "top": [{"threshold": 0.5, "sign": 1, "site": "s", "unit": 0}]},
    )  # fmt: skip


def scanned(accuracy, more=()):
    return {Job("one", s, more): scan(accuracy, 100 * s + int(1000 * accuracy)) for s in SEEDS}


@pytest.fixture
def origins():
    return Origins(scanned(0.95), scanned(0.9, UNTRAINED), scanned(0.6), scanned(0.55), {})


def test_the_effect_is_the_difference_of_test_scores_from_the_better_twin(origins):
    twins = np.maximum(origins.scores("random", "one"), origins.scores("shuffled", "one"))
    table = beyond_twins(origins, "one", len(SEEDS))
    assert table.shape == (N, len(SEEDS))
    assert table.mean(0) == pytest.approx(origins.scores("bare", "one") - twins)


def test_a_seed_is_never_paired_with_itself(origins, monkeypatch):
    """Its untrained prompt is where its tuned one started."""
    met = []
    monkeypatch.setattr(module, "alike", lambda one, two: met.append((one, two)) or 0.7)
    monkeypatch.setattr(module, "by_chance", lambda one, two: 0.2)
    suite = type("Suite", (), {"seeds": list(SEEDS), "competent": lambda self: ["one"]})()
    assert likenesses(suite, origins)["one"] == pytest.approx(0.5)
    seeds = {(s, t) for s in SEEDS for t in SEEDS
             for one, two in met
             if one is origins.tuned[Job("one", s)]
             and two is origins.bare[Job("one", t, UNTRAINED)]}  # fmt: skip
    assert seeds == {(s, t) for s in SEEDS for t in SEEDS if s != t}
