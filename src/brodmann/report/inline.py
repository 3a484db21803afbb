"""A figure inside the page: a drawing that takes the page's colours, or a picture."""

from __future__ import annotations

import base64
import re

from markupsafe import Markup, escape

from brodmann.report.cells import plain
from brodmann.report.figures import drawn
from brodmann.report.findings import Figure
from brodmann.report.style import DARK, variable

LARGEST_DRAWING = 400_000
"""Characters beyond which a picture is put in: a drawing of so many points opens slowly."""


def inlined(figure: Figure, prefix: str, data: bytes | None = None) -> Markup:
    """The markup of a figure; it loads nothing and runs nothing.

    Args:
        figure: What to draw.
        prefix: Put before every id, so that no two drawings of a page share one.
        data: The drawing, if it is at hand.

    Returns:
        An ``svg`` element, or an ``img`` element that holds its picture.
    """
    drawing = (data or drawn(figure, "svg")).decode("utf-8")
    if len(drawing) > LARGEST_DRAWING:
        picture = base64.b64encode(drawn(figure, "png")).decode("ascii")
        label = escape(plain(f"{figure.title}. {figure.caption}"))
        return Markup('<img src="data:image/png;base64,{}" alt="{}">').format(picture, label)
    return Markup(_adapted(drawing, plain(f"{figure.title}. {figure.caption}"), prefix))  # noqa: S704


def _adapted(drawing: str, label: str, prefix: str) -> str:
    """The drawing as HTML wants it; matplotlib has escaped every text in it."""
    body = drawing[drawing.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    view = re.search(r'viewBox="([-\d. ]+)"', body)
    opening = f'<svg role="img" aria-label="{escape(label)}" viewBox="{view[1] if view else ""}">'
    body = opening + body[body.index(">") + 1 :]
    body = re.sub(r'\bid="', f'id="{prefix}-', body)
    body = re.sub(r'(xlink:href="#|url\(#)', rf"\g<1>{prefix}-", body)
    body = re.sub(r"font-family: [^;\"]+", "font-family: inherit", body)
    body = re.sub(r"'DejaVu Sans'[^;\"]*", "var(--sans)", body)
    return _themed(body)


def _themed(body: str) -> str:
    pattern = "|".join(DARK)
    return re.sub(pattern, lambda found: f"var({variable(found[0])})", body)
