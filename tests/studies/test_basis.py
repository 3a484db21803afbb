"""Best directions of random bases against brute force, and on planted neurons and directions."""

import numpy as np
import pytest
import torch
from sklearn.metrics import balanced_accuracy_score
from tests.studies.toys import ToyExamined, ToySuite, everyone, rng

from brodmann.neurons.rotation import rotations
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons import directions as module
from brodmann.studies.skill_neurons.basis import accuracies, evidence_pb1, gaps
from brodmann.studies.skill_neurons.directions import bases
from brodmann.studies.suite import Job

UNITS, POSITIONS, TURNS = 6, 2, 5
ROWS = {"train": 40, "val": 60, "test": 50}


def planted(direction, noise=0.3, seed=0, rows=ROWS):
    """Labels that the second site tells along a direction, at the last position."""
    generator = torch.Generator().manual_seed(seed)
    splits, labels = {}, {}
    for split, count in rows.items():
        labels[split] = torch.randint(2, (count,), generator=generator)
        values = torch.randn(count, 2, POSITIONS, UNITS, generator=generator)
        push = (labels[split] * 2 - 1)[:, None] * direction / noise
        values[:, 1, -1] += push
        splits[split] = values
    return ToyExamined(splits, labels)


def measured(examined, turns=TURNS, dev_rows=None):
    return bases(examined, None, dev_rows, None, False, "balanced", turns)


def naive(examined, turn):
    """What the best direction says of the test rows: loops over sites, positions, directions."""
    best, said = -1.0, None
    for place, site in enumerate(examined.subject.sites):
        rows = (
            torch.stack([turn[site.name].direction(u) for u in range(UNITS)])
            if turn
            else torch.eye(UNITS)
        )
        of = {split: (v[:, place] @ rows.t()).numpy() for split, v in examined.splits.items()}
        for unit in range(UNITS):
            for position in range(POSITIONS):
                limit = of["train"][:, position, unit].mean()
                fired = of["val"][:, position, unit] > limit
                score = balanced_accuracy_score(examined.of_split["val"], fired)
                for sign in (True, False):
                    if (score if sign else 1 - score) > best + 1e-6:
                        best = score if sign else 1 - score
                        said = (of["test"][:, position, unit] > limit) == sign
    return best, said


def test_every_basis_equals_brute_force():
    examined = planted(torch.ones(UNITS) * 0.1)
    found = measured(examined)
    assert found.tensors["said"].shape == (1 + TURNS, ROWS["test"], 1)
    for one in range(1 + TURNS):
        units = {site.name: site.units for site in examined.subject.sites}
        best, said = naive(examined, rotations(units, one) if one else None)
        assert found.tensors["dev"][one, 0].item() == pytest.approx(best, abs=1e-5)
        assert np.mean(found.tensors["said"][one, :, 0].numpy() == said) > 0.97


def test_small_memory_changes_nothing(monkeypatch):
    examined = planted(torch.ones(UNITS) * 0.1)
    whole = measured(examined)
    monkeypatch.setattr(module, "MEMORY", 1)
    parts = measured(examined)
    assert torch.equal(whole.tensors["said"], parts.tensors["said"])


def test_a_planted_neuron_beats_directions_and_a_planted_direction_does_not():
    rows = {"train": 300, "val": 300, "test": 400}
    neuron = torch.eye(UNITS)[2] * 0.5
    units = {"encoder.0.ffn": UNITS, "encoder.1.ffn": UNITS}
    hidden = rotations(units, 3)["encoder.1.ffn"].direction(1) * 0.5
    one, other = (measured(planted(p, rows=rows), 9) for p in (neuron, hidden))
    assert accuracies(one)[0] > accuracies(one)[1:].max()
    assert accuracies(other).argmax() == 3


def made(seed, neuron=0.9, rotated=0.7, columns=1, turns=7):
    random = rng(seed)
    labels = random.integers(2 if columns == 1 else columns, size=80)
    rates = np.array([neuron, *[rotated] * turns])[:, None, None]
    right = random.random((1 + turns, 80, columns)) < rates
    truth = labels[:, None] if columns == 1 else labels[:, None] == np.arange(columns)
    said = np.where(right, truth, 1 - truth).astype(bool)
    classes = ["c"] * max(2, columns)
    return Measured(
        {"said": torch.tensor(said), "dev": torch.full((1 + turns, columns), 0.8),
         "labels": torch.tensor(labels)},
        {"classes": classes, "columns": [str(k) for k in range(columns)]},
    )  # fmt: skip


@pytest.mark.parametrize("columns", [1, 3])
def test_accuracies_and_gaps_equal_scikit_learn(columns):
    runs = [made(seed, columns=columns) for seed in range(3)]
    for run in runs:
        run.tensors["labels"][:] = runs[0].tensors["labels"]
    labels = runs[0].tensors["labels"].numpy()
    wanted = np.zeros((3, 8))
    for s, b in np.ndindex(3, 8):
        truth = labels[:, None] if columns == 1 else labels[:, None] == np.arange(columns)
        said = runs[s].tensors["said"][b].numpy()
        wanted[s, b] = np.mean(
            [balanced_accuracy_score(truth[:, k], said[:, k]) for k in range(columns)]
        )
    assert np.stack([accuracies(run) for run in runs]) == pytest.approx(wanted)
    assert gaps(runs).mean(0) == pytest.approx(wanted[:, 0] - wanted[:, 1:].mean(1))


class Own:
    train_rows = dev_rows = test_rows = None
    with_mask, measure, rotations = False, "balanced", 7


def test_evidence_pools_competent_tasks_and_says_what_rotations_permit():
    tasks, seeds = ["a", "b", "weak"], range(5)
    runs = {job: made(n, neuron=0.5 if job.task == "weak" else 0.9)
            for n, job in enumerate(everyone(tasks, seeds))}  # fmt: skip
    for job, run in runs.items():
        if job.task != "weak":
            fixed = runs[Job(job.task, 0)].tensors["labels"]
            run.tensors["said"][:] = (
                run.tensors["said"] == run.tensors["labels"][:, None].bool()
            ) == fixed[:, None].bool()
            run.tensors["labels"][:] = fixed
        else:
            run.tensors["labels"][:] = runs[Job("weak", 0)].tensors["labels"]
    suite = ToySuite(tasks, seeds, {"bases": runs}, Own(), {"weak": 0.02})
    rows, (table,), (figure,) = evidence_pb1(suite)
    pooled, *others = rows
    assert [row.scope for row in rows] == ["pooled", *tasks]
    assert pooled.smallest_p == pooled.p_value == pytest.approx(1 / 8)
    assert pooled.p_mirror == 1
    wanted = np.mean([accuracies(runs[Job(t, s)])[0] - accuracies(runs[Job(t, s)])[1:].mean()
                      for t in "ab" for s in seeds])  # fmt: skip
    assert pooled.effect == pytest.approx(wanted)
    assert pooled.notes["left_out"] == "not competent: weak"
    assert (others[2].effect, "2.0 points" in others[2].untestable[0]) == (None, True)
    assert [row["task"] for row in table.rows] == ["a", "b"]
    assert table.rows[0]["rotations"] == 7
    assert figure.claim == "PB-1"
