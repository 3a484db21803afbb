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
    """Sensitivity rows whose sign is not that of the effect."""
    effect = row.effect or 0.0
    return [other.name for other in row.sensitivity if other.effect * effect < 0]


def _larger(claim: Claim, row: Evidence) -> list[str]:
    """Sensitivity rows with an effect worth naming."""
    return [other.name for other in row.sensitivity if abs(other.effect) > claim.delta]


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
    agrees = "" if word == "negligible" else ", and the test agrees"
    return f"the interval at level {level:.4f} lies {places[word]}{agrees}"


def _doubts(claim: Claim, row: Evidence, level: float) -> list[str]:
    """What kept a testable row from any verdict."""
    bounds = row.at_level(level)
    if bounds is None:
        return ["nothing was measured"]
    low, high = bounds
    delta = claim.delta
    checks = {
        f"the sign differs under {', '.join(_opposed(row))}": bool(_opposed(row)),
        f"the effect is larger under {', '.join(_larger(claim, row))}": (
            -delta <= low and high <= delta and bool(_larger(claim, row))
        ),
        "single disturbances cannot show that an effect is negligible": (
            -delta <= low and high <= delta and row.one_shot
        ),
        f"the test does not agree (p = {row.p_value:.4f})": low > delta and row.p_value > level,
        "the mirrored test does not agree": (
            high < -delta and (row.p_mirror is None or row.p_mirror > level)
        ),
        f"the interval at level {level:.4f} reaches from {low:.4g} to {high:.4g}, across"
        f" {_crossed(low, high, delta)}": low <= delta and high >= -delta,
    }
    return [words for words, true in checks.items() if true]


def _crossed(low: float, high: float, delta: float) -> str:
    limits = sorted({delta, -delta})
    return " and ".join(f"{limit:g}" for limit in limits if low <= limit <= high) or "no limit"
