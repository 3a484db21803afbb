"""PB-1: the best neuron against the best of equally many rotated directions (Bau et al. 2017)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from brodmann.neurons.claims.evidence import POOLED, Evidence, not_measured
from brodmann.neurons.statistics.crossed import crossed_mean
from brodmann.neurons.statistics.permutation import Side, p_value, smallest_p
from brodmann.neurons.statistics.rows import balanced_rows
from brodmann.report.findings import Figure, Row, Table
from brodmann.report.plots.bars import Bar, bars
from brodmann.studies.evidence import (
    NONE,
    ONE_SEED,
    both_sides,
    incompetent,
    pooled,
    row,
)
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.directions import bases
from brodmann.studies.skill_neurons.settings import settings
from brodmann.studies.skill_neurons.single import column_labels
from brodmann.studies.suite import Suite, by_task, of_tasks

Bases = Mapping[str, Sequence[Measured]]
"""Task -> what ``directions.bases`` gives of its runs, one per seed."""


def evidence_pb1(suite: Suite) -> tuple[list[Evidence], list[Table], list[Figure]]:
    """Rows of PB-1, their table and their figure."""
    own, tasks = settings(suite.config), suite.competent()
    if not tasks:
        return [not_measured(POOLED, NONE), *incompetent(suite)], [], []
    wanted = of_tasks(suite.config, tasks)
    arguments = {
        "train_rows": own.train_rows, "dev_rows": own.dev_rows, "test_rows": own.test_rows,
        "with_mask": own.with_mask, "measure": own.measure, "turns": own.rotations,
    }  # fmt: skip
    made = suite.measure("rotating the basis", bases, wanted, arguments)
    found = by_task(dict(zip(wanted, made, strict=True)))
    rows = [_row(task, of_task) for task, of_task in found.items()]
    return _evidence(suite, found), [_table(rows)], [_figure(rows)]


def accuracies(one: Measured) -> np.ndarray:
    """Test balanced accuracy of each basis' best directions, mean over columns, ``[1 + R]``."""
    truth, said = column_labels(one), one.tensors["said"].numpy()
    found = [
        balanced_rows((said[:, :, k] == truth[:, k]).T.astype(float), truth[:, k]).mean(0)
        for k in range(truth.shape[1])
    ]
    return np.asarray(np.mean(found, 0))


def gaps(of_task: Sequence[Measured]) -> np.ndarray:
    """``[N, S]``, whose mean is the neuron's balanced accuracy minus the rotated bases' mean."""
    truth = column_labels(of_task[0])
    tables = []
    for k in range(truth.shape[1]):
        right = np.stack([one.tensors["said"].numpy()[:, :, k] == truth[:, k] for one in of_task])
        values = right[:, 0].astype(float) - right[:, 1:].mean(1)
        tables.append(balanced_rows(values.T, truth[:, k]))
    return np.asarray(np.mean(tables, 0))


def _evidence(suite: Suite, found: Bases) -> list[Evidence]:
    rows, values, by_basis = [], {}, []
    least = smallest_p(draws=settings(suite.config).rotations)
    for task, of_task in found.items():
        table, scores = gaps(of_task), np.mean([accuracies(one) for one in of_task], 0)
        values[task] = table
        by_basis.append(scores)
        if len(of_task) < 2:
            rows.append(not_measured(task, ONE_SEED))
            continue
        one = row(task, crossed_mean(table), len(table), _p(scores), smallest_p=least,
                  seeds=len(of_task), competence=suite.competence(task))  # fmt: skip
        rows.append(both_sides(one, _p(scores, "less")))
    scores = np.mean(by_basis, 0)
    together = pooled(values, suite.tasks, p_value=_p(scores), smallest_p=least)
    return [both_sides(together, _p(scores, "less")), *rows, *incompetent(suite)]


def _p(scores: np.ndarray, side: Side = "greater") -> float:
    """P that a random basis' best is as good (``less``: as bad) as the first one's."""
    return float(p_value(scores[0], scores[1:], side))


def _row(task: str, of_task: Sequence[Measured]) -> Row:
    scores = np.mean([accuracies(one) for one in of_task], 0)
    dev = np.mean([one.tensors["dev"].double().numpy().mean(1) for one in of_task], 0)
    low, high = np.quantile(scores[1:], [0.025, 0.975])
    return {
        "task": task, "best neuron": float(scores[0]),
        "best rotated direction": float(scores[1:].mean()), "2.5 %": float(low),
        "97.5 %": float(high), "difference": float(scores[0] - scores[1:].mean()),
        "p": _p(scores), "rotations": len(scores) - 1,
        "validation, neuron": float(dev[0]), "validation, rotated": float(dev[1:].mean()),
    }  # fmt: skip


def _table(rows: list[Row]) -> Table:
    return Table(
        "basis", "The best neuron and the best of equally many rotated directions (PB-1)",
        "Test balanced accuracy, mean over seeds; both are chosen alike on training and validation "
        "data. The range is that of the rotations.", rows,
    )  # fmt: skip


def _figure(rows: list[Row]) -> Figure:
    def cell(one: Row, key: str) -> float:
        return float(str(one[key]))

    shown = [
        Bar(str(one["task"]), cell(one, "best neuron"),
            reference=cell(one, "best rotated direction"), chance=0.5,
            band=(cell(one, "2.5 %"), cell(one, "97.5 %")))
        for one in rows
    ]  # fmt: skip
    return Figure(
        "basis", "The best neuron beside the best direction of random bases",
        "Bars that end right of the grey band: neurons carry the task better than arbitrary "
        "directions do. Bars within or left of it: there is nothing special about neurons here.",
        "Every site's units are mixed by a random orthogonal matrix, the same one for all tasks "
        "and seeds; the band holds 95 % of these bases, the diamond is their mean.",
        bars(shown, "test balanced accuracy", reference_name="rotated, mean", chance_name="chance",
             band_name="rotated, 95 %"),
        claim="PB-1", size=(6.4, 0.9 + 0.45 * len(rows)),
    )  # fmt: skip
