"""``report.html``: one file that opens without a network and runs no script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from brodmann.lab.files import write_text
from brodmann.report.cards import CardView, view
from brodmann.report.cells import clip, plain, shown, spoken_layer
from brodmann.report.claims import Claim, grouped, left_out
from brodmann.report.figures import all_figures
from brodmann.report.findings import Figure, Finding, StudyReport
from brodmann.report.inline import inlined
from brodmann.report.names import stem
from brodmann.report.plots.forest import claim_forest
from brodmann.report.style import DARK, VERDICT_COLOURS, variable
from brodmann.report.tables import columns_of, numeric_columns, shown_rows
from brodmann.report.verdicts import VERDICTS, tally

PAGE = "report.html"
"""Name of the report in a study's folder."""


@dataclass(frozen=True)
class Shown:
    """A figure with its markup."""

    figure: Figure
    markup: Markup


@dataclass(frozen=True)
class Chapter:
    """A finding with what the page shows of it."""

    finding: Finding
    figures: Sequence[Shown]
    cards: Sequence[CardView]
    elsewhere: Sequence[str]


def write_page(
    report: StudyReport, folder: Path, drawings: Mapping[str, bytes] | None = None
) -> Path:
    """Write ``report.html`` into a folder, atomically.

    Args:
        report: What to show; every text of it is escaped.
        folder: The study's folder, which exists; tables and figures lie beside the page.
        drawings: What :func:`brodmann.report.figures.write_figures` gave; without it every figure
            is drawn here.

    Returns:
        The file.

    Raises:
        RunError: The disk is full or the folder is not writable.
    """
    path = folder / PAGE
    write_text(path, page(report, drawings))
    return path


def page(report: StudyReport, drawings: Mapping[str, bytes] | None = None) -> str:
    """The page as a text.

    Args:
        report: What to show.
        drawings: Figures by name, as SVG; those that are missing are drawn.
    """
    known = drawings or {}
    everything = grouped(report.claims)
    claims = [claim for claim in everything if not claim.not_run]
    shown_figures = {
        id(figure): Shown(figure, inlined(figure, f"f{number}", known.get(figure.name)))
        for number, figure in enumerate(with_claim_figures(report, claims))
    }
    of_claim = {
        claim.id: [d for d in shown_figures.values() if d.figure.claim == claim.id]
        for claim in claims
    }
    template = _environment().get_template("page.html.j2")
    return plain(template.render(
        report=report, claims=claims, of_claim=of_claim, left_out=left_out(everything),
        tally=tally(claim.pooled.verdict.word for claim in claims),
        chapters=[_chapter(finding, shown_figures, of_claim) for finding in report.findings],
        verdicts=list(VERDICTS.values()),
    ) + "\n")  # fmt: skip


def with_claim_figures(report: StudyReport, claims: Sequence[Claim]) -> list[Figure]:
    """The figures of the chapters, and a forest plot for each claim that has none."""
    figures = all_figures(report.findings)
    served = {figure.claim for figure in figures}
    bare = (claim_forest(claim.objects) for claim in claims if claim.id not in served)
    return figures + [figure for figure in bare if figure is not None]


def _chapter(
    finding: Finding, drawings: dict[int, Shown], of_claim: dict[str, list[Shown]]
) -> Chapter:
    own = [drawings[id(figure)] for figure in finding.figures]
    return Chapter(
        finding, [d for d in own if d.figure.claim not in of_claim],
        [view(card) for card in finding.cards],
        list(dict.fromkeys(d.figure.claim for d in own if d.figure.claim in of_claim)),
    )  # fmt: skip


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("brodmann.report"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    filters: dict[str, Any] = {
        "shown": shown, "clip": clip, "stem": stem, "quoted": quote, "columns": columns_of,
        "numbers": numeric_columns, "texts": shown_rows, "layer": spoken_layer,
    }  # fmt: skip
    environment.filters.update(filters)
    environment.globals.update(
        light=light(), dark=dark(), colours=VERDICT_COLOURS, variable=variable, anchor=anchor
    )
    return environment


def anchor(kind: str, name: str) -> str:
    """The id of a part of the page.

    Example:
        >>> anchor("claim", "SN-1a"), anchor("claim", "<x y>")
        ('claim-SN-1a', 'claim-_x_y_')
    """
    return f"{kind}-{''.join(c if c.isalnum() or c in '-.' else '_' for c in name)}"


def light() -> Markup:
    """The colours of figures as CSS variables of a light page."""
    return Markup("".join(f"{variable(c)}:{c};" for c in DARK))  # noqa: S704


def dark() -> Markup:
    """The same variables on a dark page."""
    return Markup("".join(f"{variable(c)}:{d};" for c, d in DARK.items()))  # noqa: S704
