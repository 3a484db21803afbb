"""Part ``predictivity``: single neurons against the tuned model (section 4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import stats

from brodmann.config.studies import StudyConfig
from brodmann.neurons.claims.evidence import POOLED, Evidence, Sensitivity, not_measured
from brodmann.neurons.statistics.crossed import crossed_mean
from brodmann.neurons.statistics.intervals import Estimate
from brodmann.neurons.statistics.permutation import p_value
from brodmann.neurons.statistics.rows import ratio_rows
from brodmann.report.findings import Finding
from brodmann.studies.evidence import pooled, row
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.agreement import TOP, Pairs, pairs_of, stability, top_overlap
from brodmann.studies.skill_neurons.cards import cards
from brodmann.studies.skill_neurons.predictivity_views import (
    best_figure,
    best_row,
    best_table,
    histogram_figure,
    histogram_table,
    notes,
    summary,
)
from brodmann.studies.skill_neurons.settings import scans
from brodmann.studies.skill_neurons.single import (
    balanced_table,
    column_labels,
    fired,
    model_right,
    right,
    top_places,
    usual,
)
from brodmann.studies.study import Outcome, Part
from brodmann.studies.suite import Job, Suite, grid

Scans = Mapping[Job, Measured]
LIMIT = 0.9
"""Share of the method's above-majority accuracy that "about as well" stands for (SN-1b)."""


def jobs(config: StudyConfig) -> list[Job]:
    """A tuned prompt for every task and seed."""
    return grid(config)


def find(suite: Suite) -> Outcome:
    """Tables 1, figures 3, 9 and 10, and how alike the seeds are."""
    found = scans(suite, grid(suite.config))
    rows = [best_row(suite, found, task) for task in suite.tasks]
    histograms = [histogram_figure(suite, found, task) for task in suite.tasks]
    finding = Finding(
        part="predictivity", title="Single neurons predict the task",
        summary=summary(rows), tables=[best_table(rows), histogram_table(suite, found)],
        figures=[best_figure(rows), *histograms],
        cards=cards(suite, found), notes=notes(suite, suite.competent()),
    )  # fmt: skip
    return Outcome(finding, evidence(suite, found))


def evidence(suite: Suite, found: Scans) -> dict[str, list[Evidence]]:
    """Rows of SN-1a, SN-1b and SN-2, from the scans alone."""
    competent = suite.competent()
    return {
        "SN-1a": _generality(suite, found, competent),
        "SN-1b": _as_well(suite, found, competent),
        "SN-2": _stability(suite, found, competent),
    }


def _of(found: Scans, suite: Suite, task: str) -> list[Measured]:
    return [found[Job(task, seed)] for seed in suite.seeds]


def _generality(suite: Suite, found: Scans, competent: list[str]) -> list[Evidence]:
    """SN-1a: balanced accuracy of the frozen choice on test, minus chance.

    The decisive p is the larger one of the exact test on test data and of max-T at selection,
    merged over seeds (for the pooled row over tasks and seeds).
    """
    rows: list[Evidence] = []
    values: dict[str, np.ndarray] = {}
    every: list[float] = []
    for task in suite.tasks:
        of_task = _of(found, suite, task)
        table = balanced_table(of_task)
        p_selection = merged([max_t(scan) for scan in of_task])
        tests = [max(exact(scan), max_t(scan)) for scan in of_task]
        notes = {"max_t_p": p_selection}
        rows.append(_crossed_row(suite, task, table - 0.5, merged(tests), notes))
        if task in competent:
            values[task] = table - 0.5
            every += tests
    return [pooled(values, suite.tasks, p_value=merged(every)), *rows]


def merged(p_values: list[float]) -> float:
    """Twice the median: valid however the tests depend on one another (Rueger 1978)."""
    return min(1.0, 2 * float(np.median(p_values))) if p_values else 1.0


