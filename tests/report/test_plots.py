import itertools
import math

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure as Canvas
from tests.report import example

from brodmann.report.plots import (
    Bar,
    Effect,
    Line,
    bars,
    claim_forest,
    curves,
    forest,
    histogram,
    layers,
    matrix,
)
from brodmann.report.plots.lines import looks, spread
from brodmann.report.plots.matrix import readable_on
from brodmann.report.style import DARK, INK, OTHERS, PAPER, RC, ROLES, VERDICT_COLOURS


def canvas_of(draw, size=(6.4, 3.8)):
    with mpl.rc_context(RC):
        canvas = Canvas(figsize=size, layout="constrained")
        FigureCanvasAgg(canvas)
        draw(canvas)
        canvas.canvas.draw()
    return canvas


def texts_of(canvas):
    return [t for t in canvas.findobj(mpl.text.Text) if t.get_text() and t.get_visible()]


def luminance(colour):
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


EXAMPLES = {figure.name: figure for figure in example.figures()}


@pytest.mark.parametrize("name", EXAMPLES)
def test_nothing_is_cut_off(name):
    canvas = canvas_of(EXAMPLES[name].draw, EXAMPLES[name].size)
    box, (width, height) = canvas.get_tightbbox(), EXAMPLES[name].size
    assert -0.01 <= box.x0 < box.x1 <= width + 0.01
    assert -0.01 <= box.y0 < box.y1 <= height + 0.01


def test_names_at_the_ends_of_curves_do_not_overlap():
    canvas = canvas_of(curves(example.perturbation(), level=0.5), (6.4, 4.2))
    names = {line.name for line in example.perturbation()}
    labels = [text for text in texts_of(canvas) if text.get_text() in names]
    boxes = [mpl.text.Text.get_window_extent(label) for label in labels]
    assert len(boxes) == 9
    for one, other in itertools.combinations(boxes, 2):
        assert min(one.y1, other.y1) - max(one.y0, other.y0) < 1.5


@pytest.mark.parametrize("seed", range(20))
def test_spread_is_the_nearest_arrangement_with_gaps(seed):
    generator = np.random.default_rng(seed)
    wanted, gap = generator.random(5) * 0.4 + 0.3, 0.06
    found = spread(wanted, gap)
    assert list(np.argsort(found)) == list(np.argsort(wanted))
    assert np.diff(np.sort(found)).min() > gap - 1e-9
    cost = np.square(found - wanted).sum()
    for step in generator.normal(0, 0.02, (300, 5)):
        other = np.asarray(found) + step
        if np.diff(np.sort(other)).min() >= gap and list(np.argsort(other)) == list(
            np.argsort(wanted)
        ):
            assert np.square(other - wanted).sum() >= cost - 1e-9


def test_spread_of_none_of_one_and_of_too_many():
    assert spread([], 0.1) == []
    assert spread([0.3], 0.1) == [0.3]
    assert np.diff(spread([0.5] * 30, 0.1)) == pytest.approx([0.1] * 29)


def test_roles_keep_their_looks_and_the_others_differ():
    found = looks(example.perturbation())
    assert found[-1] == ROLES["own"]
    assert found[-2] == ROLES["control"]
    assert len({(look.colour, look.marker) for look in found}) == 9


def test_lines_with_gaps_without_points_and_of_one_point_are_drawn():
    lines = [
        Line("gap", [0, 1, 2], [0.5, math.nan, 0.7]), Line("none", [0, 1], [math.nan] * 2),
        Line("empty", [], []), Line("one", [0.0], [0.4], "own", [0.3], [0.5]),
    ]  # fmt: skip
    assert {t.get_text() for t in texts_of(canvas_of(curves(lines)))} >= {"gap", "one"}
    canvas_of(layers([], "nothing"))
    canvas_of(layers([Line("one layer", [0], [0.2])], "value"))


def test_a_level_is_named_at_the_right_end_where_no_curve_begins():
    canvas = canvas_of(curves([Line("a", [0, 1], [0.5, 0.9])], level=0.5, level_name="chance"))
    (label,) = [text for text in texts_of(canvas) if text.get_text() == "chance"]
    assert label.get_position()[0] > 1


def test_lines_without_points_are_named():
    lines = [Line("there", [0, 1], [0.1, 0.2]), Line("gone", [0, 1], [math.nan] * 2)]
    title = canvas_of(curves(lines)).axes[0].get_title(loc="left")
    assert title == "bands: 95 % intervals; undefined throughout: gone"


