"""What the part ``appearance`` shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brodmann.neurons.emergence.crossing import Crossing
from brodmann.neurons.emergence.series import octaves
from brodmann.report.cells import number
from brodmann.report.findings import Figure, Row, Table
from brodmann.report.plots.curves import curves
from brodmann.report.plots.lines import Line
from brodmann.report.plots.matrix import matrix
from brodmann.studies.emergence.told import STEP_AXIS, bands, ticks, when


@dataclass(frozen=True, eq=False)
class Appeared:
    """What appears in one run; arrays are ``[T]`` over checkpoints.

    Attributes:
        steps: Of the checkpoints.
        held_out: Held-out AUROC of the best neuron of each layer, beyond permuted labels.
        functional: Share of functional experts, beyond permuted labels.
        between: Share of variance between experts, beyond permuted labels.
        courses: Level -> mean score above chance of the units that end as the best.
        half_times: Level -> when half of the final score is reached; None where it ends at chance.
        survival: Share of the final functional experts that serve the same question.
        presence: Share of the final top neurons that are top neurons.
        agreements: Adjusted mutual information of partitions, ``[T, T]``.
        partition_time: When partitions stay half like the last one.
        losses: Validation loss, where it is known.
    """

    steps: Sequence[int]
    held_out: NDArray[np.float64]
    functional: NDArray[np.float64]
    between: NDArray[np.float64]
    courses: Mapping[str, NDArray[np.float64]]
    half_times: Mapping[str, Crossing | None]
    survival: NDArray[np.float64]
    presence: NDArray[np.float64]
    agreements: NDArray[np.float64]
    partition_time: Crossing
    losses: Sequence[float | None]


def summary(seen: Sequence[Appeared]) -> str:
    """What came out, in a sentence or two."""
    first, last = (np.mean([one.held_out[place] for one in seen]) for place in (0, -1))
    kept = np.mean([one.presence[len(one.steps) // 2] for one in seen])
    return (
        f"Beyond permuted labels the best neuron of a layer tells the answers with an AUROC of "
        f"{first:+.3f} at the first checkpoint and {last:+.3f} at the last. Half-way through the "
        f"checkpoints {100 * kept:.0f} % of the final top neurons are top neurons, beyond chance."
    )


def half_table(seen: Sequence[Appeared]) -> Table:
    """When half of the final score is reached."""
    rows: list[Row] = [
        {"run": place + 1, "units": level,
         "half reached at step": when(found) if found else "ends at chance",
         "final score above chance": float(one.courses[level][-1])}
        for place, one in enumerate(seen) for level, found in one.half_times.items()
    ]  # fmt: skip
    rows += [
        {"run": place + 1, "units": "partition (agrees by half with the last)",
         "half reached at step": when(one.partition_time),
         "final score above chance": None}
        for place, one in enumerate(seen)
    ]  # fmt: skip
    return Table(
        "half_times", "When units reach half of what they end with",
        "Units are chosen by one half of the examples at the last checkpoint and followed by the "
        "other half. Steps between two checkpoints are interpolated, so that they have fractions; "
        "a partition has no score.", rows,
    )  # fmt: skip


def appearance_table(seen: Sequence[Appeared]) -> Table:
    """Every checkpoint of every run."""
    rows: list[Row] = []
    for place, one in enumerate(seen):
        for t, step in enumerate(one.steps):
            rows.append({
                "run": place + 1, "step": step, "validation loss": one.losses[t],
                "best neuron beyond null": float(one.held_out[t]),
                "functional experts beyond null": float(one.functional[t]),
                "variance between experts beyond null": float(one.between[t]),
                "final functional experts there": number(one.survival[t]),
                "final top neurons there": number(one.presence[t]),
                "partition like the last (AMI)": float(one.agreements[t, -1]),
            })  # fmt: skip
    return Table(
        "appearance", "What is there at every checkpoint",
        "Beyond the mean under permuted labels, or beyond chance.", rows,
    )  # fmt: skip


def _line(name: str, seen: Sequence[Appeared], values: Sequence[NDArray[np.float64]],
          role: str) -> Line:  # fmt: skip
    """Mean over runs with their range."""
    points = np.stack(values)
    return Line(name, octaves(seen[0].steps).tolist(), points.mean(0).tolist(), role,
                points.min(0).tolist(), points.max(0).tolist())  # fmt: skip


def appearance_figure(seen: Sequence[Appeared]) -> Figure:
    """What rises over the checkpoints, each by its largest value."""
    kinds = [("best neuron", "held_out", "method"), ("functional experts", "functional", "own"),
             ("variance between experts", "between", "other")]  # fmt: skip
    lines = [
        _line(name, seen, [_scaled(getattr(one, field)) for one in seen], role)
        for name, field, role in kinds
    ]
    return Figure(
        "appearance", "When functions appear",
        "Each line is divided by its largest size in the run, above or below zero, so that the "
        "lines tell when, not how much. Below zero there is less than under permuted labels.",
        "Zero is the mean under labels permuted once for all neurons.",
        curves(lines, STEP_AXIS, "share of the largest size", "", 0.0, "as under permuted labels",
               remark=bands(len(seen)), ticks=ticks(seen[0].steps)),
    )  # fmt: skip


def _scaled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values between -1 and 1; all zero where nothing was ever seen."""
    return np.asarray(values / (np.abs(values).max() or 1.0))


def staying_figure(seen: Sequence[Appeared]) -> Figure:
    """Whether what is there at the end was there before."""
    lines = [
        _line("top neurons", seen, [one.presence for one in seen], "method"),
        _line("functional experts", seen, [one.survival for one in seen], "own"),
        _line("partition (AMI)", seen, [one.agreements[:, -1] for one in seen], "random"),
    ]
    return Figure(
        "staying", "How much of the end is there before",
        "Share of the final top neurons, of the final functional experts (matched one to one), and "
        "agreement of the partition with the last one.", "Zero is chance.",
        curves(lines, STEP_AXIS, "share, beyond chance", "", remark=bands(len(seen)),
               ticks=ticks(seen[0].steps)),
    )  # fmt: skip


def partitions_figure(seen: Sequence[Appeared]) -> Figure:
    """Agreement of the partitions of all checkpoints, mean over runs."""
    names = [f"{step:,}" for step in seen[0].steps]
    grid = np.mean([one.agreements for one in seen], axis=0)
    return Figure(
        "partitions", "Partitions of different checkpoints",
        "Adjusted mutual information: 1 for equal groups, 0 for unrelated ones.", "",
        matrix(grid.tolist(), names, names, meaning="adjusted mutual information",
               row_label="step", column_label="step"),
        size=(6.6, 5.4),
    )  # fmt: skip