def exact(scan: Measured) -> float:
    """Fisher's exact test that the neuron's word and the label go together (worst column)."""
    truth, said = column_labels(scan), fired(scan)
    tests = []
    for k in range(truth.shape[1]):
        pair = [[np.sum((truth[:, k] == a) & (said[:, k] == b)) for b in (1, 0)] for a in (1, 0)]
        tests.append(float(stats.fisher_exact(pair, alternative="greater").pvalue))
    return max(tests)


def max_t(scan: Measured) -> float:
    """The best neuron on validation against the best under permuted labels (worst column)."""
    best = [scan.info["top"][place]["dev"] for place in top_places(scan)]
    return float(p_value(np.array(best), scan.tensors["maxima"].numpy().T).max())


def _crossed_row(
    suite: Suite, task: str, table: np.ndarray, p: float | None = None,
    notes: Mapping[str, float] | None = None,
) -> Evidence:  # fmt: skip
    if table.shape[1] < 2:
        estimate = Estimate(float(table.mean()), crossed_mean(np.repeat(table, 2, 1)).parts)
    else:
        estimate = crossed_mean(table)
    return row(task, estimate, len(table), p, seeds=table.shape[1],
               competence=suite.competence(task), notes=notes or {})  # fmt: skip


def _as_well(suite: Suite, found: Scans, competent: list[str]) -> list[Evidence]:
    """SN-1b: the neuron's share of the accuracy above the majority's, minus 0.9.

    In tasks of several classes it is one neuron for each, in a logistic regression.
    """
    rows, values = [], {}
    for task in suite.tasks:
        of_task = _of(found, suite, task)
        majority = usual(of_task[0])
        neuron, model = (np.stack([of(scan) for scan in of_task], 1).astype(float) - majority
                         for of in (right, model_right))  # fmt: skip
        if model.mean() <= 0:
            rows.append(not_measured(task, "the method is not above the majority"))
            continue
        table = ratio_rows(neuron, model) - LIMIT
        count = len(of_task[0].info["columns"])
        notes = {"neurons": count} if count > 1 else {}
        rows.append(_crossed_row(suite, task, table, notes=notes))
        if task in competent:
            values[task] = table
    return [pooled(values, suite.tasks), *rows]


def _stability(suite: Suite, found: Scans, competent: list[str]) -> list[Evidence]:
    """SN-2: rank correlation between seeds on disjoint halves, minus that under permuted labels.

    The overlap of the top neurons beyond chance within each layer must have the same sign.
    """
    if len(suite.seeds) < 3:
        return [not_measured(POOLED, f"{len(suite.seeds)} seeds; pairs of seeds need three")]
    pairs = {task: pairs_of(_of(found, suite, task)) for task in suite.tasks}
    tops = {task: top_overlap(_of(found, suite, task)) for task in suite.tasks}
    rows = [row(task, stability([of_task]), len(suite.seeds), seeds=len(suite.seeds),
                competence=suite.competence(task), **_beside(tops[task]))
            for task, of_task in pairs.items()]  # fmt: skip
    able = {task: pairs[task] for task in competent}
    return [_pooled_pairs(able, tops, suite), *rows]


def _beside(top: float) -> dict[str, Any]:
    """The overlap of the top neurons as a sensitivity row, by sign only, and as a column."""
    name = f"overlap of the top {TOP:.0%} of each layer, beyond chance"
    return {"sensitivity": (Sensitivity(name, top, other_unit=True),),
            "notes": {"top_overlap": top}}  # fmt: skip


def _pooled_pairs(pairs: Mapping[str, Pairs], tops: Mapping[str, float], suite: Suite) -> Evidence:
    """Tasks share seeds, and have examples of their own."""
    if not pairs:
        return pooled({}, suite.tasks)
    whole = {task: one.whole for task, one in pairs.items()}
    beside = _beside(float(np.mean([tops[task] for task in pairs])))
    beside["notes"] |= {**pooled(whole, suite.tasks).notes, "generalises": "these tasks"}
    return row(POOLED, stability(list(pairs.values())), len(suite.seeds), seeds=len(suite.seeds),
               **beside)  # fmt: skip


PREDICTIVITY = Part("predictivity", ("SN-1a", "SN-1b", "SN-2"), jobs, find)
