"""A study on the terminal: its verdicts, where the page is, what to type next."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from brodmann.report.cells import clip
from brodmann.report.claims import Claim, grouped, left_out
from brodmann.report.figures import write_figures
from brodmann.report.findings import StudyReport
from brodmann.report.page import PAGE, with_claim_figures, write_page
from brodmann.report.tables import all_tables, write_tables
from brodmann.report.verdicts import Verdict, tally

STYLES = {
    "supported": "green", "contradicted": "red", "negligible": "blue", "inconclusive": "yellow",
    "untestable": "dim",
}  # fmt: skip
"""Verdict -> its colour in the terminal, in rich's words."""


def write_report(report: StudyReport, folder: Path) -> Path:
    """Write ``tables/``, ``figures/`` and, when they are whole, ``report.html``.

    Args:
        report: What the study found.
        folder: The study's folder; it exists.

    Returns:
        The page.

    Raises:
        RunError: Two tables or two figures have one name, or the disk is full.
    """
    write_tables(all_tables(report.findings), folder)
    drawings = write_figures(with_claim_figures(report, grouped(report.claims)), folder)
    return write_page(report, folder, drawings)


def show_study(console: Console, report: StudyReport, folder: Path) -> None:
    """The claims with their verdicts, the page's path and the next command.

    Args:
        console: Where to; 80 columns are enough.
        report: What the study found.
        folder: The study's folder.
    """
    everything = grouped(report.claims)
    claims = [claim for claim in everything if not claim.not_run]
    console.print(Text(f"\n{report.title}", style="bold"))
    console.print(Text(f"holds for {report.scope}\n", style="dim"))
    if claims:
        console.print(_table(claims))
        console.print(_counted(claims))
    else:
        console.print("this study judged no claim")
    if left_out(everything):
        console.print(Text(f"not run: {left_out(everything)}", style="dim"))
    console.print()
    for name, value in (("report", str(folder / PAGE)), ("repeat", report.command)):
        console.print(Text(f"{name:>8}  ", style="bold") + Text(value), soft_wrap=True)


def _table(claims: list[Claim]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("claim", no_wrap=True)
    table.add_column("", ratio=1, min_width=22)
    table.add_column("verdict", no_wrap=True)
    table.add_column("effect, interval", min_width=16)
    for claim in claims:
        row = claim.pooled
        judged = _styled(row.verdict)
        table.add_row(Text(clip(claim.id, 10)), _said(claim), judged, _effect(claim))
    return table


def _said(claim: Claim) -> Text:
    """What is claimed; below it, whole, why it was not judged."""
    why = claim.pooled.reason if claim.pooled.verdict.word == "untestable" else ""
    return Text(clip(claim.statement, 90)) + Text(f"\n{why}" if why else "", style="dim")


def _effect(claim: Claim) -> Text:
    """The estimate with its unit, and the interval below; a dash where there is none."""
    row = claim.pooled
    if not row.interval:
        return Text("–", style="dim")
    return Text(f"{row.effect} {row.unit}".rstrip()) + Text(f"\n{row.interval}", style="dim")


def _styled(verdict: Verdict) -> Text:
    return Text(f"{verdict.symbol} {verdict.word}", style=STYLES.get(verdict.word, ""))


def _counted(claims: list[Claim]) -> Text:
    counts = tally(claim.pooled.verdict.word for claim in claims)
    parts = [Text.assemble(f"{n} ", (v.word, STYLES.get(v.word, ""))) for v, n in counts]
    return Text("\n") + Text(", ").join(parts)
