"""The house style of figures: a fixed look per role, colours that fit a light and a dark page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

INK = "#1b1f24"
"""Colour of text and axes."""
MUTED = "#5a6472"
"""Colour of what should not catch the eye."""
GRID = "#dde2e7"
"""Colour of grid lines."""
PAPER = "#fefefe"
"""Not pure white, so that white numbers on a dark cell are never taken for paper."""


@dataclass(frozen=True)
class Look:
    """How one role is drawn, the same in every figure.

    Attributes:
        colour: Six-digit hex, lower case.
        line: Matplotlib line style.
        marker: Matplotlib marker, empty for none.
        width: Line width in points.
        order: Drawing order; the higher is on top.
    """

    colour: str
    line: str = "-"
    marker: str = ""
    width: float = 1.3
    order: float = 3.0


ROLES = {
    "own": Look("#d55e00", "-", "o", 2.4, 6.0),
    "control": Look(INK, "-.", "D", 1.6, 5.0),
    "random": Look("#757b84", "--", "", 1.7, 4.0),
    "null": Look("#9aa1a9", ":", "", 1.5, 2.0),
    "method": Look(INK, "-", "D", 1.6, 5.0),
}
"""Role -> look. Tasks that are neither the own one nor a control take :data:`OTHERS` in turn."""

OTHERS = (
    Look("#0072b2", "-", "s"),
    Look("#009e73", "-", "^"),
    Look("#c0629a", "-", "v"),
    Look("#3ba3e0", "-", "P"),
    Look("#7e57b0", "-", "X"),
    Look("#a67c00", "-", "<"),
    Look("#6f8f00", "-", ">"),
    Look("#8c510a", "-", "h"),
)
"""After Okabe and Ito; told apart by marker and label as well as by colour."""

VERDICT_COLOURS = {
    "supported": "#00795a",
    "contradicted": "#b83a00",
    "negligible": "#00639c",
    "inconclusive": "#8a6100",
    "untestable": "#666d77",
}
"""Verdict -> its colour on the page and in figures; dark enough to be read on paper."""

DARK = {
    INK: "#e8eaed",
    MUTED: "#a4adb8",
    GRID: "#363c44",
    PAPER: "#1b1f24",
    "#d55e00": "#ff8a3d",
    "#757b84": "#a3aab4",
    "#9aa1a9": "#8b929b",
    "#0072b2": "#58aee8",
    "#009e73": "#35c79c",
    "#c0629a": "#e08fbf",
    "#3ba3e0": "#7cc9f5",
    "#7e57b0": "#b79ae0",
    "#a67c00": "#e0b83a",
    "#6f8f00": "#b3cf4a",
    "#8c510a": "#cf9a5a",
    "#00795a": "#3fd0a4",
    "#b83a00": "#ff9260",
    "#00639c": "#6bbcf0",
    "#8a6100": "#e3b341",
    "#666d77": "#a4adb8",
}
"""Every colour of the style -> the one that replaces it on a dark page."""


def variable(colour: str) -> str:
    """Name of the CSS variable that stands for a colour of the style.

    Example:
        >>> variable("#1b1f24")
        '--c-1b1f24'
    """
    return f"--c-{colour.removeprefix('#')}"


def look(role: str, turn: int = 0) -> Look:
    """The look of a role.

    Args:
        role: A key of :data:`ROLES`; anything else is one of the other tasks.
        turn: Which of the others it is, counted from 0.

    Example:
        >>> look("own").colour, look("other", 9) == look("other", 1)
        ('#d55e00', True)
    """
    return ROLES.get(role) or OTHERS[turn % len(OTHERS)]


SMALL = 9.5
"""Points of the quiet remarks in a figure."""
LABEL = 10.5
"""Points of the labels in a figure."""

RC: Any = {
    "font.family": ["DejaVu Sans"],
    "font.size": 11.5,
    "axes.labelsize": 11.5,
    "axes.titlesize": 12,
    "xtick.labelsize": 10.5,
    "ytick.labelsize": 10.5,
    "legend.fontsize": 10.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "axes.facecolor": PAPER,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "legend.frameon": False,
    "lines.markersize": 4.5,
    "lines.solid_capstyle": "round",
    "hatch.color": MUTED,
    "hatch.linewidth": 0.6,
    "axes.unicode_minus": True,
    "text.parse_math": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "brodmann",
    "savefig.dpi": 160,
}
"""What :func:`brodmann.report.figures.drawn` sets while a figure is drawn."""
