"""Cards of units: histograms by class and texts shaded by activation, ready for the page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from brodmann.report.cells import shown
from brodmann.report.findings import Card, Shaded

BINS = 32
"""Bars of a card's histogram."""
STEPS = 8
"""Strengths of shading."""
WINDOW = 40
"""Tokens shown around the strongest one of a long text."""


@dataclass(frozen=True)
class Strip:
    """The activations of one class as bars.

    Attributes:
        name: The class.
        heights: Per bin, 0 to 100, the tallest of all classes being 100.
        mean: Place of the mean, in per cent of the width; None without values.
        shown_mean: The mean in words.
        n: How many activations.
    """

    name: str
    heights: Sequence[float]
    mean: float | None
    shown_mean: str
    n: int


@dataclass(frozen=True)
class Token:
    """One token of a text.

    Attributes:
        text: What is shown.
        shade: Its class in the stylesheet: ``p1`` to ``p8``, ``n1`` to ``n8``, or empty.
        value: Its activation in words.
        peak: Whether no other token of the text is stronger.
        joined: Whether it belongs to the word before it.
    """

    text: str
    shade: str
    value: str
    peak: bool
    joined: bool


@dataclass(frozen=True)
class Passage:
    """A text with shaded tokens.

    Attributes:
        tokens: The tokens shown.
        label: Name of its class.
        top: The value of its strongest token, in words.
        before: Whether tokens before were left out.
        after: Whether tokens after were left out.
    """

    tokens: Sequence[Token]
    label: str
    top: str
    before: bool
    after: bool


@dataclass(frozen=True)
class CardView:
    """All that the page shows of a unit.

    Attributes:
        card: As it came.
        strips: A histogram per class.
        low: Left end of the histograms.
        high: Right end of the histograms.
        zero: Place of zero in per cent, or None when it is outside.
        highest: Texts that drive it highest.
        lowest: Texts that drive it lowest.
        scale: The activation at full shading, in words.
    """

    card: Card
    strips: Sequence[Strip]
    low: str
    high: str
    zero: float | None
    highest: Sequence[Passage]
    lowest: Sequence[Passage]
    scale: str


def view(card: Card) -> CardView:
    """A card with its histograms over common bins and its texts on a common scale of shading."""
    texts = [*card.highest, *card.lowest]
    full = max((abs(v) for text in texts for v in text.values if math.isfinite(v)), default=0.0)
    edges = _edges(card.by_class)
    low, high = float(edges[0]), float(edges[-1])
    return CardView(
        card, strips(card.by_class), shown(low), shown(high),
        round(100 * -low / (high - low), 2) if low <= 0 <= high else None,
        [passage(text, full) for text in card.highest],
        [passage(text, full) for text in card.lowest],
        shown(full),
    )  # fmt: skip


def strips(by_class: Mapping[str, Sequence[float]]) -> list[Strip]:
    """A histogram per class: share per bin, on one scale.

    Args:
        by_class: Class name -> activations; what is not finite is left out.

    Example:
        >>> strips({"a": [0.0, 1.0], "b": []})[0].mean
        50.0
    """
    edges = _edges(by_class)
    clean = {name: _finite(values) for name, values in by_class.items()}
    shares = {
        name: np.histogram(values, edges)[0] / max(1, len(values)) for name, values in clean.items()
    }
    tallest = max((float(share.max()) for share in shares.values()), default=0.0) or 1.0
    width = float(edges[-1] - edges[0])
    return [
        Strip(
            name, [round(100 * float(height) / tallest, 1) for height in shares[name]],
            round(100 * float(values.mean() - edges[0]) / width, 2) if len(values) else None,
            shown(float(values.mean())) if len(values) else shown(None), len(values),
        )
        for name, values in clean.items()
    ]  # fmt: skip


def passage(text: Shaded, full: float) -> Passage:
    """A text around its strongest token.

    Args:
        text: Tokens with a value each.
        full: The activation of full shading, above 0 if anything is shaded.

    Returns:
        At most :data:`WINDOW` tokens.
    """
    sizes = [abs(v) if math.isfinite(v) else 0.0 for v in text.values]
    peak = int(np.argmax(sizes)) if sizes else 0
    start = max(0, min(peak - WINDOW // 2, len(text.tokens) - WINDOW))
    stop = min(len(text.tokens), start + WINDOW)
    tokens = [
        _token(text.tokens[i], text.values[i], full, i == peak and sizes[i] > 0, i > start)
        for i in range(start, stop)
    ]
    top = shown(text.values[peak]) if sizes else shown(None)
    return Passage(tokens, text.label, top, start > 0, stop < len(text.tokens))


def shade(value: float, full: float) -> str:
    """The class of the stylesheet that a value is shaded with.

    Example:
        >>> shade(1.0, 1.0), shade(-0.5, 1.0), shade(0.01, 1.0), shade(float("nan"), 1.0)
        ('p8', 'n4', '', '')
    """
    if not math.isfinite(value) or full <= 0:
        return ""
    step = round(STEPS * min(1.0, abs(value) / full))
    return f"{'p' if value > 0 else 'n'}{step}" if step else ""


def _token(text: str, value: float, full: float, peak: bool, inside: bool) -> Token:
    joined = inside and len(text) > 2 and text.startswith("##")
    return Token(text[2:] if joined else text, shade(value, full), shown(value), peak, joined)


def _edges(by_class: Mapping[str, Sequence[float]]) -> np.ndarray:
    together = np.concatenate([np.empty(0), *(_finite(values) for values in by_class.values())])
    return np.histogram_bin_edges(together, BINS)


def _finite(values: Sequence[float]) -> np.ndarray:
    array = np.asarray(values, dtype=float)
    return array[np.isfinite(array)]
