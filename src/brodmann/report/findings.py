"""What a study hands to its report: tables, figures, cards, in plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

Cell = str | int | float | bool | None
"""What a table may hold; None is shown as missing."""
Row = Mapping[str, Cell]
"""Name of a column -> its cell."""


@dataclass(frozen=True)
class Table:
    """One table, written as ``tables/<name>.csv`` and shown in the report.

    Attributes:
        name: File name without its end.
        title: Heading.
        caption: What to see, in a sentence or two.
        rows: One mapping per row; the first row names the columns.
        shown: Rows that the report shows; the file has all.
    """

    name: str
    title: str
    caption: str
    rows: Sequence[Row]
    shown: int = 20


@dataclass(frozen=True)
class Figure:
    """One figure, written as ``figures/<name>.png`` and ``.svg`` and shown in the report.

    Attributes:
        name: File name without its end.
        title: Heading: what is shown.
        caption: What to see, in a sentence a person can follow without the paper.
        null: How the null (the band, the grey line) was made; empty when there is none.
        draw: Puts it onto an empty matplotlib figure in the house style.
        claim: Id of the claim that it belongs to.
        size: Width and height in inches.
    """

    name: str
    title: str
    caption: str
    null: str
    draw: Callable[[Canvas], None]
    claim: str = ""
    size: tuple[float, float] = (6.4, 3.8)


@dataclass(frozen=True)
class Shaded:
    """A text with a value per token.

    Attributes:
        tokens: As the tokenizer has them, readable.
        values: Activation of the unit at each token; shading is scaled by the card.
        label: Name of the example's class.
    """

    tokens: Sequence[str]
    values: Sequence[float]
    label: str


@dataclass(frozen=True)
class Card:
    """One unit, told to a person.

    Attributes:
        unit: ``encoder.3.ffn:117``.
        task: The task it was chosen for.
        facts: Scores and numbers: name -> value.
        by_class: Class name -> activations (a sample) at the unit's position.
        highest: Texts that drive it highest.
        lowest: Texts that drive it lowest.
        words: Words nearest to its output weights, best first.
        elsewhere: Its score in every other task: name -> value.
    """

    unit: str
    task: str
    facts: Mapping[str, Cell]
    by_class: Mapping[str, Sequence[float]]
    highest: Sequence[Shaded] = ()
    lowest: Sequence[Shaded] = ()
    words: Sequence[str] = ()
    elsewhere: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """All that one part of a study found.

    Attributes:
        part: Name of the part, as typed in ``parts=[...]``.
        title: Heading of its chapter.
        summary: Two or three sentences: what was done and what came out.
        tables: Its tables.
        figures: Its figures.
        cards: Its units.
        notes: What a reader must know: deviations, skipped rows and why.
    """

    part: str
    title: str
    summary: str
    tables: Sequence[Table] = ()
    figures: Sequence[Figure] = ()
    cards: Sequence[Card] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class StudyReport:
    """What the page shows, from top to bottom.

    Attributes:
        title: Name of the study.
        question: What it asks, in a sentence.
        command: The command that repeats it.
        setting: What was run: name -> value (tasks, model, method, seeds, rows, preset, time).
        scope: For whom the verdicts hold (``nano, these tasks and method=prompt only``).
        claims: The objects of ``claims.json``, the pooled row of each claim first.
        findings: The chapters.
        folder: Where the study lies, relative.
    """

    title: str
    question: str
    command: str
    setting: Mapping[str, Cell]
    scope: str
    claims: Sequence[Mapping[str, Cell]]
    findings: Sequence[Finding]
    folder: str