def test_blocks_of_a_matrix_are_named_above_their_columns():
    names = list("abc")
    draw = matrix(np.eye(3).tolist(), names, names, blocks=[1, 2], block_names=["one", "two"])
    found = {t.get_text(): t for t in texts_of(canvas_of(draw))}
    assert [found[name].xy for name in ("one", "two")] == [(0.5, 1), (2.0, 1)]


def test_per_cents_are_written_without_idle_digits():
    canvas = canvas_of(curves([Line("a", [0, 0.17], [0.5, 0.9])]))
    labels = [t.get_text() for t in canvas.axes[0].get_xticklabels()]
    assert "5 %" in labels
    assert not [label for label in labels if ".0" in label]


def test_a_signed_matrix_has_zero_in_the_middle_of_its_colours():
    canvas = canvas_of(matrix([[-1.0, 3.0]], ["a"], ["b", "c"], signed=True))
    norm = canvas.axes[0].collections[0].norm
    assert (norm.vmin, norm.vmax) == (-3.0, 3.0)


def test_numbers_of_a_matrix_are_those_of_its_cells_and_can_be_read():
    values = np.random.default_rng(0).normal(0, 1, (7, 7))
    names = list(example.TASKS)
    canvas = canvas_of(matrix(values, names, names, signed=True))
    axes = canvas.axes[0]
    colours = axes.collections[0].to_rgba(np.ma.masked_invalid(values))
    assert len(axes.texts) == 49
    for text in axes.texts:
        column, row = (int(place) for place in text.get_position())
        assert float(text.get_text().replace("−", "-")) == pytest.approx(
            values[row, column], abs=0.006
        )
        assert contrast(to_hex(text.get_color()), colours[row, column]) > 4.3


def test_the_first_row_of_a_matrix_a_forest_and_bars_is_on_top():
    effects = [Effect(name, 0.1, 0.0, 0.2, "supported") for name in "ab"]
    for draw in (
        matrix([[1.0], [2.0]], ["a", "b"], ["c"]),
        forest(effects, "effect"),
        bars([Bar("a", 0.5), Bar("b", 0.6)], "accuracy"),
    ):
        labels = canvas_of(draw).axes[0].get_yticklabels()
        heights = {label.get_text(): label.get_window_extent().y0 for label in labels}
        assert heights["a"] > heights["b"]


def test_missing_cells_are_dashes_and_a_matrix_of_nothing_but_them_is_drawn():
    for signed in (False, True):
        canvas = canvas_of(matrix([[math.nan, math.inf]], ["a"], ["b", "c"], signed=signed))
        assert [t.get_text() for t in canvas.axes[0].texts] == ["–", "–"]
    canvas_of(matrix([[0.3]], ["a"], ["b"]))


def test_what_rounds_to_zero_has_no_sign():
    canvas = canvas_of(matrix([[-0.001, -0.006]], ["a"], ["b", "c"], signed=True))
    assert [text.get_text() for text in canvas.axes[0].texts] == ["0.00", "−0.01"]


def test_a_wide_matrix_has_no_numbers():
    canvas = canvas_of(matrix(np.zeros((40, 40)), ["r"] * 40, ["c"] * 40))
    assert not canvas.axes[0].texts


def test_readable_on_takes_the_greater_contrast():
    for level in np.linspace(0, 1, 41):
        grey = (level, level, level)
        chosen, other = readable_on(grey), {"#0b0b0b", "#ffffff"} - {readable_on(grey)}
        assert contrast(chosen, grey) >= contrast(other.pop(), grey) - 0.02


def test_histogram_shares_sum_to_one_per_class():
    canvas = canvas_of(histogram({"a": [0, 1, 1, math.nan], "b": [2.0] * 10}, "x", (0, 1), 0.5))
    outlines = [p for p in canvas.axes[0].patches if isinstance(p, mpl.patches.StepPatch)]
    assert [o.get_data().values.sum() for o in outlines] == pytest.approx([1.0] * 4)


