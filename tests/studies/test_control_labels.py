"""CT-1: real minus control labels, paired; tasks whose control labels cannot be balanced."""

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure as Canvas
from tests.studies.stand_in import StandIn, data

from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons import control_labels
from brodmann.studies.skill_neurons.control_labels import MORE, evidence_ct1
from brodmann.studies.suite import Job

N, SEEDS = 120, range(5)
EVEN = [0, 1] * (N // 2)
SKEWED = [0] * (N - 12) + [1] * 12


def scan(labels, accuracy, seed):
    """A best neuron that is right on a share of the examples."""
    random = np.random.default_rng(seed)
    truth = np.array(labels)
    fired = np.where(random.random(N) < accuracy, truth, 1 - truth)
    logits = torch.nn.functional.one_hot(torch.tensor(truth), 2).float()
    return Measured(
        {"values": torch.tensor(fired, dtype=torch.float32)[:, None],
         "labels": torch.tensor(truth), "logits": logits},
        {"classes": ["a", "b"], "columns": ["t"], "top": [{"threshold": 0.5, "sign": 1}]},
    )  # fmt: skip


@pytest.fixture
def suite(monkeypatch):
    words = [f"w{i % 7}" for i in range(N)]
    content = {
        (task, more): data(words, SKEWED if task == "skewed" and more else EVEN)
        for task in ("one", "two", "skewed", "weak") for more in ((), (MORE,))
    }  # fmt: skip
    found = {
        Job(task, seed, more): scan(
            SKEWED if task == "skewed" and more else EVEN, 0.7 if more else 0.9,
            10 * seed + len(more),
        )
        for task, more in content for seed in SEEDS
    }  # fmt: skip
    monkeypatch.setattr(control_labels, "LEAST_WORDS", 3.0)
    monkeypatch.setattr(control_labels, "scans", lambda _, jobs: {job: found[job] for job in jobs})
    stand_in = StandIn({"one": 0.4, "two": 0.4, "skewed": 0.4, "weak": 0.03}, SEEDS, content)
    stand_in.found = found
    return stand_in


def accuracy(one):
    hits = 0
    for value, label in zip(one.tensors["values"][:, 0], one.tensors["labels"], strict=True):
        hits += int((value > 0.5) == bool(label))
    return hits / N


def test_the_effect_is_the_difference_of_accuracies(suite):
    rows, _, _ = evidence_ct1(suite)
    gaps = [
        accuracy(suite.found[Job("one", s)]) - accuracy(suite.found[Job("one", s, (MORE,))])
        for s in SEEDS
    ]
    by_scope = {row.scope: row for row in rows}
    assert by_scope["one"].effect == pytest.approx(np.mean(gaps))
    assert by_scope["one"].n == 7
    assert rows[0].scope == "pooled"
    assert rows[0].effect == pytest.approx((by_scope["one"].effect + by_scope["two"].effect) / 2)
    assert 0.1 < rows[0].effect < 0.3


def test_prompts_are_tuned_for_competent_tasks_only(suite):
    rows, _, _ = evidence_ct1(suite)
    assert {job.task for job in suite.trained} == {"one", "two"}
    assert all(job.more == (MORE,) for job in suite.trained)
    assert "not competent" in {row.scope: row for row in rows}["weak"].untestable[0]


def test_labels_that_cannot_be_balanced_give_no_verdict(suite):
    rows, _, _ = evidence_ct1(suite)
    (row,) = [row for row in rows if row.scope == "skewed"]
    assert "hang on 7 words only" in row.untestable[0]
    assert "90 %" in row.untestable[0]
    assert rows[0].notes["tasks"] == "one, two"
    assert "skewed" in rows[0].notes["unbalanced"]
    assert "left_out" not in rows[0].notes


def test_few_words_give_no_verdict(suite, monkeypatch):
    monkeypatch.setattr(control_labels, "LEAST_WORDS", 10.0)
    rows, _, _ = evidence_ct1(suite)
    assert all(row.interval is None for row in rows)
    assert "7.0 different words" in {row.scope: row for row in rows}["one"].untestable[0]
    assert suite.trained == []


def test_tables_and_figures_tell_every_task_that_was_tuned(suite):
    _, (table,), (figure,) = evidence_ct1(suite)
    assert [row["task"] for row in table.rows] == ["one", "two"]
    assert table.rows[1]["control majority"] == 0.5
    assert table.rows[0]["words"] == 7
    assert table.rows[0]["prompts on control labels"] == 1.0
    canvas = Canvas()
    figure.draw(canvas)
    assert figure.claim == "CT-1"
    assert figure.null


def test_without_a_competent_task_there_is_a_reason(suite):
    suite.accuracies = dict.fromkeys(suite.accuracies, 0.0)
    rows, tables, figures = evidence_ct1(suite)
    assert rows[0].scope == "pooled"
    assert rows[0].untestable
    assert (tables, figures) == ([], [])
    assert suite.trained == []


def test_one_seed_gives_no_interval(suite):
    suite.seeds = [0]
    rows, _, (figure,) = evidence_ct1(suite)
    assert all(row.interval is None for row in rows)
    figure.draw(Canvas())
