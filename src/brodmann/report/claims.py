"""Claims as the page and the terminal show them: one entry per claim, its rows below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from brodmann.report.cells import chance, interval, is_number, shown
from brodmann.report.findings import Cell
from brodmann.report.verdicts import Verdict, verdict_of

Object = Mapping[str, Cell]


@dataclass(frozen=True)
class Glyph:
    """An interval as a small picture, in per cent of its width.

    Attributes:
        low: Left end of the interval.
        high: Right end of the interval.
        effect: The estimate.
        zero: Where nothing would be.
        near: Left end of the strip that is too small to name.
        far: Right end of that strip.
    """

    low: float
    high: float
    effect: float
    zero: float
    near: float
    far: float


@dataclass(frozen=True)
class Row:
    """One object of ``claims.json`` in words.

    Attributes:
        scope: For what it holds: pooled, or a task, a model, a layer.
        verdict: How it is judged.
        effect: Estimate with sign.
        unit: What the effect is counted in.
        interval: Its ends, or empty.
        null: What it was compared with.
        p: Probability under the null.
        n: Sample, as the study counts it.
        reason: Why this verdict.
        glyph: The interval as a picture, or None.
    """

    scope: str
    verdict: Verdict
    effect: str
    unit: str
    interval: str
    null: str
    p: str
    n: str
    reason: str
    glyph: Glyph | None


@dataclass(frozen=True)
class Claim:
    """One claim.

    Attributes:
        id: As in ``claims.json``.
        statement: What is claimed.
        paper: Who claims it.
        pooled: The row that counts.
        rows: The rows below it.
        objects: All of them as they came, the pooled one first.
    """

    id: str
    statement: str
    paper: str
    pooled: Row
    rows: Sequence[Row]
    objects: Sequence[Object]


def grouped(claims: Sequence[Object]) -> list[Claim]:
    """One entry per id, in order of appearance; the row of scope ``pooled``, else the first, leads.

    Example:
        >>> entry, = grouped([{"id": "A", "scope": "sst2"}, {"id": "A", "scope": "pooled"}])
        >>> entry.pooled.scope, [row.scope for row in entry.rows]
        ('pooled', ['sst2'])
    """
    by_id: dict[str, list[Object]] = {}
    for claim in claims:
        by_id.setdefault(str(claim.get("id")), []).append(claim)
    return [_claim(name, members) for name, members in by_id.items()]


def _claim(name: str, members: list[Object]) -> Claim:
    ordered = sorted(members, key=lambda row: row.get("scope") != "pooled")
    first = ordered[0]
    pooled, *rows = (_row(row, ordered) for row in ordered)
    statement, paper = shown(first.get("statement")), str(first.get("paper") or "")
    return Claim(name, statement, paper, pooled, rows, ordered)


def _row(claim: Object, together: Sequence[Object]) -> Row:
    return Row(
        scope=str(claim.get("scope") or "pooled"),
        verdict=verdict_of(claim.get("verdict")),
        effect=shown(claim.get("effect"), signed=True),
        unit=str(claim.get("unit") or ""),
        interval=interval(claim),
        null=shown(claim.get("null")),
        p=chance(claim.get("p_value")),
        n=shown(claim.get("n")),
        reason=str(claim.get("reason") or ""),
        glyph=glyph(claim, [other for other in together if other.get("unit") == claim.get("unit")]),
    )


def glyph(claim: Object, together: Sequence[Object] = ()) -> Glyph | None:
    """The picture of an interval; zero and the smallest effect worth naming are always in it.

    Args:
        claim: Its ``effect``, ``ci_low``, ``ci_high`` and, where given, ``delta``.
        together: Rows that share its scale, so that their pictures can be compared.

    Returns:
        None where one of the three is missing.

    Example:
        >>> picture = glyph({"effect": 0.5, "ci_low": 0.0, "ci_high": 1.0})
        >>> picture.zero, picture.effect, picture.high
        (4.0, 50.0, 96.0)
    """
    ends = _ends(claim)
    if ends is None:
        return None
    shared = [place for row in (claim, *together) for place in _ends(row) or ()]
    left, right = min(shared), max(shared)
    scale = 92.0 / ((right - left) or 1.0)
    return Glyph(*(round(4.0 + (value - left) * scale, 2) for value in ends))


def _ends(claim: Object) -> tuple[float, ...] | None:
    """Interval, estimate, zero and the strip around it, in the order of :class:`Glyph`."""
    values = [claim.get(key) for key in ("ci_low", "ci_high", "effect")]
    if not all(map(is_number, values)):
        return None
    delta = abs(float(cast("float", claim["delta"]))) if is_number(claim.get("delta")) else 0.0
    return (*(float(cast("float", value)) for value in values), 0.0, -delta, delta)
