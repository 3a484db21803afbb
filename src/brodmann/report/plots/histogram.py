"""Histograms per class, with the band where the null lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from brodmann.report.cells import clip
from brodmann.report.plots.lines import Draw, note
from brodmann.report.style import INK, OTHERS, ROLES, Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

LOOKS: tuple[Look, ...] = (OTHERS[0], ROLES["own"], *OTHERS[1:])
"""Looks of the classes, in order."""
LARGEST_TOGETHER = 4
"""Classes beyond which each has a row of its own."""
DASHES = ("-", (0, (4, 1.5)), (0, (1, 1.2)), (0, (5, 1, 1, 1)))
"""Strokes of the outlines, in order: classes are told apart without colour, too."""


def histogram(
    by_class: Mapping[str, Sequence[float]],
    x_label: str,
    null: tuple[float, float] | None = None,
    null_name: str = "null, 95 %",
    mark: float | None = None,
    mark_name: str = "threshold",
    bins: int = 40,
    remark: str = "",
) -> Draw:
    """One outline per class over common bins; many classes stand in rows.

    Args:
        by_class: Class name -> values; what is not finite is left out.
        x_label: Name of the horizontal axis.
        null: Ends of the interval in which the null's values lie.
        null_name: Its name.
        mark: A place to be marked, such as a threshold.
        mark_name: Its name.
        bins: How many bins.
        remark: A quiet line above.

    Returns:
        What ``Figure.draw`` takes.
    """
    finite = {name: _finite(values) for name, values in by_class.items()}
    edges = np.histogram_bin_edges(np.concatenate([np.empty(0), *finite.values()]), bins)
    shares = {
        f"{clip(name, 24)} (n = {len(values):,})": np.histogram(values, edges)[0]
        / max(1, len(values))
        for name, values in finite.items()
    }

    def draw(canvas: Canvas) -> None:
        axes = canvas.add_subplot()
        axes.grid(visible=False, axis="x")
        if null is not None:
            axes.axvspan(*null, color=ROLES["null"].colour, alpha=0.3, linewidth=0, label=null_name)
        (_rows if len(shares) > LARGEST_TOGETHER else _together)(axes, shares, edges)
        if mark is not None:
            axes.axvline(mark, color=INK, linewidth=1.2, linestyle=(0, (4, 2)), label=mark_name)
        axes.set_xlabel(x_label)
        note(axes, remark)
        handles, labels = axes.get_legend_handles_labels()
        if handles:
            columns = 3 if len(handles) == 3 else 2
            canvas.legend(handles, labels, loc="outside lower center", ncols=columns)

    return draw


def _together(axes: Axes, shares: Mapping[str, np.ndarray], edges: np.ndarray) -> None:
    """Outlines over one another."""
    for turn, (name, share) in enumerate(shares.items()):
        style = LOOKS[turn % len(LOOKS)]
        axes.stairs(share, edges, fill=True, color=style.colour, alpha=0.22, linewidth=0)
        axes.stairs(
            share, edges, color=style.colour, linewidth=1.7, label=name, linestyle=DASHES[turn]
        )
    axes.set_ylabel("share per bin")


def _rows(axes: Axes, shares: Mapping[str, np.ndarray], edges: np.ndarray) -> None:
    """A row per class, the first on top; heights are comparable."""
    tallest = max((float(share.max()) for share in shares.values()), default=0.0) or 1.0
    for turn, share in enumerate(shares.values()):
        floor, style = len(shares) - 1 - turn, LOOKS[turn % len(LOOKS)]
        heights = floor + 0.92 * share / tallest
        axes.stairs(heights, edges, baseline=floor, fill=True, color=style.colour, alpha=0.35)
        axes.stairs(heights, edges, baseline=floor, color=style.colour, linewidth=1.3)
    axes.set_yticks(range(len(shares) - 1, -1, -1), list(shares))
    axes.tick_params(axis="y", length=0)


def _finite(values: Sequence[float]) -> np.ndarray:
    array = np.asarray(values, dtype=float)
    return array[np.isfinite(array)]
