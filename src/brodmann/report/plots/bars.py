"""Bars with intervals beside a reference, such as the accuracy of the tuned model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from brodmann.report.cells import clip, is_number
from brodmann.report.plots.lines import Draw, per_cent
from brodmann.report.style import INK, MUTED, ROLES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas


@dataclass(frozen=True)
class Bar:
    """One bar.

    Attributes:
        name: What it stands for (a task).
        value: Its length.
        low: Lower end of the interval, or None.
        high: Upper end of the interval, or None.
        reference: What it is compared with, or None.
        chance: Where nothing was learned, or None.
        band: Ends of the null's band, or None.
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    reference: float | None = None
    chance: float | None = None
    band: tuple[float, float] | None = None


def bars(
    rows: Sequence[Bar],
    label: str,
    name: str = "best neuron",
    reference_name: str = "tuned model",
    chance_name: str = "majority class",
    percent: bool = True,
    band_name: str = "null, 95 %",
) -> Draw:
    """Horizontal bars, the first row on top.

    Args:
        rows: The bars.
        label: Name of the value's axis.
        name: What the bars are.
        reference_name: What the diamonds are.
        chance_name: What the thin strokes are.
        percent: Whether values are fractions to be shown in per cent.
        band_name: What the grey boxes are.

    Returns:
        What ``Figure.draw`` takes.
    """

    def draw(canvas: Canvas) -> None:
        axes = canvas.add_subplot()
        axes.grid(visible=False, axis="y")
        places = np.arange(len(rows))
        colour = ROLES["own"].colour
        axes.barh(places, [b.value for b in rows], height=0.55, color=colour, alpha=0.4,
                  label=name)  # fmt: skip
        _bands(axes, rows, band_name)
        _whiskers(axes, rows, colour)
        _points(axes, [b.reference for b in rows], "D", INK, 6.5, reference_name)
        _points(axes, [b.chance for b in rows], "|", MUTED, 17, chance_name)
        axes.set_yticks(places, [clip(b.name, 26) for b in rows])
        axes.tick_params(axis="y", length=0)
        axes.invert_yaxis()
        axes.set_xlabel(label)
        if percent:
            per_cent(axes.xaxis)
        handles, labels = axes.get_legend_handles_labels()
        canvas.legend(
            handles[-1:] + handles[:-1],
            labels[-1:] + labels[:-1],
            ncols=3 if not any(row.band for row in rows) else 4,
            loc="outside lower center",
        )

    return draw


def _bands(axes: Axes, rows: Sequence[Bar], name: str) -> None:
    shown = [(place, row.band) for place, row in enumerate(rows) if row.band is not None]
    if shown:
        axes.barh(
            [place for place, _ in shown], [high - low for _, (low, high) in shown], height=0.8,
            left=[low for _, (low, _) in shown], color=ROLES["null"].colour, alpha=0.55,
            label=name, zorder=3.5,
        )  # fmt: skip


def _whiskers(axes: Axes, rows: Sequence[Bar], colour: str) -> None:
    for place, bar in enumerate(rows):
        if is_number(bar.low) and is_number(bar.high):
            ends = np.array([bar.low, bar.high], dtype=float)
            axes.plot(ends, [place, place], color=colour, linewidth=2.2, zorder=4)


def _points(
    axes: Axes, values: Sequence[float | None], marker: str, colour: str, size: float, name: str
) -> None:
    at = np.array([v if is_number(v) else np.nan for v in values], dtype=float)
    if np.isfinite(at).any():
        axes.plot(
            at, np.arange(len(at)), linestyle="None", marker=marker, color=colour, label=name,
            markersize=size, markeredgewidth=1.6 if marker == "|" else 0, zorder=5,
        )  # fmt: skip
