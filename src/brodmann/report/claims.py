"""Claims as the page and the terminal show them: one entry per claim, its rows below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from brodmann.report.cells import chance, estimate, interval, number, shown, spoken_layer, typeset
from brodmann.report.findings import Cell
from brodmann.report.verdicts import Verdict, verdict_of

Object = Mapping[str, Cell]
"""One claim of ``claims.json``, field -> value."""
DETAILS = {
    "estimand": "What was measured",
    "delta": "Smallest effect worth naming",
    "level": "Level after correction for many claims",
    "smallest_p": "Smallest p that could be reached",
    "inference_unit": "What was sampled",
    "seeds": "Seeds",
}
"""Free field of ``claims.json`` -> what the page calls it."""
OTHER_CHOICES = "sensitivity"
"""Free field of ``claims.json``: effects by other ablations, thresholds or metrics."""
NOT_RUN = "not_run"
"""Free field of ``claims.json``: the part that would have judged the claim, and was not asked."""
PROBABILITIES = {"level", "smallest_p"}
"""Free fields that are shown as probabilities."""


@dataclass(frozen=True)
class Glyph:
    """An interval as a small picture, in per cent of its width.

    Attributes:
        low: Left end of the interval; 0 where it is open.
        high: Right end of the interval; 100 where it is open.
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
        holds: In how many rows it holds, in words; empty where that is not known.
        details: How it was judged: what -> value.
        not_run: The part that was not asked for; empty where the claim was judged.
    """

    id: str
    statement: str
    paper: str
    pooled: Row
    rows: Sequence[Row]
    objects: Sequence[Object]
    holds: str
    details: Mapping[str, str]
    not_run: str = ""


def left_out(claims: Sequence[Claim]) -> str:
    """Claims of parts that were not asked for, in one line; empty where all were.

    Example:
        >>> rows = [{"id": "SN-2", "not_run": "predictivity"}, {"id": "SN-3"},
        ...         {"id": "SN-1", "not_run": "predictivity"}]
        >>> left_out(grouped(rows))
        'parts=predictivity (SN-2, SN-1)'
    """
    by_part: dict[str, list[str]] = {}
    for claim in claims:
        if claim.not_run:
            by_part.setdefault(claim.not_run, []).append(claim.id)
    return "; ".join(f"parts={part} ({', '.join(ids)})" for part, ids in by_part.items())


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
    holds = str(first.get("holds") or "")
    said = {key: value for key, value in first.items() if value not in (None, "")}
    details = {
        label: (chance if key in PROBABILITIES else shown)(said[key])
        for key, label in DETAILS.items()
        if key in said
    } | _sensitivity(said)
    return Claim(name, statement, paper, pooled, rows, ordered, holds, details,
                 str(first.get(NOT_RUN) or ""))  # fmt: skip


def _sensitivity(said: Object) -> dict[str, str]:
    """The effect under other choices, with the unit of the claim."""
    if not said.get(OTHER_CHOICES):
        return {}
    unit = f", in {said['unit']} where not said" if said.get("unit") else ""
    return {f"Under other choices{unit}": typeset(str(said[OTHER_CHOICES]))}


def _row(claim: Object, together: Sequence[Object]) -> Row:
    return Row(
        scope=spoken_layer(str(claim.get("scope") or "pooled")),
        verdict=verdict_of(claim.get("verdict")),
        effect=estimate(claim.get("effect"), signed=True),
        unit=str(claim.get("unit") or ""),
        interval=interval(claim),
        null=shown(claim.get("null")),
        p=chance(claim.get("p_value")),
        n=shown(claim.get("n")),
        reason=typeset(str(claim.get("reason") or "")),
        glyph=glyph(claim, [other for other in together if other.get("unit") == claim.get("unit")]),
    )


def glyph(claim: Object, together: Sequence[Object] = ()) -> Glyph | None:
    """The picture of an interval; zero and the smallest effect worth naming are always in it.

    Args:
        claim: Its ``effect``, ``ci_low``, ``ci_high`` and, where given, ``delta``.
        together: Rows that share its scale, so that their pictures can be compared.

    Returns:
        None without an estimate or without any end of the interval.

    Example:
        >>> picture = glyph({"effect": 0.5, "ci_low": 0.0, "ci_high": 1.0})
        >>> picture.zero, picture.effect, picture.high
        (4.0, 50.0, 96.0)
    """
    ends = _ends(claim)
    if ends is None:
        return None
    shared = [
        place for row in (claim, *together) for place in _ends(row) or () if place is not None
    ]
    left, right = min(shared), max(shared)
    scale = 92.0 / ((right - left) or 1.0)
    low, high, *rest = (
        None if end is None else round(4.0 + (end - left) * scale, 2) for end in ends
    )
    return Glyph(
        0.0 if low is None else low,
        100.0 if high is None else high,
        *(0.0 if end is None else end for end in rest),
    )


def _ends(claim: Object) -> tuple[float | None, ...] | None:
    """Interval, estimate, zero and the strip around it, in the order of :class:`Glyph`."""
    low, high, effect = (number(claim.get(key)) for key in ("ci_low", "ci_high", "effect"))
    if effect is None or (low is None and high is None):
        return None
    delta = abs(number(claim.get("delta")) or 0.0)
    return low, high, effect, 0.0, -delta, delta
