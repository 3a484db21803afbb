"""CT-1: prompts tuned anew on control labels, whose neurons know words but no skill.

Hewitt and Liang (2019): what a probe reaches beyond labels drawn at random for every word is the
representation's; the rest is the probe's capacity, here the tuned prompt's and the selection's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brodmann.lab.prepare import Prepared
from brodmann.neurons.claims.evidence import Evidence, not_measured
from brodmann.neurons.statistics.crossed import crossed_mean
from brodmann.neurons.statistics.rows import cluster_rows
from brodmann.report.findings import Figure, Row, Table
from brodmann.report.plots.bars import Bar, bars
from brodmann.studies.evidence import pooled, row
from brodmann.studies.examined import subset
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.settings import retuned, scans, settings, why_not
from brodmann.studies.skill_neurons.single import model_right, right
from brodmann.studies.suite import Job, Suite
from brodmann.tasks.control import control_words, effective_number

MORE = "data.labels=control"
SKEWED = 0.10
"""Most by which the control labels' majority may differ from the task's; beyond it the two
accuracies do not compare (a task whose texts begin with two words only)."""
LEAST_WORDS = 20.0
"""Effective number of words below which control labels are too few draws."""
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Words:
    """What control labels of a task hang on, known before anything is tuned.

    Attributes:
        task: Its name.
        usual: Whether each test example has the training set's usual class, float64 ``[N]``: true
            labels, control labels.
        count: Different words, of all splits.
        of_rows: Number of the word of every test example, long ``[N]``.
    """

    task: str
    usual: tuple[Array, Array]
    count: int
    of_rows: NDArray[np.int64]

    @property
    def majorities(self) -> tuple[float, float]:
        """Accuracy of the usual class on test: true labels, control labels."""
        true, drawn = self.usual
        return float(true.mean()), float(drawn.mean())

    @property
    def problem(self) -> str:
        """Why the two accuracies would not compare; empty where they do."""
        true, drawn = self.majorities
        if abs(drawn - true) > SKEWED:
            return (f"the control labels hang on {self.count} words only: their majority is "
                    f"{100 * drawn:.0f} %, the task's {100 * true:.0f} %")  # fmt: skip
        effective = effective_number([str(word) for word in self.of_rows])
        if effective < LEAST_WORDS:
            return (f"the control labels hang on {effective:.1f} different words, as it were; "
                    f"{LEAST_WORDS:.0f} are needed")  # fmt: skip
        return ""


@dataclass(frozen=True)
class Control:
    """One task with its own labels and with control labels.

    Attributes:
        words: What the control labels hang on.
        real: Whether the best neuron is right, float64 ``[N, S]`` (examples x seeds).
        control: The same examples and seeds under control labels.
        model: Accuracy of the tuned prompts under control labels, mean over seeds.
    """

    words: Words
    real: Array
    control: Array
    model: float

    @property
    def gap(self) -> Array:
        """Right under true minus under control labels, each above its majority, ``[N, S]``."""
        true, drawn = (usual[:, None] for usual in self.words.usual)
        return (self.real - true) - (self.control - drawn)

    @property
    def by_word(self) -> Array:
        """A row for each word: control labels are one draw for all its texts."""
        return cluster_rows(self.gap, self.words.of_rows)


def evidence_ct1(suite: Suite) -> tuple[list[Evidence], list[Table], list[Figure]]:
    """Rows of CT-1 (the pooled one first), its table and its figure.

    Prompts are tuned on control labels for the tasks that prompts can do and whose texts have
    enough words for such labels, if they are not there.
    """
    words = [_words(suite, task) for task in retuned(suite)]
    fit = [one for one in words if not one.problem]
    if fit:
        suite.console.print("tuning prompts on control labels")
    suite.train([Job(one.task, seed, (MORE,)) for one in fit for seed in suite.seeds])
    found = [_control(suite, one) for one in fit]
    rows = [_row(suite, one) for one in found]
    rows += [not_measured(one.task, one.problem) for one in words if one.problem]
    asked = [one.task for one in words]
    rows += [not_measured(task, why_not(suite, task)) for task in suite.tasks if task not in asked]
    if words and not found:
        first = not_measured("pooled", "no task has enough words, or balanced control labels")
    else:
        first = pooled({one.words.task: one.by_word for one in found},
                       [one.words.task for one in found], notes=_left_out(words))  # fmt: skip
    return [first, *rows], [_table(found)] if found else [], [_figure(found)] if found else []


def _words(suite: Suite, task: str) -> Words:
    true, drawn = suite.prepare([Job(task, suite.seeds[0]), Job(task, suite.seeds[0], (MORE,))])
    _, splits = control_words(drawn.data)
    rows = subset(len(drawn.data.test.labels), settings(suite.config).test_rows,
                  drawn.config.data.split_seed, "test")  # fmt: skip
    of_rows = np.unique([splits[2][row] for row in rows], return_inverse=True)[1]
    usual = (_usual(true, rows), _usual(drawn, rows))
    return Words(task, usual, len({word for split in splits for word in split}), of_rows)


def _usual(prepared: Prepared, rows: NDArray[np.int64]) -> Array:
    """Whether the training set's usual class is right on each of the test examples used."""
    usual = int(np.bincount(prepared.data.train.labels).argmax())
    return (np.asarray(prepared.data.test.labels)[rows] == usual).astype(np.float64)


