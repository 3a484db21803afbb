"""A value per layer, with the band of its null."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from brodmann.report.plots.lines import Draw, Frame, Line, draw_framed

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas


def layers(
    lines: Sequence[Line],
    y_label: str,
    level: float | None = None,
    level_name: str = "none",
    remark: str = "bands: 95 % intervals",
) -> Draw:
    """Lines over the layers, counted from 0 at the input.

    Args:
        lines: ``x`` holds layer indices.
        y_label: Name of the vertical axis.
        level: A horizontal line, such as zero.
        level_name: Its name.
        remark: What the bands are.

    Returns:
        What ``Figure.draw`` takes.
    """
    frame = Frame("layer (0 is nearest to the input)", y_label, level, level_name, remark)

    def draw(canvas: Canvas) -> None:
        axes = draw_framed(canvas, lines, frame)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=13, integer=True, min_n_ticks=1))
        places = np.concatenate([np.empty(0), *(np.asarray(line.x, dtype=float) for line in lines)])
        if len(places):
            axes.set_xlim(places.min() - 0.25, places.max() + 0.25)

    return draw
