"""A forest plot: effects with intervals against zero and the smallest effect worth naming."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brodmann.report.cells import clip, interval, number, shown, spoken_layer
from brodmann.report.findings import Cell, Figure
from brodmann.report.plots.lines import Draw
from brodmann.report.style import GRID, INK, LABEL, MUTED, SMALL, VERDICT_COLOURS
from brodmann.report.verdicts import verdict_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas


LARGEST = 40
"""Rows that one figure shows."""
SEVERAL = (
    "Each line is an interval, each point an effect. The heavy row is judged: it can support the "
    "claim only if all of its line lies to the right of {border}."
)
"""Note under several rows of one claim."""
ONE = (
    "The line is the interval, the diamond the effect. It can support the claim only if all of the "
    "line lies to the right of {border}."
)
"""Note under a single row."""


@dataclass(frozen=True)
class Effect:
    """One row of a forest plot.

    Attributes:
        name: Its label (a claim, a task, a layer).
        effect: Estimate, or None where it could not be had.
        low: Lower end of the interval; None where it is open or unknown.
        high: Upper end of the interval; None where it is open or unknown.
        verdict: One of the five words.
        pooled: Whether it sums up the others: drawn heavier.
    """

    name: str
    effect: float | None
    low: float | None
    high: float | None
    verdict: str
    pooled: bool = False


def forest(rows: Sequence[Effect], label: str, delta: float | None = None) -> Draw:
    """Rows from the top; the verdict stands beside each as symbol and word.

    Args:
        rows: The effects, on one scale.
        label: Name and unit of the effect.
        delta: The smallest effect worth naming: the shaded strip around zero.

    Returns:
        What ``Figure.draw`` takes.
    """

    def draw(canvas: Canvas) -> None:
        axes = canvas.add_subplot()
        axes.grid(visible=False, axis="y")
        axes.axvline(0, color=MUTED, linewidth=1.1, zorder=2)
        if delta:
            axes.axvspan(-delta, delta, color=GRID, alpha=0.7, linewidth=0, zorder=1)
            axes.axvline(delta, color=MUTED, linewidth=1.1, linestyle=(0, (4, 2)), zorder=2)
            axes.set_title(
                f"shaded: closer to zero than {shown(delta)}, too small to name",
                loc="left", fontsize=SMALL, color=MUTED,
            )  # fmt: skip
        axes.set_xlim(*_limits([(row.low, row.effect, row.high) for row in rows], delta))
        for place, row in enumerate(rows):
            _draw_row(axes, place, row)
        axes.set_yticks(range(len(rows)), [clip(row.name, 26) for row in rows])
        for text, row in zip(axes.get_yticklabels(), rows, strict=True):
            text.set_fontweight("bold" if row.pooled else "normal")
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlabel(label)
        axes.spines["left"].set_visible(False)

    return draw


def _limits(rows: Sequence[tuple[float | None, ...]], delta: float | None) -> tuple[float, float]:
    known = (number(value) for row in rows for value in row)
    finite = [value for value in known if value is not None]
    strip = delta or 0.0
    left, right = min([-strip, *finite]), max([strip, *finite])
    margin = 0.06 * ((right - left) or 1.0)
    return left - margin, right + margin


def _draw_row(axes: Axes, place: int, row: Effect) -> None:
    verdict = verdict_of(row.verdict)
    colour = VERDICT_COLOURS.get(verdict.word, MUTED)
    width = 3.2 if row.pooled else 1.8
    low, effect, high = number(row.low), number(row.effect), number(row.high)
    if low is not None or high is not None:
        left, right = axes.get_xlim()
        ends = [left if low is None else low, right if high is None else high]
        axes.plot(ends, [place] * 2, color=colour, linewidth=width, zorder=3)
    if effect is not None:
        axes.plot(
            [effect], [place], marker="D" if row.pooled else "o", color=colour,
            markersize=8 if row.pooled else 6, zorder=4,
        )  # fmt: skip
    axes.annotate(
        f"{verdict.symbol} {verdict.word}", xy=(1.02, place), xycoords=("axes fraction", "data"),
        va="center", fontsize=LABEL, color=INK if effect is None else colour,
    )  # fmt: skip


def claim_forest(rows: Sequence[Mapping[str, Cell]]) -> Figure | None:
    """The figure of a claim that brought none: its pooled row above its other rows.

    Args:
        rows: Objects of ``claims.json`` with one id, the pooled one first; those in another unit
            than the pooled one, and those beyond :data:`LARGEST`, are left out.

    Returns:
        The figure, or None when no row has an interval.
    """
    pooled = rows[0]
    alike = [row for row in rows if row.get("unit") == pooled.get("unit")][:LARGEST]
    if not any(interval(row) for row in alike):
        return None
    name, several = str(pooled["id"]), len(alike) > 1
    effects = [_effect(row, row is pooled) for row in alike]
    border = "the shaded strip" if number(pooled.get("delta")) else "zero"
    return Figure(
        name=f"{name}-rows",
        title="Effect and interval, row by row" if several else "Effect and interval",
        caption=(SEVERAL if several else ONE).format(border=border),
        null=str(pooled.get("null") or ""),
        draw=forest(effects, str(pooled.get("unit") or "effect"), number(pooled.get("delta"))),
        claim=name,
        size=(6.4, 1.5 + 0.3 * len(alike)),
    )


def _effect(row: Mapping[str, Cell], pooled: bool) -> Effect:
    effect, low, high = (number(row.get(key)) for key in ("effect", "ci_low", "ci_high"))
    scope, verdict = str(row.get("scope") or "pooled"), str(row.get("verdict") or "")
    return Effect(spoken_layer(scope), effect, low, high, verdict, pooled)
