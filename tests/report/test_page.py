import html
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from tests.report import example

from brodmann.errors import RunError
from brodmann.report.cells import typeset
from brodmann.report.claims import grouped
from brodmann.report.figures import drawn
from brodmann.report.findings import Finding, Table
from brodmann.report.page import PAGE, page, with_claim_figures, write_page
from brodmann.report.style import DARK, variable
from brodmann.report.verdicts import VERDICTS

VOID = {"meta", "link", "br", "img", "input"}


class Reader(HTMLParser):
    """Elements with their attributes, visible texts, and whether every tag is closed."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self.open, self.misplaced = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.misplaced.append(tag)
        else:
            self.open.pop()

    def handle_data(self, data):
        self.texts.append(data)

    def values(self, name):
        return [attrs[name] for _, attrs in self.elements if name in attrs]


@pytest.fixture(scope="module")
def text():
    return page(example.report())


@pytest.fixture(scope="module")
def reader(text):
    return Reader(text)


def words_of(reader):
    return " ".join(" ".join(reader.texts).split())


def test_every_tag_is_closed_where_it_should_be(reader):
    assert reader.misplaced == []
    assert reader.open == []


def test_nothing_is_loaded_and_nothing_runs(text, reader):
    assert "http://" not in text
    assert "https://" not in text
    assert "@import" not in text
    assert not {"script", "iframe", "object", "embed", "base"} & {t for t, _ in reader.elements}
    assert all(value.startswith("data:") for value in reader.values("src"))
    targets = [*reader.values("href"), *reader.values("xlink:href")]
    allowed = (
        r"#|data:(,|image/png;base64,)|claims\.json$|(figures|tables)/[\w.%=+-]+\.(png|svg|csv)$"
    )
    assert [target for target in targets if not re.match(allowed, target)] == []
    handlers = [name for _, attrs in reader.elements for name in attrs if name.startswith("on")]
    assert handlers == []


def test_a_policy_forbids_scripts_and_the_network(reader):
    policies = [a["content"] for _, a in reader.elements if "http-equiv" in a]
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none'")


def test_hostile_texts_are_shown_as_they_are(text, reader):
    assert "<script" not in text
    assert example.HOSTILE in words_of(reader)
    assert example.QUOTED in html.unescape(text)


def test_every_claim_every_row_and_every_reason_is_there(reader):
    words = words_of(reader)
    for claim in example.claims():
        assert claim["id"] in words
        assert claim["scope"] in words or claim["scope"] == "pooled"
        assert typeset(claim["reason"]) in words
    for statement in {c["statement"] for c in example.claims() if c["scope"] == "pooled"}:
        assert statement in words


def test_the_claims_come_before_the_chapters(text):
    order = ["What was run", "What came out", "Figures by claim", "Neurons, one by one"]
    assert sorted(order, key=lambda heading: text.index(f">{heading}</h")) == order


def test_verdicts_are_said_in_words_and_symbols(reader):
    words = words_of(reader)
    for verdict in VERDICTS.values():
        assert f"{verdict.symbol} {verdict.word}" in words
        assert verdict.meaning in words


def test_only_pooled_rows_are_counted(reader):
    assert "Of 11 claims: 5 ✓ supported 1 ✗ contradicted 1 ≈ negligible" in words_of(reader)


def test_links_within_the_page_arrive_and_ids_are_unique(reader):
    ids = reader.values("id")
    assert len(ids) == len(set(ids))
    links = [*reader.values("href"), *reader.values("xlink:href")]
    missing = {link[1:] for link in links if link.startswith("#")} - set(ids)
    assert missing == set()


def test_ids_used_by_drawings_exist(text, reader):
    used = set(re.findall(r"url\(#([^)]+)\)", text))
    assert used
    assert used <= set(reader.values("id"))


def test_every_claim_with_an_interval_has_a_drawing(reader):
    drawings = [a["aria-label"] for t, a in reader.elements if t == "svg" and "aria-label" in a]
    own = [f for f in example.figures()]
    bare = {"SN-1a", "SN-2", "SN-7", "SN-8", "SN-9a"}
    assert len(drawings) == len(own) + len(bare)


def test_drawings_take_the_colours_of_the_page(text):
    body = text[text.index("<body") :]
    assert not [colour for colour in DARK if colour in body]
    declared = set(re.findall(r"(--c-[0-9a-f]{6}):", text))
    assert set(re.findall(r"var\((--c-[0-9a-f]{6})\)", text)) <= declared
    assert {variable(colour) for colour in DARK} == declared


def test_long_tables_show_their_first_rows_and_say_so(reader):
    words = words_of(reader)
    assert "The first 20 of 140 rows." in words
    assert "encoder.7.ffn:703" in words
    assert "encoder.8.ffn:740" not in words


def test_equal_reports_give_equal_pages(text):
    assert page(example.report()) == text


def test_drawings_at_hand_are_not_drawn_again(text):
    figures = with_claim_figures(example.report(), grouped(example.claims()))
    drawings = {figure.name: drawn(figure, "svg") for figure in figures}
    assert page(example.report(), drawings) == text


def test_a_report_of_nothing_is_a_whole_page():
    reader = Reader(page(example.empty_report()))
    assert reader.misplaced == []
    assert "This study judged no claim." in words_of(reader)


def test_the_page_is_written_whole_and_alone(tmp_path):
    path = write_page(example.empty_report(), tmp_path)
    assert path == tmp_path / PAGE
    assert [p.name for p in tmp_path.iterdir()] == [PAGE]
    assert path.read_text(encoding="utf-8").endswith("</html>\n")


def test_a_folder_that_is_missing_is_an_error_and_leaves_nothing(tmp_path):
    with pytest.raises((RunError, FileNotFoundError)):
        write_page(example.empty_report(), tmp_path / "none")


def test_half_a_character_does_not_break_the_file(tmp_path):
    rows = [{"token": "\ud83d", "nul": "a\x00b"}]
    finding = Finding("p", "P", "", [Table("t", "T", "", rows)])
    report = replace(example.empty_report(), findings=[finding])
    assert '<td class="brief">ab</td>' in write_page(report, tmp_path).read_text("utf-8")


def test_layers_are_named_as_in_figures_and_small_numbers_like_their_column():
    table = Table("t", "T", "", [{"layer": "encoder.3.ffn", "encoder.4.ffn": 0.5},
                                 {"layer": "senses", "encoder.4.ffn": 8.3e-4}])  # fmt: skip
    report = replace(example.report(), findings=[Finding("p", "P", "", [table])], claims=[])
    text = page(report)
    assert all(f">{name}<" in text for name in ("encoder layer 3", "encoder layer 4", "&lt; 0.001"))
    assert "encoder.3" not in text
