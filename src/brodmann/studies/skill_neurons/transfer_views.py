"""How the part ``transfer`` tells what it found: tables and figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from brodmann.neurons.statistics.permutation import Side, p_value
from brodmann.report.findings import Figure, Row, Table
from brodmann.report.plots.bars import Bar, bars
from brodmann.report.plots.lines import Draw
from brodmann.report.plots.matrix import matrix
from brodmann.studies.skill_neurons.likeness import Active, Target, cosines, everything
from brodmann.studies.suite import Job, Suite

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

Actives = Mapping[Job, Active]
"""Run -> which neurons it activates."""
Shots = Mapping[Job, Mapping[str, float]]
"""Target's run -> source task -> accuracy."""


def p_of_masks(targets: list[Target], side: Side = "greater") -> float:
    """P that random masks of the same layer profile foretell as much, mean over targets, seeds.

    Args:
        targets: One or several.
        side: ``less``: that they foretell as little.
    """
    seen = np.mean([one.rho.mean() for one in targets])
    return float(p_value(seen, np.mean([one.null.mean(1) for one in targets], 0), side))


def table(found: Mapping[str, Target]) -> Table:
    """Rank correlations by target.

    Args:
        found: Target task -> what was measured.
    """
    rows: list[Row] = []
    for task, one in found.items():
        low, high = np.quantile(one.null.mean(1), [0.025, 0.975])
        rows.append({
            "target": task, "sources": len(one.sources), "all neurons":
            float(one.unrestricted_rho.mean()), "skill neurons": float(one.rho.mean()),
            "random masks": float(one.null.mean()), "2.5 %": float(low), "97.5 %": float(high),
            "p": p_of_masks([one]),
        })  # fmt: skip
    return Table(
        "transfer", "Rank correlation of activation likeness with zero-shot transfer",
        "Over source tasks, mean over seeds. The range is that of random masks with as many "
        "neurons of every layer as the target's skill neurons.", rows,
    )  # fmt: skip


def _means(
    active: Actives, shots: Shots
) -> tuple[list[str], NDArray[np.float64], NDArray[np.float64]]:
    """Tasks; cosine over all neurons and zero-shot accuracy, source by target, mean over seeds."""
    tasks = list(dict.fromkeys(job.task for job in active))
    seeds = list(dict.fromkeys(job.seed for job in active))
    alike, accuracy = np.full((2, len(seeds), len(tasks), len(tasks)), np.nan)
    for s, seed in enumerate(seeds):
        everyone = [active[Job(task, seed)] for task in tasks]
        for column, task in enumerate(tasks):
            mine = everyone[column]
            alike[s, :, column] = cosines(mine, everyone, everything(mine))[0]
            shot = shots[Job(task, seed)]
            accuracy[s, :, column] = [shot.get(source, np.nan) for source in tasks]
    return tasks, alike.mean(0), accuracy.mean(0)


def pairs(suite: Suite, active: Actives, shots: Shots) -> Table:
    """Every source and target."""
    tasks, alike, accuracy = _means(active, shots)
    types = suite.types()
    rows: list[Row] = [
        {"source": source, "target": target, "same type": types[source] == types[target],
         "cosine": float(alike[i, j]),
         "zero-shot accuracy": float(accuracy[i, j]) if np.isfinite(accuracy[i, j]) else None}
        for j, target in enumerate(tasks) for i, source in enumerate(tasks)
    ]  # fmt: skip
    return Table(
        "transfer_pairs", "Every source and target", "Mean over seeds; a task that is its own "
        "source is the tuned prompt itself.", rows, shown=14,
    )  # fmt: skip


def matrices(active: Actives, shots: Shots) -> Figure:
    """Likeness beside zero-shot accuracy."""
    tasks, alike, accuracy = _means(active, shots)
    np.fill_diagonal(alike, np.nan)
    names = [task.rpartition("/")[2] for task in tasks]
    left, right = (
        matrix(values.tolist(), names, names, meaning=meaning, column_label="target",
               row_label="source")
        for values, meaning in ((alike, "cosine"), (accuracy, "accuracy"))
    )  # fmt: skip
    return Figure(
        "transfer_matrices", "Likeness of activated neurons, and zero-shot accuracy",
        "Where the left matrix foretells the right one, column by column, activated neurons tell "
        "which prompts transfer. Dashes: a task with itself (left), tasks with other numbers of "
        "classes (right).", "", beside(left, right), claim="SN-10", size=(10.4, 4.2),
    )  # fmt: skip


def beside(left: Draw, right: Draw) -> Draw:
    """Two drawings side by side."""

    def draw(canvas: Canvas) -> None:
        parts: Any = canvas.subfigures(1, 2)
        for part, one in zip(parts, (left, right), strict=True):
            one(part)

    return draw


def bars_by_target(judged: Mapping[str, Target]) -> Figure:
    """Rank correlations beside the band of random masks."""
    shown = []
    for task, one in judged.items():
        low, high = (float(q) for q in np.quantile(one.null.mean(1), [0.025, 0.975]))
        shown.append(Bar(task, float(one.rho.mean()), reference=float(one.unrestricted_rho.mean()),
                         band=(low, high)))  # fmt: skip
    return Figure(
        "transfer_targets", "How well likeness foretells transfer, by target",
        "Bars that end right of their grey band and of their diamond: the target's skill neurons "
        "foretell transfer better than all neurons, and than as many others.",
        f"{len(next(iter(judged.values())).null)} random masks with as many neurons of every "
        "layer; the band holds 95 % of them.",
        bars(shown, "rank correlation with zero-shot accuracy", name="skill neurons",
             reference_name="all neurons", percent=False, band_name="random masks, 95 %"),
        claim="SN-10", size=(6.4, 0.9 + 0.45 * len(shown)),
    )  # fmt: skip
