import csv
import io
import math
from dataclasses import replace

import pytest
from rich.console import Console
from tests.report import example

from brodmann.errors import RunError
from brodmann.report.claims import glyph, grouped
from brodmann.report.findings import Table
from brodmann.report.page import page
from brodmann.report.study import show_study, write_report
from brodmann.report.tables import write_tables
from brodmann.report.verdicts import tally


def said(report, folder, width=80):
    console = Console(width=width, record=True, file=io.StringIO())
    show_study(console, report, folder)
    return console.export_text()


def test_one_entry_per_claim_with_the_pooled_row_first():
    claims = grouped(example.claims())
    assert [c.id for c in claims][:3] == ["SN-1a", "SN-1b", "SN-2"]
    assert len(claims) == 11
    assert [row.scope for row in claims[0].rows] == list(example.TASKS)
    assert sum(1 + len(c.rows) for c in claims) == len(example.claims())


def test_the_pooled_row_leads_wherever_it_stands():
    rows = [{"id": "A", "scope": s} for s in ("sst2", "pooled", "imdb")]
    (claim,) = grouped(rows)
    assert claim.pooled.scope == "pooled"
    assert [row.scope for row in claim.rows] == ["sst2", "imdb"]
    assert claim.objects[0] == rows[1]


def test_missing_keys_are_dashes():
    (claim,) = grouped([{"id": "A"}])
    row = claim.pooled
    assert (claim.statement, row.effect, row.p, row.n, row.interval) == ("–", "–", "–", "–", "")
    assert row.verdict.word == "not judged"


def test_pictures_of_one_claim_share_a_scale():
    claim = grouped(example.claims())[0]
    assert len({row.glyph.zero for row in (claim.pooled, *claim.rows)}) == 1
    effects = {o["scope"]: o["effect"] for o in claim.objects}
    rows = sorted((claim.pooled, *claim.rows), key=lambda row: row.glyph.effect)
    assert [row.scope for row in rows] == sorted(effects, key=effects.get)


def test_a_picture_holds_zero_and_the_strip_that_is_too_small():
    picture = glyph({"effect": 3.0, "ci_low": 2.0, "ci_high": 4.0, "delta": 1.0})
    assert picture.near < picture.zero < picture.far < picture.low < picture.effect < picture.high
    assert (picture.near, picture.high) == (4.0, 96.0)


@pytest.mark.parametrize("missing", [None, math.nan, math.inf, "", True])
def test_there_is_no_picture_without_an_interval(missing):
    assert glyph({"effect": 0.0, "ci_low": missing, "ci_high": missing}) is None
    assert glyph({"effect": missing, "ci_low": 0.0, "ci_high": 1.0}) is None


def test_an_open_interval_reaches_the_edge_of_its_picture():
    assert glyph({"effect": 0.3, "ci_low": 0.2, "ci_high": None, "delta": 0.1}).high == 100.0
    assert glyph({"effect": 0.3, "ci_low": None, "ci_high": 0.4, "delta": 0.1}).low == 0.0


def test_how_a_claim_was_judged_is_told_in_words():
    claim = grouped(example.claims())[0]
    assert claim.holds == "holds in at least 6 of 7"
    assert claim.details["What was sampled"] == "examples x seeds"
    assert claim.details["Smallest effect worth naming"] == "0.050"
    assert claim.details["Level after correction for many claims"] == "0.0045"
    assert "Under other choices" not in claim.details


def test_a_picture_of_zeros_is_in_the_picture():
    assert glyph({"effect": 0, "ci_low": 0, "ci_high": 0}).zero == 4.0


def test_tally_counts_words_it_does_not_know_too():
    assert [(v.word, n) for v, n in tally(["odd", "supported", None])] == [
        ("supported", 1), ("odd", 1), ("not judged", 1),
    ]  # fmt: skip


def test_tables_are_written_whole(tmp_path):
    rows = [{"a": i, "b": None if i % 2 else 'x,"\n<y>'} for i in range(50)]
    (path,) = write_tables([Table("sub/name", "", "", rows, shown=2)], tmp_path)
    assert path == tmp_path / "tables" / "sub.name.csv"
    with path.open(newline="", encoding="utf-8") as file:
        read = list(csv.DictReader(file))
    assert read == [{"a": str(r["a"]), "b": r["b"] or ""} for r in rows]


def test_tables_that_would_share_a_file_are_refused(tmp_path):
    with pytest.raises(RunError, match=r"a\.b"):
        write_tables([Table("a/b", "", "", []), Table("a.b", "", "", [])], tmp_path)


def test_a_report_is_a_page_with_everything_it_links_to(tmp_path):
    path = write_report(example.report(), tmp_path)
    links = [part.split('"')[0] for part in path.read_text("utf-8").split('href="')[1:]]
    files = [link for link in links if link.startswith(("tables/", "figures/"))]
    assert len(files) == 2 * 12 + 3
    assert all((tmp_path / link).stat().st_size for link in files)


@pytest.mark.parametrize("width", [80, 120])
def test_the_screen_says_every_claim_within_its_width(tmp_path, width):
    text = said(example.report(), tmp_path, width)
    body = text[: text.index("report  ")]
    assert max(len(line) for line in body.splitlines()) <= width
    for claim in grouped(example.claims()):
        assert f"\n{claim.id} " in body
    for word in ("✓ supported", "✗ contradicted", "≈ negligible", "? inconclusive", "– untestable"):
        assert word in body
    assert "5 supported, 1 contradicted, 1 negligible, 2 inconclusive, 2 untestable" in body
    assert str(tmp_path / "report.html") in text
    assert example.report().command in text


def test_markup_of_rich_in_data_is_shown_as_it_is(tmp_path):
    report = example.empty_report()
    text = said(type(report)(**{**vars(report), "title": "[red]x[/red] [/]"}), tmp_path)
    assert "[red]x[/red] [/]" in text
    assert "this study judged no claim" in text


def test_claims_that_were_not_asked_for_stand_in_one_line(tmp_path):
    rows = [{**row, "not_run": "pruning"} if row["id"] == "SN-1a" else row
            for row in example.claims()]  # fmt: skip
    report = replace(example.report(), claims=rows)
    text, html = said(report, tmp_path), page(report)
    assert "not run: parts=pruning (SN-1a)" in text
    assert text.count("SN-1a") == 1
    assert "Not run: parts=pruning (SN-1a)." in html
    assert 'id="claim-SN-1a"' in page(example.report())
    assert 'id="claim-SN-1a"' not in html


def test_the_terminal_tells_units_and_why_nothing_was_judged(tmp_path):
    why = "2 seeds, 5 are needed; the reliability of the neurons at the end is 0.27, below 0.30"
    report = replace(example.report(), claims=[
        {"id": "A", "statement": "One.", "verdict": "untestable", "reason": why, "unit": "nats"},
        {"id": "B", "statement": "Two.", "verdict": "inconclusive", "effect": -0.5, "unit": "nats",
         "ci_low": -1.0, "ci_high": 0.2, "reason": why},
    ])  # fmt: skip
    words = " ".join(said(report, tmp_path, 120).split())
    assert words.count("below 0.30") == 1
    assert "−0.500 nats" in words
    assert "…" not in words


def test_rows_of_layers_and_effects_under_other_choices_are_told_in_words():
    claim, = grouped([
        {"id": "A", "scope": "pooled", "unit": "nats", "sensitivity": "zero: -0.3"},
        {"id": "A", "scope": "decoder.2.ffn"},
    ])  # fmt: skip
    assert claim.details["Under other choices, in nats where not said"] == "zero: −0.3"
    assert claim.rows[0].scope == "decoder layer 2"
