"""Case 7: planted transformers at the checkpoints of a pre-training, and their verdicts."""

import numpy as np
import pytest
import torch

from brodmann.neurons.claims.emergence import EM_8
from brodmann.neurons.claims.judge import judge
from brodmann.neurons.emergence.evidence import evidence_em8
from brodmann.neurons.emergence.onset import course, half_time, unit_scores
from brodmann.neurons.emergence.settling import readings
from brodmann.neurons.partition.partition import agreement
from brodmann.neurons.statistics.intervals import mean_of_seeds
from brodmann.playground.planted import PlantedRun
from brodmann.playground.planted.checkpoints import Growth, growing
from brodmann.playground.planted.settling import Course

ROWS, RUNS, DRAWS = 120, 5, 6
"""Texts of a probe (sixty a half), pre-training runs, random partitions."""
SMALL = Growth(units=32, modules=4, tasks=3)


def probed(growth):
    return [growing(seed, growth).probed(ROWS) for seed in range(RUNS)]


def told(runs):
    return judge([(EM_8, evidence_em8([readings(run, draws=DRAWS) for run in runs]))])[0]


def half_leads(runs):
    """Octaves by which experts reach half of their final AUROC before neurons."""
    at = [[half_time(run.steps, course(unit_scores(run, level)).mean(1)).low
           for level in ("experts", "neurons")] for run in runs]  # fmt: skip
    return mean_of_seeds([neurons - experts for experts, neurons in at])


@pytest.mark.slow
def test_equal_times_are_not_called_emergence():
    """The paper's measure sees noise that experts average out: more than an octave of it."""
    runs = probed(Growth())
    verdict = told(runs)
    plain = verdict.evidence.notes["lead_uncorrected"]
    assert plain > EM_8.delta
    assert verdict.word in ("negligible", "inconclusive")
    assert abs(verdict.evidence.effect) < 0.25
    assert abs(half_leads(runs).effect) < 0.5


@pytest.mark.slow
def test_truly_earlier_modules_are_found():
    verdict = told(probed(Growth(gathered=1.5, shared=Course(3.0))))
    assert verdict.word == "supported"


def test_weights_go_from_their_start_to_their_end():
    made = growing(0, SMALL, steps=(0, 15, 63, 4095))
    block = made.at(3).model.blocks[1].ffn
    torch.testing.assert_close(block.up.weight, made.world.model.blocks[1].ffn.up.weight)
    torch.testing.assert_close(block.up.weight, made.reads[3, 1])
    alike = torch.nn.functional.cosine_similarity(made.reads, made.reads[-1:], dim=-1).mean((1, 2))
    assert alike[0].abs() < 0.2
    assert alike[0] < alike[1] < alike[2] < alike[3]
    assert torch.equal(made.reads, growing(0, SMALL, steps=(0, 15, 63, 4095)).reads)


def test_the_model_answers_and_its_modules_are_found_at_the_end():
    made = growing(1, Growth(gathered=2.0), steps=(0, 63, 4095))
    run = PlantedRun(made.world, "task 1", 0, {"train": 50, "val": 50, "test": 200})
    assert run.metrics()["test/accuracy"] > run.metrics()["test/majority"] + 0.2
    assert min(agreement(made.partitions()[-1], made.modules).values()) > 0.7


def test_scores_are_aurocs_of_halves_of_the_same_texts():
    from sklearn.metrics import roc_auc_score

    made = growing(0, SMALL, steps=(0, 15, 4095))
    found = made.probed(80)
    world = made.at(1)
    run = PlantedRun(world, "task 0", 0, {"train": 80})
    inputs = run.subject.prepare(next(run.batches("train", None))).inputs
    states = inputs.embeds[:, 2:3] + world.model.blocks[0].attention(
        inputs.embeds, inputs.attended)[:, 2:3]  # fmt: skip
    fired = world.model.blocks[0].ffn.up(states).relu()[:, 0].numpy()
    labels = world.examples("task 2", "train", 80).labels.numpy()
    for half in (0, 1):
        for unit in (0, 7, 31):
            wanted = roc_auc_score(labels[half::2], fired[half::2, unit]) - 0.5
            got = found.scores["encoder.0.ffn"][1, half, unit, 2]
            assert got == pytest.approx(wanted, abs=1e-5)
    assert found.functions == ("task 0", "task 1", "task 2")
    assert np.isfinite(found.scores["encoder.1.ffn"]).all()
