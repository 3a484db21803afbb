import struct
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from tests.report import example

from brodmann.errors import RunError
from brodmann.report import inline
from brodmann.report.figures import drawn, write_figures
from brodmann.report.findings import Figure
from brodmann.report.inline import inlined
from brodmann.report.plots import curves, histogram

FIGURES = {figure.name: figure for figure in example.figures()}


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("form", ["png", "svg"])
def test_equal_figures_give_equal_bytes(name, form):
    again = next(f for f in example.figures() if f.name == name)
    assert drawn(FIGURES[name], form) == drawn(again, form)


def test_files_are_written_twice_per_figure(tmp_path):
    drawings = write_figures(example.figures()[:2], tmp_path)
    folder = tmp_path / "figures"
    assert sorted(path.name for path in folder.iterdir()) == [
        "best-neurons.png", "best-neurons.svg", "curves-sst2.png", "curves-sst2.svg",
    ]  # fmt: skip
    width, height = struct.unpack(">II", (folder / "best-neurons.png").read_bytes()[16:24])
    assert (width, height) == (int(6.4 * 160), int(4.2 * 160))
    assert drawings["curves-sst2"] == (folder / "curves-sst2.svg").read_bytes()
    assert ElementTree.fromstring(drawings["curves-sst2"]).tag.endswith("svg")


def test_no_clock_and_no_version_in_the_bytes():
    for form in ("png", "svg"):
        data = drawn(FIGURES["ranks"], form)
        assert mpl.__version__.encode() not in data
        assert b"<dc:date>" not in data
        assert b"Software" not in data


def test_settings_of_matplotlib_stay_as_they_were():
    before = dict(mpl.rcParams)
    drawn(FIGURES["ranks"], "svg")
    assert dict(mpl.rcParams) == before


def test_pyplot_is_never_imported():
    program = (
        "import sys; from tests.report import example; from brodmann.report.page import page;"
        "page(example.report()); print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("False", "")


def test_two_figures_of_one_name_are_refused(tmp_path):
    with pytest.raises(RunError, match="ranks"):
        write_figures([FIGURES["ranks"], FIGURES["ranks"]], tmp_path)
    assert not list((tmp_path / "figures").iterdir())


def test_a_figure_whose_drawing_fails_leaves_no_file(tmp_path):
    def broken(canvas):
        raise ValueError("no data")

    with pytest.raises(ValueError, match="no data"):
        write_figures([Figure("a", "A", "", "", broken)], tmp_path)
    assert not list((tmp_path / "figures").iterdir())


def test_hostile_texts_in_a_drawing_are_escaped():
    draw = histogram({example.HOSTILE: [0.0, 1.0]}, "$x_1^2$ & <b>")
    body = str(inlined(Figure("h", example.QUOTED, example.HOSTILE, "", draw), "f0"))
    root = ElementTree.fromstring(body.replace("xlink:href", "href"))
    assert root.attrib["aria-label"] == f"{example.QUOTED}. {example.HOSTILE}"
    assert "$x_1^2$ & <b>" in ["".join(element.itertext()) for element in root.iter("text")]
    assert "<script" not in body


def test_a_heavy_drawing_becomes_a_picture(monkeypatch):
    monkeypatch.setattr(inline, "LARGEST_DRAWING", 1000)
    body = str(inlined(Figure("h", example.QUOTED, "", "", curves([])), "f0"))
    assert body.startswith('<img src="data:image/png;base64,iVBOR')
    assert example.QUOTED not in body


def test_letters_that_the_font_lacks_do_not_stop_a_figure():
    draw = histogram({"日本語": np.arange(4.0)}, "值")
    figure = Figure("h", "", "", "", draw)
    assert drawn(figure, "png")
    assert "日本語" in drawn(figure, "svg").decode("utf-8")
