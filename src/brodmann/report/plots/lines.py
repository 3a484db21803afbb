"""Lines with bands and labels at their ends: what curves and layers share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FixedLocator, MaxNLocator
from matplotlib.transforms import offset_copy
from scipy.optimize import isotonic_regression

from brodmann.report.cells import MINUS, clip
from brodmann.report.style import LABEL, MUTED, ROLES, SMALL, Look, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure as Canvas
    from matplotlib.transforms import Transform

Draw = Callable[["Canvas"], None]
"""Fills a canvas when a figure is wanted, and not before."""
NAME_LENGTH = 24
"""Characters of a name at the end of a line; longer ones are clipped."""
LABEL_HEIGHT = 0.185
"""Inches that one label at the end of a line needs."""
POINTS_APART = 9.0
"""Between neighbours where lines are single points."""
LEVEL = Look(MUTED, ":", width=1.2)
"""How the label of a level looks."""


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
    draw_lines(axes, lines, frame.level, frame.level_name)
    axes.set(xlabel=frame.x_label, ylabel=frame.y_label)
    absent = ", ".join(line.name for line in lines if not np.isfinite(line.y).any())
    remarks = [spoken(frame.remark, lines), f"undefined throughout: {absent}" if absent else ""]
    note(axes, "; ".join(filter(None, remarks)))
    return axes


def spoken(text: str, lines: Sequence[Line]) -> str:
    """A text about bands, which are strokes where lines are single points.

    Example:
        >>> spoken("bands: range of the runs", [Line("a", [0.2], [1.0])])
        'strokes: range of the runs'
    """
    if any(len(line.x) != 1 for line in lines):
        return text
    return text.replace("band", "stroke").replace("Band", "Stroke")


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


def draw_lines(
    axes: Axes, lines: Sequence[Line], level: float | None = None, level_name: str = ""
) -> None:
    """Put every line and its band onto the axes and label each, and the level, at the right end.

    Lines of a single point are points with strokes, beside each other.
    """
    single = bool(lines) and all(len(line.x) == 1 for line in lines)
    ends = []
    for place, (line, style) in enumerate(zip(lines, looks(lines), strict=True)):
        aside = POINTS_APART * (place - (len(lines) - 1) / 2) if single else 0.0
        moved = _moved(axes, aside)
        (_draw_point if single else _draw_line)(axes, line, style, moved)
        seen = np.flatnonzero(np.isfinite(np.asarray(line.y, dtype=float)))
        if len(seen):
            last = seen[-1]
            ends.append(_End(line.name, line.x[last], line.y[last], style, line.role == "own",
                             moved))  # fmt: skip
    if single:
        axes.set_xticks(sorted({line.x[0] for line in lines}))
    axes.margins(x=0.02)
    if level is not None and ends:
        axes.axhline(level, color=MUTED, linestyle=LEVEL.line, linewidth=LEVEL.width, zorder=1.8)
        right = max(max(line.x, default=-np.inf) for line in lines)
        ends.append(_End(level_name, right, level, LEVEL, False, axes.transData))
    _label_ends(axes, ends)


@dataclass(frozen=True)
class _End:
    """Where the label of a line points to."""

    name: str
    x: float
    y: float
    style: Look
    own: bool
    moved: Transform


def _moved(axes: Axes, points: float) -> Transform:
    """Data coordinates so many points to the right."""
    if not points:
        return axes.transData
    return offset_copy(axes.transData, axes.get_figure(root=True), x=points, units="points")


def _draw_line(axes: Axes, line: Line, style: Look, _: Transform) -> None:
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


def _draw_point(axes: Axes, line: Line, style: Look, moved: Transform) -> None:
    """A marker, with its interval as a stroke, beside its place."""
    (x,), (y,) = line.x, line.y
    ends = [] if line.low is None or line.high is None else [line.low[0], line.high[0]]
    axes.plot([x] * 2, ends or [y, y], color=style.colour, linewidth=1.6, transform=moved)
    axes.plot([x], [y], color=style.colour, marker=style.marker or "_", markersize=9,
              markeredgewidth=2, linestyle="None", transform=moved, zorder=style.order)  # fmt: skip
    axes.update_datalim([(x, height) for height in (y, *ends) if np.isfinite(height)])


def _label_ends(axes: Axes, ends: Sequence[_End]) -> None:
    if not ends:
        return
    axes.autoscale_view()
    low, high = axes.get_ylim()
    axes.set_ylim(low, high)
    heights = [(end.y - low) / (high - low) for end in ends]
    figure_height = axes.figure.get_figure(root=True).get_size_inches()[1]
    gap = LABEL_HEIGHT / (0.78 * figure_height)
    for end, place in zip(ends, spread(heights, gap), strict=True):
        axes.annotate(
            clip(end.name, NAME_LENGTH), xy=(end.x, end.y), xycoords=end.moved,
            xytext=(1.06, place), textcoords="axes fraction", va="center", ha="left",
            color=end.style.colour, fontsize=LABEL, fontweight="bold" if end.own else "normal",
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-", "color": end.style.colour, "linewidth": 0.6, "shrinkA": 1,
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
    if not isinstance(axis.get_major_locator(), FixedLocator):
        axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(lambda value, _: f"{100 * value:.4g} %".replace("-", MINUS))


def note(axes: Axes, text: str) -> None:
    """A quiet remark above the axes, such as what the bands are."""
    if text:
        axes.set_title(text, loc="left", fontsize=SMALL, color=MUTED, pad=6)
