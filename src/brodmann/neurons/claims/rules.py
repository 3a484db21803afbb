"""When one row says supported, contradicted or negligible, and why it does not."""

from __future__ import annotations

from collections.abc import Callable

from brodmann.neurons.claims.claim import Claim
from brodmann.neurons.claims.evidence import Evidence, reasons
from brodmann.neurons.claims.verdict import Word

Case = tuple[Claim, Evidence]
"""A claim and one row of evidence on it."""


def p_supported(case: Case) -> float:
    """The smallest level at which the row says supported; 1 where it cannot."""
    claim, row = case
    return 1.0 if reasons(claim, row) or _opposed(row) else row.p_above(claim.delta)


def p_contradicted(case: Case) -> float:
    """The smallest level at which the row says contradicted; 1 where it cannot."""
    claim, row = case
    return 1.0 if reasons(claim, row) or _opposed(row) else row.p_below(claim.delta)


def p_negligible(case: Case) -> float:
    """The smallest level at which the row says negligible; 1 where it cannot."""
    claim, row = case
    return 1.0 if reasons(claim, row) or _larger(claim, row) else row.p_within(claim.delta)


RULES: dict[Word, Callable[[Case], float]] = {
    "supported": p_supported,
    "contradicted": p_contradicted,
    "negligible": p_negligible,
}
"""Verdict -> the smallest level at which its rule holds."""


def _opposed(row: Evidence) -> list[str]:
    """Sensitivity rows whose sign is not that of the effect; second conditions ask of support."""
    effect = row.effect or 0.0
    return [
        other.name
        for other in row.sensitivity
        if other.effect * effect < 0 and (effect > 0 or not other.second)
    ]


def _larger(claim: Claim, row: Evidence) -> list[str]:
    """Sensitivity rows with an effect worth naming, in the unit of the claim."""
    return [
        other.name
        for other in row.sensitivity
        if abs(other.effect) > claim.delta and not (other.other_unit or other.second)
    ]


def explain(claim: Claim, row: Evidence, word: Word | None, level: float) -> str:
    """The reason of a verdict, in a sentence.

    Args:
        claim: The claim.
        row: The row.
        word: The rule that passed; None where none did.
        level: The level at which the row was judged.
    """
    delta = f"{claim.delta:g}"
    places = {
        "supported": f"above {delta}",
        "contradicted": f"below {0 - claim.delta:g}",
        "negligible": f"within +-{delta}",
    }
    if word is None:
        return "; ".join(_doubts(claim, row, level))
    agrees = ", and its t test agrees" if row.own_test else ", and the test agrees"
    return (
        f"the interval at level {level:.4f} lies {places[word]}"
        f"{'' if word == 'negligible' else agrees}"
    )


def _doubts(claim: Claim, row: Evidence, level: float) -> list[str]:
    """What kept a testable row from any verdict."""
    bounds = row.at_level(level)
    if bounds is None:
        return ["nothing was measured"]
    low, high = bounds
    delta = claim.delta
    inside = -delta <= low and high <= delta
    opposed, larger = _opposed(row), _larger(claim, row)
    checks = {
        f"the sign differs {_by(opposed)}": bool(opposed),
        f"the effect is larger {_by(larger)}": inside and bool(larger),
        "single disturbances cannot show that an effect is negligible": inside and row.one_shot,
        f"the test does not agree (p = {row.p_value:.4f})": low > delta and row.p_value > level,
        "the mirrored test does not agree": (
            high < -delta and (row.p_mirror is None or row.p_mirror > level)
        ),
        f"the interval at level {level:.4f} reaches from {low:.4g} to {high:.4g},"
        f" {_reach(low, high, delta)}": low <= delta and high >= -delta,
    }
    return [words for words, true in checks.items() if true]


def _by(names: list[str]) -> str:
    return f"by {'this reading' if len(names) == 1 else 'these readings'}: {', '.join(names)}"


def _reach(low: float, high: float, delta: float) -> str:
    """Which limits an interval crosses that excludes neither; where none, that it lies within."""
    crossed = [f"{limit:g}" for limit in sorted({delta, -delta}) if low <= limit <= high]
    return f"across {' and '.join(crossed)}" if crossed else f"within +-{delta:g}"
