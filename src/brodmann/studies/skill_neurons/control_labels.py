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
from brodmann.studies.examined import subset
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.evidence import pooled, row
from brodmann.studies.skill_neurons.settings import retuned, scans, settings, why_not
from brodmann.studies.skill_neurons.single import model_right, right
from brodmann.studies.suite import Job, Suite
from brodmann.tasks.control import first_word

MORE = "data.labels=control"
SKEWED = 0.10
"""Most by which the control labels' majority may differ from the task's; beyond it the two
accuracies do not compare (a task whose texts begin with two words only)."""
LEAST_WORDS = 10.0
"""Effective number of first words below which control labels are too few draws."""
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Control:
    """One task with its own labels and with control labels.

    Attributes:
        task: Its name.
        real: Whether the best neuron is right, float64 ``[N, S]`` (examples x seeds).
        control: The same examples and seeds under control labels.
        model: Accuracy of the tuned prompts under control labels, mean over seeds.
        majorities: Share of the usual class on test: true labels, control labels.
        words: First words, of all splits.
        first: Number of the first word of every example, long ``[N]``.
    """

    task: str
    real: Array
    control: Array
    model: float
    majorities: tuple[float, float]
    words: int
    first: NDArray[np.int64]

    @property
    def gap(self) -> Array:
        """Right under true minus under control labels, each above its majority, ``[N, S]``."""
        return (self.real - self.majorities[0]) - (self.control - self.majorities[1])

    @property
    def by_word(self) -> Array:
        """A row for each first word: control labels are one draw for all its texts."""
        return cluster_rows(self.gap, self.first)

    @property
    def effective(self) -> float:
        """Effective number of first words (inverse Simpson)."""
        shares = np.unique(self.first, return_counts=True)[1] / len(self.first)
        return float(1 / (shares**2).sum())

    @property
    def skewed(self) -> bool:
        """Whether the control labels could not be balanced as the task is."""
        return abs(self.majorities[1] - self.majorities[0]) > SKEWED


def evidence_ct1(suite: Suite) -> tuple[list[Evidence], list[Table], list[Figure]]:
    """Rows of CT-1 (the pooled one first), its table and its figure.

    Prompts are tuned on control labels for the tasks that prompts can do, if they are not there.
    """
    competent = retuned(suite)
    suite.console.print("tuning prompts on control labels")
    suite.train([Job(task, seed, (MORE,)) for task in competent for seed in suite.seeds])
    found = [_control(suite, task) for task in competent]
    rows, values = [], {}
    for one in found:
        if one.skewed:
            rows.append(not_measured(one.task, _unbalanced(one)))
        elif one.effective < LEAST_WORDS:
            rows.append(not_measured(one.task, _few(one)))
        else:
            rows.append(_row(suite, one))
            values[one.task] = one.by_word
    left = [task for task in suite.tasks if task not in competent]
    rows += [not_measured(task, why_not(suite, task)) for task in left]
    if found and not values:
        first = not_measured("pooled", "no task has enough first words, or balanced control labels")
    else:
        first = pooled(values, list(values), notes=_left_out(found))
    return [first, *rows], [_table(found)] if found else [], [_figure(found)] if found else []


def _control(suite: Suite, task: str) -> Control:
    true = [Job(task, seed) for seed in suite.seeds]
    drawn = [Job(task, seed, (MORE,)) for seed in suite.seeds]
    told = scans(suite, [*true, *drawn])
    (one,) = suite.prepare(drawn[:1])
    splits = (one.data.train, one.data.val, one.data.test)
    return Control(
        task=task, real=_right(told, true), control=_right(told, drawn),
        model=float(np.mean([model_right(told[job]).mean() for job in drawn])),
        majorities=(_majority(suite, told, true[0]), _majority(suite, told, drawn[0])),
        words=len({first_word(texts) for split in splits for texts in split.inputs}),
        first=_first_words(suite, one),
    )  # fmt: skip


def _first_words(suite: Suite, one: Prepared) -> NDArray[np.int64]:
    """Number of the first word of every test example that the scans used."""
    rows = subset(len(one.data.test.labels), settings(suite.config).test_rows,
                  one.config.data.split_seed, "test")  # fmt: skip
    words = [first_word(one.data.test.inputs[row]) for row in rows]
    return np.unique(words, return_inverse=True)[1]


def _right(told: Mapping[Job, Measured], jobs: list[Job]) -> Array:
    return np.stack([right(told[job]) for job in jobs], 1).astype(np.float64)


def _majority(suite: Suite, told: Mapping[Job, Measured], job: Job) -> float:
    """Accuracy of the training set's usual class on the test examples used."""
    (prepared,) = suite.prepare([job])
    usual = int(np.bincount(prepared.data.train.labels).argmax())
    return float((told[job].tensors["labels"] == usual).double().mean())


def _row(suite: Suite, one: Control) -> Evidence:
    if one.gap.shape[1] < 2:
        return not_measured(one.task, "one seed gives no interval")
    return row(one.task, crossed_mean(one.by_word), len(one.by_word), seeds=one.gap.shape[1],
               competence=suite.competence(one.task))  # fmt: skip


def _skewed(found: list[Control]) -> list[str]:
    return [one.task for one in found if one.skewed]


def _few(one: Control) -> str:
    return f"its texts begin with {one.effective:.1f} different words, as it were; ten are needed"


def _unbalanced(one: Control) -> str:
    true, drawn = (f"{100 * share:.0f} %" for share in one.majorities)
    return (
        f"its texts begin with {one.words} words only: the control labels' majority is {drawn}, "
        f"the task's {true}"
    )


def _left_out(found: list[Control]) -> dict[str, str]:
    names = _skewed(found)
    return {"unbalanced": f"control labels not balanced: {', '.join(names)}"} if names else {}


def _table(found: list[Control]) -> Table:
    rows: list[Row] = [
        {
            "task": one.task, "best neuron": float(one.real.mean()),
            "control labels": float(one.control.mean()), "minus": float(one.gap.mean()),
            "prompts on control labels": one.model, "majority": one.majorities[0],
            "control majority": one.majorities[1], "first words": one.words,
        }
        for one in found
    ]  # fmt: skip
    return Table(
        "control_labels", "The best neuron under true and under control labels",
        "Test accuracy, mean over seeds. Control labels are drawn for every first word; a prompt "
        "tuned on them, and a neuron chosen by them, can only have memorised words.", rows,
    )  # fmt: skip


def _figure(found: list[Control]) -> Figure:
    rows = []
    for one in found:
        several = one.real.shape[1] > 1
        low, high = crossed_mean(one.real).at_level(0.05) if several else (None, None)
        rows.append(Bar(one.task, float(one.real.mean()), low, high,
                        reference=float(one.control.mean()), chance=one.majorities[1]))  # fmt: skip
    return Figure(
        "control_labels", "The best neuron beside the best neuron of control labels",
        "Bars that reach beyond their diamonds: the neuron knows more of the task than a tuned "
        "prompt can be taught of words. Thin strokes are the control labels' majority class.",
        "Diamonds: prompts tuned anew on labels that a seeded hash gives to every first word, and "
        "the best neuron chosen by them.",
        bars(rows, "test accuracy", reference_name="control labels",
             chance_name="majority of control labels"),
        claim="CT-1", size=(6.4, 0.9 + 0.45 * len(rows)),
    )  # fmt: skip
