"""Values as a person reads them: few digits, real minus signs, a dash for what is missing."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import cast

from brodmann.report.findings import Cell

MISSING = "–"
"""Shown where there is no value."""
MINUS = "\N{MINUS SIGN}"
"""Shown before negative numbers: as wide as a plus, unlike a hyphen."""

SITE = re.compile(r"(\w+)\.(\d+)\.ffn")
"""Name of the FFN of a block."""
SMALLEST = 0.001
"""What three decimals can show."""
COARSE = 0.01
"""A column with a number as large as this is shown to three decimals."""


def is_number(value: object) -> bool:
    """Whether it is a finite number (a truth value is none).

    Example:
        >>> is_number(0.5), is_number(float("nan")), is_number(True), is_number("1")
        (True, False, False, False)
    """
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def number(value: object) -> float | None:
    """A finite number as a float, anything else as None.

    Example:
        >>> number(2), number(float("inf")), number("a")
        (2.0, None, None)
    """
    return float(cast("float", value)) if is_number(value) else None


def shown(value: Cell, signed: bool = False) -> str:
    """A value with at most three meaningful digits.

    Args:
        value: What a table holds.
        signed: Whether a positive number gets a plus.

    Example:
        >>> [shown(v) for v in (0.91598, 1234567, 1e-7, -0.25, True, None, float("nan"), "a")]
        ['0.916', '1,234,567', '1.0e-07', '−0.250', 'yes', '–', '–', 'a']
        >>> shown(0.5, signed=True)
        '+0.500'
    """
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    text = f"{abs(value):,}" if isinstance(value, int) else _real(abs(value))
    sign = MINUS if value < 0 else "+" if signed and value > 0 else ""
    return sign + text


def estimate(value: Cell, signed: bool = False) -> str:
    """An effect or the end of its interval: three decimals, however small it is.

    Args:
        value: What a claim holds.
        signed: Whether what is not negative gets a plus.

    Example:
        >>> [estimate(v, signed=True) for v in (-1.9e-19, 7.3e-05, 0.0, -0.0007, 0.5, None)]
        ['+0.000', '+0.000', '+0.000', '−0.001', '+0.500', '–']
        >>> estimate(-1.9e-19), estimate(12.34)
        ('0.000', '12.3')
    """
    size = number(value)
    if size is None or abs(size) >= 1:
        return shown(value, signed)
    rounded = round(size, 3)
    return (MINUS if rounded < 0 else "+" if signed else "") + f"{abs(rounded):.3f}"


def _real(size: float) -> str:
    if math.isinf(size):
        return "∞"
    if size == 0 or 0.001 <= size < 10:
        return f"{size:.3f}"
    if 10 <= size < 1e6:
        return f"{size:,.1f}"
    return f"{size:.1e}"


def chance(p: Cell) -> str:
    """A p-value with two meaningful digits, or what it is below.

    Example:
        >>> chance(0.61), chance(0.0095), chance(0.00002), chance(None)
        ('0.61', '0.0095', '< 0.0001', '–')
    """
    if not is_number(p):
        return shown(p)
    value = float(cast("float", p))
    if value < 0.0001:
        return "< 0.0001"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def interval(row: Mapping[str, Cell], low: str = "ci_low", high: str = "ci_high") -> str:
    """The ends of an interval, one where the other is open, or nothing where there is none.

    Example:
        >>> interval({"ci_low": -0.1, "ci_high": 0.25})
        '−0.100 to 0.250'
        >>> interval({"ci_low": 0.1, "ci_high": None}), interval({"ci_high": 0.25}), interval({})
        ('0.100 or more', '0.250 or less', '')
    """
    first, last = row.get(low), row.get(high)
    if is_number(first) and is_number(last):
        return f"{estimate(first)} to {estimate(last)}"
    if is_number(first):
        return f"{estimate(first)} or more"
    return f"{estimate(last)} or less" if is_number(last) else ""


def typeset(text: str) -> str:
    """A sentence with real minus signs.

    Example:
        >>> typeset("from -1.077 to 1.338, within +-0.02, one-sided")
        'from −1.077 to 1.338, within ±0.02, one-sided'
    """
    return re.sub(r"(?<![\w.+])-(?=\d)", MINUS, text.replace("+-", "±"))


def spoken_layer(text: str) -> str:
    """The name of a site as figures have it; any other text as it is.

    Example:
        >>> spoken_layer("decoder.0.ffn"), spoken_layer("decoder.0.ffn:17"), spoken_layer("senses")
        ('decoder layer 0', 'decoder.0.ffn:17', 'senses')
    """
    found = SITE.fullmatch(text)
    return f"{found[1]} layer {found[2]}" if found else text


def column_texts(cells: Sequence[Cell]) -> list[str]:
    """The cells of one column, alike: no powers of ten beside numbers of three decimals.

    Example:
        >>> column_texts([0.25, 8.3e-04, -2e-05, 0.0]), column_texts([1e-05, 3e-04])
        (['0.250', '< 0.001', '> −0.001', '0.000'], ['1.0e-05', '3.0e-04'])
    """
    sizes = [abs(size) for size in map(number, cells) if size is not None]
    coarse = max(sizes, default=0.0) >= COARSE
    return [_among_coarse(one) if coarse else spoken_layer(shown(one)) for one in cells]


def _among_coarse(value: Cell) -> str:
    size = number(value)
    if size is None or size == 0 or abs(size) >= SMALLEST:
        return spoken_layer(shown(value))
    return f"< {SMALLEST}" if size > 0 else f"> {MINUS}{SMALLEST}"


def clip(text: object, length: int) -> str:
    """A text of at most so many characters, with an ellipsis where it was cut.

    Example:
        >>> clip("a very long name", 8), clip("short", 8)
        ('a very …', 'short')
    """
    words = str(text)
    return words if len(words) <= length else words[: length - 1] + "…"


def plain(text: str) -> str:
    """The text without what UTF-8 cannot hold (lone halves of surrogate pairs) and without NUL.

    Example:
        >>> plain("a" + chr(0xD800) + chr(0) + "b")
        'a?b'
    """
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
