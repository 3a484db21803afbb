"""A verdict on one row, as it goes into ``claims.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from brodmann.neurons.claims.claim import Claim, Value
from brodmann.neurons.claims.evidence import Evidence

Word = Literal["supported", "contradicted", "negligible", "inconclusive", "untestable"]
"""The five verdicts."""


@dataclass(frozen=True)
class Verdict:
    """What the rule says about one row.

    Attributes:
        claim: The claim.
        evidence: The row.
        word: The verdict.
        reason: Why, in a sentence.
        level: The corrected level at which the row was judged.
        summary: Further plain values (of the pooled row: in how many rows the claim holds).
    """

    claim: Claim
    evidence: Evidence
    word: Word
    reason: str
    level: float
    summary: Mapping[str, Value] = field(default_factory=dict)

    def row(self) -> dict[str, Value]:
        """The object of ``claims.json``: plain values, None where there is no number."""
        low, high = self.evidence.at_level(self.level) or (None, None)
        tested = self.evidence.interval is not None
        fields: dict[str, Value] = {
            "id": self.claim.id,
            "paper": self.claim.paper,
            "statement": self.claim.statement,
            "effect": _number(self.evidence.effect),
            "unit": self.claim.unit,
            "ci_low": _number(low),
            "ci_high": _number(high),
            "null": self.claim.null,
            "p_value": float(self.evidence.p_value) if tested else None,
            "n": int(self.evidence.n),
            "verdict": self.word,
            "reason": self.reason,
            "scope": self.evidence.scope,
            "level": self.level,
            "delta": self.claim.delta,
            "estimand": self.claim.estimand,
            "smallest_p": float(self.evidence.smallest_p) if tested else None,
            "inference_unit": self.claim.inference_unit,
            "seeds": self.evidence.seeds,
            "sensitivity": "; ".join(
                f"{other.name}: {other.effect:.4g}" for other in self.evidence.sensitivity
            ),
        }
        more = {**self.evidence.notes, **self.summary}
        return {**fields, **{name: more[name] for name in more if name not in fields}}


def _number(value: float | None) -> float | None:
    """JSON has no infinity: an interval without an end has None there."""
    return None if value is None or abs(value) == float("inf") else float(value)