def _control(suite: Suite, words: Words) -> Control:
    true = [Job(words.task, seed) for seed in suite.seeds]
    drawn = [Job(words.task, seed, (MORE,)) for seed in suite.seeds]
    told = scans(suite, [*true, *drawn])
    return Control(
        words, _right(told, true), _right(told, drawn),
        float(np.mean([model_right(told[job]).mean() for job in drawn])),
    )  # fmt: skip


def _right(told: Mapping[Job, Measured], jobs: list[Job]) -> Array:
    return np.stack([right(told[job]) for job in jobs], 1).astype(np.float64)


def _row(suite: Suite, one: Control) -> Evidence:
    task = one.words.task
    if one.gap.shape[1] < 2:
        return not_measured(task, "one seed gives no interval")
    return row(task, crossed_mean(one.by_word), len(one.by_word), seeds=one.gap.shape[1],
               competence=suite.competence(task))  # fmt: skip


def _left_out(words: list[Words]) -> dict[str, str]:
    names = [one.task for one in words if one.problem]
    return {"unbalanced": f"control labels not possible: {', '.join(names)}"} if names else {}


def _table(found: list[Control]) -> Table:
    rows: list[Row] = [
        {
            "task": one.words.task, "best neuron": float(one.real.mean()),
            "control labels": float(one.control.mean()), "minus": float(one.gap.mean()),
            "prompts on control labels": one.model, "majority": one.words.majorities[0],
            "control majority": one.words.majorities[1], "words": one.words.count,
        }
        for one in found
    ]  # fmt: skip
    return Table(
        "control_labels", "The best neuron under true and under control labels",
        "Test accuracy, mean over seeds. Control labels are drawn for every word at one place of "
        "the text; a prompt tuned on them, and a neuron chosen by them, can only have memorised "
        "words.", rows,
    )  # fmt: skip


def _figure(found: list[Control]) -> Figure:
    rows = []
    for one in found:
        several = one.real.shape[1] > 1
        low, high = crossed_mean(one.real).at_level(0.05) if several else (None, None)
        rows.append(Bar(one.words.task, float(one.real.mean()), low, high,
                        reference=float(one.control.mean()),
                        chance=one.words.majorities[1]))  # fmt: skip
    return Figure(
        "control_labels", "The best neuron beside the best neuron of control labels",
        "Bars that reach beyond their diamonds: the neuron knows more of the task than a tuned "
        "prompt can be taught of words. Thin strokes are the control labels' majority class.",
        "Diamonds: prompts tuned anew on labels that a seeded hash gives to every word at one "
        "place of the text, and the best neuron chosen by them.",
        bars(rows, "test accuracy", reference_name="control labels",
             chance_name="majority of control labels"),
        claim="CT-1", size=(6.4, 0.9 + 0.45 * len(rows)),
    )  # fmt: skip