def test_many_classes_stand_in_rows():
    by_class = {f"class {i}": np.arange(5.0) + i for i in range(14)}
    canvas = canvas_of(histogram(by_class, "x"))
    labels = [label.get_text() for label in canvas.axes[0].get_yticklabels()]
    assert labels == [f"class {i} (n = 5)" for i in range(14)]
    floors = [p.get_data().baseline for p in canvas.axes[0].patches]
    assert floors == [13 - i // 2 for i in range(28)]


def test_histograms_of_nothing_and_of_constants_are_drawn():
    for by_class in ({}, {"a": []}, {"a": [1.0, 1.0]}, {"a": [math.nan]}):
        canvas_of(histogram(by_class, "x"))


def test_bars_reach_their_values_and_leave_out_what_is_missing():
    canvas = canvas_of(bars([Bar("a", 0.7, 0.6, 0.8, 0.9, 0.5), Bar("b", 0.4)], "accuracy"))
    axes = canvas.axes[0]
    assert [p.get_width() for p in axes.patches] == [0.7, 0.4]
    assert [list(line.get_xdata()) for line in axes.lines][0] == [0.6, 0.8]
    canvas_of(bars([], "accuracy"))


def test_a_band_stands_where_it_was_put_and_only_there():
    rows = [Bar("a", 0.5, band=(0.2, 0.4)), Bar("b", 0.6)]
    axes = canvas_of(bars(rows, "x", band_name="null")).axes[0]
    boxes = [p.get_bbox() for p in axes.patches if p.get_x() > 0]
    assert [(round(b.x0, 6), round(b.x1, 6)) for b in boxes] == [(0.2, 0.4)]
    assert "null" in axes.get_legend_handles_labels()[1]
    without = canvas_of(bars(rows[1:], "x", band_name="null")).axes[0]
    assert "null" not in without.get_legend_handles_labels()[1]


def test_a_forest_says_every_verdict_and_draws_what_can_be_drawn():
    rows = [
        Effect("a", 0.3, 0.2, 0.4, "supported", pooled=True),
        Effect("b", None, None, None, "untestable"), Effect("c", 0.1, None, math.nan, "odd"),
    ]  # fmt: skip
    canvas = canvas_of(forest(rows, "effect", 0.05))
    words = [t.get_text() for t in texts_of(canvas)]
    assert {"✓ supported", "– untestable", "· odd"} <= set(words)
    intervals = [line for line in canvas.axes[0].lines if len(set(line.get_ydata())) == 1]
    assert sorted(list(line.get_xdata()) for line in intervals) == [[0.1], [0.2, 0.4], [0.3]]
    canvas_of(forest([], "effect"))


def test_a_claim_without_an_interval_has_no_forest():
    assert claim_forest([{"id": "A", "effect": 0.1, "ci_low": None, "ci_high": math.nan}]) is None


def test_an_open_interval_reaches_the_edge_of_its_forest():
    canvas = canvas_of(forest([Effect("a", 0.3, 0.2, None, "supported")], "effect", 0.05))
    (line,) = [line for line in canvas.axes[0].lines if list(line.get_ydata()) == [0, 0]]
    assert list(line.get_xdata()) == [0.2, canvas.axes[0].get_xlim()[1]]
    row = {"id": "A", "effect": 0.1, "ci_low": 0.0, "ci_high": None}
    assert "to the right of zero" in claim_forest([row]).caption
    assert "to the right of the shaded strip" in claim_forest([{**row, "delta": 0.1}]).caption


def test_rows_in_another_unit_stay_out_of_a_claims_forest():
    row = {"id": "A", "effect": 0.1, "ci_low": 0.0, "ci_high": 0.2, "unit": "x", "scope": "here"}
    figure = claim_forest([row, {**row, "unit": "y", "scope": "there"}])
    words = [t.get_text() for t in texts_of(canvas_of(figure.draw))]
    assert "here" in words
    assert "there" not in words


def test_every_colour_of_the_style_has_one_for_a_dark_page():
    used = {look.colour for look in (*ROLES.values(), *OTHERS)} | {*VERDICT_COLOURS.values()}
    assert used <= set(DARK)
    assert len(set(DARK.values())) > 12


@pytest.mark.parametrize("colour", [*VERDICT_COLOURS.values(), INK])
def test_words_can_be_read_on_the_light_and_the_dark_page(colour):
    assert contrast(colour, PAPER) > 4.5
    assert contrast(DARK[colour], DARK[PAPER]) > 4.5


@pytest.mark.parametrize("colour", [look.colour for look in OTHERS])
def test_lines_can_be_seen_on_the_light_and_the_dark_page(colour):
    assert contrast(colour, PAPER) > 2.7
    assert contrast(DARK[colour], DARK[PAPER]) > 4.5
