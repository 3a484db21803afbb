"""Figures as files: ``figures/<name>.png`` and ``.svg``, equal bytes for equal values."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas

from brodmann.lab.files import replacing
from brodmann.report.findings import Figure, Finding
from brodmann.report.names import stems
from brodmann.report.style import RC

FORMS = ("png", "svg")
"""The drawing comes last."""
NO_DATES: dict[str, dict[str, None]] = {
    "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
    "png": {"Software": None},
}
"""Metadata of matplotlib that names a clock or a version, taken out."""


def drawn(figure: Figure, form: str) -> bytes:
    """A figure in the house style, as the bytes of a file.

    Nothing of ``pyplot`` is touched: the canvas is made here and forgotten here. A letter that the
    font lacks is a box in the picture and stays a letter in the drawing.

    Args:
        figure: What to draw.
        form: ``svg`` or ``png``.

    Example:
        >>> note = lambda canvas: canvas.text(0.5, 0.5, "here")
        >>> drawn(Figure("a", "A", "", "", note), "svg")[:5]
        b'<?xml'
    """
    with mpl.rc_context(RC), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        canvas = Canvas(figsize=figure.size, layout="constrained")
        FigureCanvasAgg(canvas)
        figure.draw(canvas)
        buffer = io.BytesIO()
        canvas.savefig(buffer, format=form, metadata=NO_DATES[form])
    return buffer.getvalue()


def write_figures(figures: Sequence[Figure], folder: Path) -> dict[str, bytes]:
    """Write every figure twice, as a picture and as a drawing.

    Args:
        figures: Names must differ.
        folder: The study's folder; ``figures`` is made in it.

    Returns:
        The drawing (SVG) of each figure by its name, so that the page need not draw it again.

    Raises:
        RunError: Two figures have one name, or the disk is full.
    """
    target = folder / "figures"
    target.mkdir(parents=True, exist_ok=True)
    drawings = {}
    for figure, name in zip(figures, stems([f.name for f in figures]), strict=True):
        for form in FORMS:
            data = drawings[figure.name] = drawn(figure, form)
            with replacing(target / f"{name}.{form}") as part:
                part.write_bytes(data)
                part.chmod(0o644)
    return drawings


def all_figures(findings: Sequence[Finding]) -> list[Figure]:
    """The figures of all chapters, in order."""
    return [figure for finding in findings for figure in finding.figures]
