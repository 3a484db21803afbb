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
DASHES = ("-", (0, (4, 1.5)), (0, (1, 1.2)), (0, (5, 1, 1, 1)))


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
    """One outline per class over common bins.

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

    def draw(canvas: Canvas) -> None:
        axes = canvas.add_subplot()
        axes.grid(visible=False, axis="x")
        if null is not None:
            axes.axvspan(*null, color=ROLES["null"].colour, alpha=0.3, linewidth=0, label=null_name)
        _outlines(axes, by_class, bins)
        if mark is not None:
            axes.axvline(mark, color=INK, linewidth=1.2, linestyle=(0, (4, 2)), label=mark_name)
        axes.set(xlabel=x_label, ylabel="share per bin")
        note(axes, remark)
        handles, labels = axes.get_legend_handles_labels()
        if handles:
            canvas.legend(
                handles, labels, loc="outside lower center", ncols=2 if len(handles) != 3 else 3
            )

    return draw


def _outlines(axes: Axes, by_class: Mapping[str, Sequence[float]], bins: int) -> None:
    finite = {name: _finite(values) for name, values in by_class.items()}
    together = np.concatenate([np.empty(0), *finite.values()])
    if not len(together):
        return
    edges = np.histogram_bin_edges(together, bins)
    for turn, (name, values) in enumerate(finite.items()):
        style = LOOKS[turn % len(LOOKS)]
        share = np.histogram(values, edges)[0] / max(1, len(values))
        label = f"{clip(name, 24)} (n = {len(values):,})"
        axes.stairs(share, edges, fill=True, color=style.colour, alpha=0.22, linewidth=0)
        axes.stairs(
            share, edges, color=style.colour, linewidth=1.7, label=label,
            linestyle=DASHES[turn % len(DASHES)],
        )  # fmt: skip


def _finite(values: Sequence[float]) -> np.ndarray:
    array = np.asarray(values, dtype=float)
    return array[np.isfinite(array)]
