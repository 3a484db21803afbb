"""Evidence for MF-1 and MF-2, from tasks with some experts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from brodmann.neurons.claims.evidence import (
    POOLED,
    Evidence,
    Sensitivity,
    incompetence,
    not_measured,
)
from brodmann.neurons.statistics.crossed import crossed_mean
from brodmann.studies.evidence import ONE_SEED, pooled, row
from brodmann.studies.moefication.tables import LEARNED
from brodmann.studies.moefication.task import Array, MoefiedTask
from brodmann.studies.suite import Suite

LIMIT = 0.95
"""Relative accuracy that "keeps the accuracy" stands for (MF-1)."""
CLUSTERED, RANDOM = "clustering", "random"
"""Kinds of partition that the claims are about."""


def lacking(partitions: Sequence[str], routers: Sequence[str], *kinds: str) -> str:
    """Why claims cannot be judged by what was run; empty where they can."""
    missing = [kind for kind in kinds if kind not in partitions]
    if missing:
        return f"study.partitions lacks {', '.join(missing)}"
    return "" if LEARNED in routers else f"study.routers lacks {LEARNED}"


def sparse_use(suite: Suite, found: Sequence[MoefiedTask], place: int) -> list[Evidence]:
    """MF-1: relative accuracy of clustered experts under the learned router, minus 0.95."""
    tables = {one.task: one.relative(CLUSTERED, LEARNED, place) - LIMIT for one in found}
    others = {one.task: _beside(one, place) for one in found}
    return _rows(suite, tables, others)


def _beside(one: MoefiedTask, place: int) -> list[Sensitivity]:
    """By the share above the majority, by the oracle, and by co-activation."""
    share = float(one.above(CLUSTERED, LEARNED, place).mean()) - LIMIT
    more = [Sensitivity("accuracy above the majority's", share, other_unit=True, second=True)]
    routers = {router for _, router in one.right}
    readings = {
        "the oracle": (CLUSTERED, "oracle", True), "co-activation": ("coactivation", LEARNED, False)
    }  # fmt: skip
    for name, (kind, router, second) in readings.items():
        if one.kind(kind) and router in routers:
            effect = float(one.relative(kind, router, place).mean()) - LIMIT
            more.append(Sensitivity(name, effect, second=second))
    return more


def clustering(suite: Suite, found: Sequence[MoefiedTask], place: int) -> list[Evidence]:
    """MF-2: clustered minus random experts under the learned router, and a row for each router."""
    routers = list(dict.fromkeys(router for one in found for _, router in one.right))
    tables = {one.task: one.lead(CLUSTERED, RANDOM, LEARNED, place) for one in found}
    others = {
        one.task: [
            Sensitivity(f"under {router}", float(one.lead(CLUSTERED, RANDOM, router, place).mean()))
            for router in routers if router != LEARNED
        ]
        for one in found
    }  # fmt: skip
    rows = _rows(suite, tables, others)
    for router in routers:
        if router != LEARNED:
            rows += [
                _row(f"{one.task}, {router}", one.lead(CLUSTERED, RANDOM, router, place))
                for one in found
            ]
    return rows


def _rows(
    suite: Suite,
    tables: Mapping[str, Array],
    others: Mapping[str, Sequence[Sensitivity]],
) -> list[Evidence]:
    """The pooled row and one for each task."""
    found = []
    for task in suite.tasks:
        if task not in tables:
            found.append(not_measured(task, incompetence(suite.competence(task))))
        else:
            more = {"competence": suite.competence(task), "sensitivity": tuple(others[task])}
            found.append(_row(task, tables[task], **more))
    together = _together(list(others.values()))
    return [pooled(tables, suite.tasks, sensitivity=together), *found]


def _row(scope: str, table: Array, **more: Any) -> Evidence:
    if table.shape[1] < 2:
        return not_measured(scope, ONE_SEED)
    return row(scope, crossed_mean(table), len(table), seeds=table.shape[1], **more)


def _together(others: Sequence[Sequence[Sensitivity]]) -> tuple[Sensitivity, ...]:
    """Each reading's mean over tasks."""
    return tuple(
        Sensitivity(same[0].name, float(np.mean([one.effect for one in same])),
                    same[0].other_unit, same[0].second)
        for same in zip(*others, strict=True)
    )  # fmt: skip


def none(reason: str) -> list[Evidence]:
    """Evidence that could not be had."""
    return [not_measured(POOLED, reason)]
