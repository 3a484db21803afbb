"""A matrix with its numbers: tasks by tasks, colours that say the same as the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.colors import CenteredNorm, Normalize

from brodmann.report.cells import MINUS, clip
from brodmann.report.plots.lines import Draw
from brodmann.report.style import GRID, LABEL, MUTED, PAPER

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

DARK_TEXT, LIGHT_TEXT = "#0b0b0b", "#ffffff"
NAME_LENGTH = 16
"""Characters of the name of a row or column; longer ones are clipped."""
CHARACTERS_IN_A_ROW = 44
"""Names of columns that are longer together are written aslant."""
LARGEST_WITH_NUMBERS = 16
"""Rows or columns beyond which cells carry no numbers."""


def matrix(
    values: Sequence[Sequence[float]],
    rows: Sequence[str],
    columns: Sequence[str],
    signed: bool = False,
    digits: int = 2,
    meaning: str = "",
    row_label: str = "",
    column_label: str = "",
    blocks: Sequence[int] = (),
    block_names: Sequence[str] = (),
) -> Draw:
    """Cells coloured by value, with the value in each.

    Args:
        values: ``[rows, columns]``; NaN cells are left grey with a dash.
        rows: Names, from the top.
        columns: Names, from the left.
        signed: Whether zero is the middle of the colours (blue below, red above).
        digits: Decimals of the numbers.
        meaning: What the colours stand for.
        row_label: What the rows are.
        column_label: What the columns are.
        blocks: Sizes of neighbouring groups (task types) to be parted by gaps, both ways.
        block_names: Their names, above the columns.

    Returns:
        What ``Figure.draw`` takes.
    """
    grid = np.ma.masked_invalid(np.asarray(values, dtype=float).reshape(len(rows), len(columns)))

    def draw(canvas: Canvas) -> None:
        axes = canvas.add_subplot()
        axes.grid(visible=False)
        axes.set_facecolor(GRID)
        mesh = axes.pcolormesh(
            grid, cmap=mpl.colormaps["RdBu_r" if signed else "Blues"], norm=_norm(grid, signed),
            edgecolors=PAPER, linewidth=1.2,
        )  # fmt: skip
        axes.invert_yaxis()
        _names(axes, rows, columns)
        axes.set(xlabel=column_label, ylabel=row_label)
        if max(grid.shape) <= LARGEST_WITH_NUMBERS:
            _numbers(axes, grid, mesh.to_rgba(grid), digits)
        _parted(axes, blocks, block_names)
        bar = canvas.colorbar(mesh, ax=axes, shrink=0.85, aspect=24, pad=0.02)
        bar.set_label(meaning)
        bar.outline.set_visible(False)

    return draw


def _norm(grid: np.ma.MaskedArray, signed: bool) -> Normalize:
    seen = grid.compressed()
    if signed:
        return CenteredNorm(0.0, halfrange=max(1e-9, float(np.abs(seen).max(initial=0.0))))
    low, high = float(seen.min(initial=0.0)), float(seen.max(initial=0.0))
    return Normalize(low, high if high > low else low + 1.0)


def _names(axes: Axes, rows: Sequence[str], columns: Sequence[str]) -> None:
    axes.set_xticks(np.arange(len(columns)) + 0.5, [clip(name, NAME_LENGTH) for name in columns])
    axes.set_yticks(np.arange(len(rows)) + 0.5, [clip(name, NAME_LENGTH) for name in rows])
    axes.tick_params(length=0)
    longest = max((len(clip(name, NAME_LENGTH)) for name in columns), default=0)
    if longest * len(columns) > CHARACTERS_IN_A_ROW:
        axes.tick_params(axis="x", rotation=38)
        for label in axes.get_xticklabels():
            label.set(ha="right", rotation_mode="anchor")
    for spine in axes.spines.values():
        spine.set_visible(False)


def _numbers(axes: Axes, grid: np.ma.MaskedArray, colours: np.ndarray, digits: int) -> None:
    size = float(np.clip(14.5 - 0.55 * max(grid.shape), 6.5, 11))
    for (row, column), masked in np.ndenumerate(np.ma.getmaskarray(grid)):
        text = "–" if masked else _written(float(grid[row, column]), digits)
        ink = MUTED if masked else readable_on(colours[row, column])
        axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=size, color=ink)


def _written(value: float, digits: int) -> str:
    """A number of so many decimals; what rounds to zero has no sign."""
    text = f"{abs(value):.{digits}f}"
    return MINUS + text if value < 0 and float(text) else text


def _parted(axes: Axes, blocks: Sequence[int], names: Sequence[str]) -> None:
    ends = np.cumsum(blocks)
    for end in ends[:-1]:
        axes.axhline(end, color=PAPER, linewidth=6)
        axes.axvline(end, color=PAPER, linewidth=6)
    for name, end, size in zip(names, ends[: len(names)], blocks[: len(names)], strict=True):
        axes.annotate(
            name, xy=(end - size / 2, 1), xycoords=("data", "axes fraction"), xytext=(0, 4),
            textcoords="offset points", ha="center", va="bottom", fontsize=LABEL,
        )  # fmt: skip


def readable_on(colour: Sequence[float] | np.ndarray) -> str:
    """Black or white, whichever has the greater contrast on a colour (WCAG 2.2).

    Args:
        colour: Red, green, blue in [0, 1]; more is ignored.

    Example:
        >>> readable_on((1, 1, 1)), readable_on((0.1, 0.2, 0.5))
        ('#0b0b0b', '#ffffff')
    """
    levels = np.asarray(colour[:3], dtype=float)
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ (0.2126, 0.7152, 0.0722))
    return DARK_TEXT if (luminance + 0.05) ** 2 > 1.05 * 0.0533 else LIGHT_TEXT
