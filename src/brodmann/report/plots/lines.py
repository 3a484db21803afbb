"""Lines with bands and labels at their ends: what curves and layers share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator
from scipy.optimize import isotonic_regression

from brodmann.report.cells import MINUS, clip
from brodmann.report.style import LABEL, MUTED, ROLES, SMALL, Look, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure as Canvas

Draw = Callable[["Canvas"], None]
"""Fills a canvas when a figure is wanted, and not before."""
NAME_LENGTH = 24
"""Characters of a name at the end of a line; longer ones are clipped."""
LABEL_HEIGHT = 0.185
"""Inches that one label at the end of a line needs."""


@dataclass(frozen=True)
class Line:
    """One line, with a band where ``low`` and ``high`` are given.

    Attributes:
        name: Its label.
        x: Places, in order.
        y: Values, as many; NaN leaves a gap.
        role: ``own``, ``control``, ``random``, ``null``, ``method``, or anything else for one of
            the other tasks.
        low: Lower ends of the band.
        high: Upper ends of the band.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    role: str = "other"
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None


@dataclass(frozen=True)
class Frame:
    """What stands around the lines.

    Attributes:
        x_label: Name of the horizontal axis.
        y_label: Name of the vertical axis.
        level: A horizontal line, such as the accuracy of the majority class, or zero.
        level_name: Its name.
        remark: What the bands are.
    """

    x_label: str
    y_label: str
    level: float | None
    level_name: str
    remark: str


def draw_framed(canvas: Canvas, lines: Sequence[Line], frame: Frame) -> Axes:
    """Fill a canvas with lines and what stands around them; gives the axes."""
    axes = canvas.add_subplot()
    draw_level(axes, frame.level, frame.level_name)
    draw_lines(axes, lines)
    axes.set(xlabel=frame.x_label, ylabel=frame.y_label)
    note(axes, frame.remark)
    return axes


def looks(lines: Sequence[Line]) -> list[Look]:
    """A look per line: by role, the others in turn.

    Example:
        >>> [l.marker for l in looks([Line("a", [], []), Line("b", [], [], "own"),
        ...                           Line("c", [], [])])]
        ['s', 'o', '^']
    """
    found, turn = [], 0
    for line in lines:
        found.append(look(line.role, turn))
        turn += line.role not in ROLES
    return found


def draw_lines(axes: Axes, lines: Sequence[Line]) -> None:
    """Put every line and its band onto the axes and label each at its right end."""
    ends = []
    for line, style in zip(lines, looks(lines), strict=True):
        x, y = np.asarray(line.x, dtype=float), np.asarray(line.y, dtype=float)
        if line.low is not None and line.high is not None:
            alpha = 0.2 if line.role in ROLES else 0.09
            axes.fill_between(
                x, line.low, line.high, color=style.colour, alpha=alpha, linewidth=0, zorder=1.5
            )
        axes.plot(
            x, y, color=style.colour, linestyle=style.line, linewidth=style.width,
            marker=style.marker or "None", markevery=max(1, len(x) // 6), zorder=style.order,
        )  # fmt: skip
        seen = np.flatnonzero(np.isfinite(y))
        if len(seen):
            ends.append((line.name, x[seen[-1]], y[seen[-1]], style, line.role == "own"))
    axes.margins(x=0.02)
    _label_ends(axes, ends)


def _label_ends(axes: Axes, ends: Sequence[tuple[str, float, float, Look, bool]]) -> None:
    if not ends:
        return
    axes.autoscale_view()
    low, high = axes.get_ylim()
    axes.set_ylim(low, high)
    heights = [(y - low) / (high - low) for _, _, y, _, _ in ends]
    figure_height = axes.figure.get_figure(root=True).get_size_inches()[1]
    gap = LABEL_HEIGHT / (0.78 * figure_height)
    for (name, x, y, style, own), place in zip(ends, spread(heights, gap), strict=True):
        axes.annotate(
            clip(name, NAME_LENGTH), xy=(x, y), xycoords="data",
            xytext=(1.06, place), textcoords="axes fraction", va="center", ha="left",
            color=style.colour, fontsize=LABEL, fontweight="bold" if own else "normal",
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-", "color": style.colour, "linewidth": 0.6, "shrinkA": 1,
                "shrinkB": 3, "relpos": (0, 0.5),
            },
        )  # fmt: skip


def spread(places: Sequence[float], gap: float) -> list[float]:
    """Move places as little as possible (least squares) so that neighbours are ``gap`` apart.

    The shift to equal gaps turns the task into an isotonic regression.

    Args:
        places: Wanted heights in [0, 1].
        gap: Least distance.

    Returns:
        Heights in the same order, pushed back into [0, 1] as a whole where they fit.

    Example:
        >>> [round(v, 2) for v in spread([0.5, 0.5, 0.9], 0.1)]
        [0.45, 0.55, 0.9]
    """
    wanted = np.asarray(places, dtype=float)
    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(len(wanted))
    sorted_places = isotonic_regression(wanted[order] - steps).x
    sorted_places = np.clip(sorted_places, 0.0, max(0.0, 1.0 - gap * (len(wanted) - 1))) + steps
    result = np.empty_like(sorted_places)
    result[order] = sorted_places
    return [float(place) for place in result]


def per_cent(axis: Axis) -> None:
    """Show fractions in per cent, with no more digits than the ticks need."""
    axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(lambda value, _: f"{100 * value:.4g} %".replace("-", MINUS))


def draw_level(axes: Axes, level: float | None, name: str) -> None:
    """A thin labelled line across the axes; nothing where there is no level.

    Args:
        axes: Where.
        level: Its height, in data units.
        name: Its label, at the left end.
    """
    if level is None:
        return
    axes.axhline(level, color=MUTED, linestyle=(0, (1, 2)), linewidth=1.2, zorder=1.8)
    axes.annotate(
        name, xy=(0, level), xycoords=("axes fraction", "data"), xytext=(3, 3),
        textcoords="offset points", fontsize=SMALL, color=MUTED, zorder=7,
    )  # fmt: skip


def note(axes: Axes, text: str) -> None:
    """A quiet remark above the axes, such as what the bands are."""
    if text:
        axes.set_title(text, loc="left", fontsize=SMALL, color=MUTED, pad=6)
