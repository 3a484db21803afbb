"""Curves with bands: what disturbing more and more neurons does (Skill Neurons, Fig. 4, 15)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from brodmann.report.plots.lines import Draw, Frame, Line, draw_framed, per_cent

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas


def curves(
    lines: Sequence[Line],
    x_label: str = "share of neurons disturbed",
    y_label: str = "accuracy",
    percent: str = "xy",
    level: float | None = None,
    level_name: str = "majority class",
    remark: str = "bands: 95 % intervals",
    ticks: Mapping[float, str] | None = None,
) -> Draw:
    """Lines over a common axis, each with its band and its name at the right end.

    Args:
        lines: In the order of drawing; the others take their looks in this order.
        x_label: Name of the horizontal axis.
        y_label: Name of the vertical axis.
        percent: Which axes hold fractions to be shown in per cent: ``x``, ``y``, ``xy`` or empty.
        level: A horizontal line, such as the accuracy of the majority class.
        level_name: Its name.
        remark: What the bands are.
        ticks: Places on the horizontal axis and what stands there; chosen where not given.

    Returns:
        What ``Figure.draw`` takes.
    """
    frame = Frame(x_label, y_label, level, level_name, remark)

    def draw(canvas: Canvas) -> None:
        axes = draw_framed(canvas, lines, frame)
        for name, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
            if name in percent:
                per_cent(axis)
        if ticks:
            axes.set_xticks(list(ticks), list(ticks.values()))

    return draw
