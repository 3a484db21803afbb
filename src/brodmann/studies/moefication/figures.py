"""The figures of MoEfication: accuracy and captured activity against the share of experts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from brodmann.neurons.claims.pooling import pool_tables
from brodmann.report.findings import Figure
from brodmann.report.plots import Line, curves
from brodmann.report.plots.bars import Bar, bars
from brodmann.studies.moefication.judged import CLUSTERED, LIMIT, RANDOM
from brodmann.studies.moefication.task import MoefiedTask

ROLES = {CLUSTERED: "own", RANDOM: "random", "contiguous": "null"}
"""Kind of partition -> look of its line; the others take their turn."""
OTHERS = {"oracle": "method"}
"""Router -> look of its line beside that of the main one."""
TOLD = {
    "oracle": "the oracle, which knows every activation",
    "similarity": "similarity to the experts' centres",
    "mlp": "the learned router",
}
"""Router -> how it is told."""


def figures(found: Sequence[MoefiedTask], place: int) -> list[Figure]:
    """A curve of accuracy for every router, one of captured activity, and the tasks at a share.

    Args:
        found: Tasks; one at least.
        place: Which of the shares the claims are judged at.
    """
    routers = list(dict.fromkeys(router for _, router in found[0].right))
    kinds = list(dict.fromkeys(name.partition(" ")[0] for name, _ in found[0].right))
    return [
        *(_accuracy(found, kinds, router) for router in routers),
        _captured(found, kinds, routers),
        _by_task(found, kinds, routers, place),
    ]


def _accuracy(found: Sequence[MoefiedTask], kinds: Sequence[str], router: str) -> Figure:
    places = range(len(found[0].shares))
    majority = float(np.mean([one.majority / one.dense.mean() for one in found]))
    lines = []
    for kind in kinds:
        pooled = [[one.relative(kind, router, place) for one in found] for place in places]
        y = [float(np.mean([table.mean() for table in tables])) for tables in pooled]
        low, high = _band(pooled)
        lines.append(Line(kind, _x(found), y, ROLES.get(kind, "other"), low, high))
    lines.append(Line("threshold, 95 %", _x(found), [LIMIT] * len(places), "null"))
    return Figure(
        f"moefication_{router}", f"Accuracy through some experts: {TOLD.get(router, router)}",
        "Accuracy over the dense model's, mean over tasks, as more experts are run. A line that "
        "is at 95 % early needs few experts; clusters of weights should lie above random experts.",
        "Random partitions of equal sizes, the mean of several for each seed; bands are 95 % "
        "intervals over examples and seeds.",
        curves(lines, "share of experts run", "accuracy over the dense model's", level=majority,
               level_name="majority class"),
        claim="MF-1" if router == "mlp" else "MF-2",
    )  # fmt: skip


def _x(found: Sequence[MoefiedTask]) -> list[float]:
    return [count / found[0].experts for count in found[0].counts]


def _band(
    pooled: Sequence[Sequence[np.ndarray]],
) -> tuple[list[float] | None, list[float] | None]:
    if pooled[0][0].shape[1] < 2:
        return None, None
    ends = [pool_tables(tables).interval.at_level(0.05) for tables in pooled]
    return [low for low, _ in ends], [high for _, high in ends]


def _captured(found: Sequence[MoefiedTask], kinds: Sequence[str], routers: Sequence[str]) -> Figure:
    main = "mlp" if "mlp" in routers else routers[0]
    arms = [(kind, main) for kind in kinds]
    arms += [(kinds[0], router) for router in routers if router != main]
    lines = [
        Line(f"{kind}: {router}", _x(found),
             list(np.mean([one.meant(one.captured, kind, router) for one in found], axis=0)),
             ROLES.get(kind, "other") if router == main else OTHERS.get(router, "other"))
        for kind, router in arms
    ]  # fmt: skip
    return Figure(
        "moefication_captured", "What the chosen experts hold of the activity",
        "Share of all activity that lies in the chosen experts, mean over tasks and layers: every "
        f"partition with {TOLD.get(main, main)}, and {kinds[0]} with the others. The oracle is the "
        "most that any router can capture of the same partition. Of neurons that are never zero, "
        "more activity need not mean more accuracy.",
        "Random partitions of equal sizes (dashed); any experts at all would hold their share.",
        curves([*lines, Line("any experts", _x(found), _x(found), "null")], "share of experts run",
               "share of activity", remark="on the dense model's states"),
        claim="MF-2", size=(6.4, 4.4),
    )  # fmt: skip


def _by_task(
    found: Sequence[MoefiedTask], kinds: Sequence[str], routers: Sequence[str], place: int
) -> Figure:
    router = "mlp" if "mlp" in routers else routers[0]
    rows = []
    for one in found:
        for kind in kinds:
            table = one.relative(kind, router, place)
            low, high = _ends(table)
            name = f"{one.task.rpartition('/')[2]}: {kind}"
            chance = one.majority / float(one.dense.mean())
            rows.append(Bar(name, float(table.mean()), low, high, LIMIT, chance))
    return Figure(
        "moefication_tasks",
        f"Each task with {found[0].counts[place]} of {found[0].experts} experts",
        f"Accuracy over the dense model's with {TOLD.get(router, router)}. The diamonds mark 95 % "
        "of the dense model's accuracy, the threshold: bars that end beyond it keep that much.",
        "Random partitions are the null of the clustered ones; the lines across the "
        "ends of the bars are 95 % intervals.",
        bars(rows, "accuracy over the dense model's", name="some experts",
             reference_name="threshold, 95 %"),
        claim="MF-1", size=(6.4, 0.9 + 0.28 * len(rows)),
    )  # fmt: skip


def _ends(table: np.ndarray) -> tuple[float | None, float | None]:
    return pool_tables([table]).interval.at_level(0.05) if table.shape[1] > 1 else (None, None)
