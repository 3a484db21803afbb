import math

import numpy as np
import pytest
from tests.report import example

from brodmann.report.cards import WINDOW, passage, shade, strips, view
from brodmann.report.findings import Card, Shaded


def test_strips_count_as_numpy_does():
    generator = np.random.default_rng(0)
    by_class = {"a": generator.normal(0, 1, 100), "b": generator.normal(2, 1, 50)}
    edges = np.histogram_bin_edges(np.concatenate(list(by_class.values())), 32)
    shares = {k: np.histogram(v, edges)[0] / len(v) for k, v in by_class.items()}
    tallest = max(share.max() for share in shares.values())
    for strip in strips(by_class):
        assert strip.heights == pytest.approx(list(100 * shares[strip.name] / tallest), abs=0.06)
        mean = by_class[strip.name].mean()
        assert strip.mean == pytest.approx(100 * (mean - edges[0]) / np.ptp(edges), abs=0.01)


def test_strips_of_constants_of_nothing_and_of_what_is_not_finite():
    found = {s.name: s for s in strips({"same": [1.0, 1.0], "none": [], "nan": [math.nan]})}
    assert (found["same"].n, found["same"].mean) == (2, 50.0)
    assert (found["none"].mean, found["nan"].n) == (None, 0)
    assert strips({}) == []


def test_shades_grow_with_the_value_and_tell_the_sign():
    steps = [shade(v, 1.0) for v in np.linspace(0, 1, 9)]
    assert steps == ["", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8"]
    assert shade(-5.0, 1.0) == "n8"
    assert shade(1.0, 0.0) == ""


def test_a_long_text_is_shown_around_its_strongest_token():
    values = [0.0] * 200
    values[150] = -2.0
    found = passage(Shaded([str(i) for i in range(200)], values, "x"), 2.0)
    assert len(found.tokens) == WINDOW
    assert [t.text for t in found.tokens if t.peak] == ["150"]
    assert (found.before, found.after, found.top) == (True, True, "−2.000")


def test_a_short_text_is_shown_whole():
    found = passage(Shaded(["un", "##real", "##"], [1.0, 0.5, 0.0], "x"), 1.0)
    assert [(t.text, t.joined) for t in found.tokens] == [
        ("un", False), ("real", True), ("##", False),
    ]  # fmt: skip
    assert (found.before, found.after) == (False, False)


def test_empty_texts_and_texts_without_a_finite_value():
    assert passage(Shaded([], [], "x"), 1.0).tokens == []
    found = passage(Shaded(["a"], [math.nan], "x"), 1.0)
    assert (found.tokens[0].shade, found.tokens[0].peak) == ("", False)


def test_one_scale_of_shading_for_all_texts_of_a_card():
    card = Card("u", "t", {}, {}, [Shaded(["a"], [2.0], "x")], [Shaded(["b"], [-1.0], "x")])
    shown = view(card)
    assert shown.highest[0].tokens[0].shade == "p8"
    assert shown.lowest[0].tokens[0].shade == "n4"
    assert shown.scale == "2.000"


def test_every_example_card_can_be_shown():
    zeros = [view(card).zero for card in example.cards()]
    assert zeros[0] is not None
    assert zeros[2] is None
