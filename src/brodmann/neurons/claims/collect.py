"""All rows of a study: which are pooled, in how many the claim holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from brodmann.errors import RunError
from brodmann.neurons.claims.claim import Claim
from brodmann.neurons.claims.evidence import POOLED, Evidence, not_measured
from brodmann.neurons.claims.judge import LEVEL, judge, judge_rows
from brodmann.neurons.claims.rules import p_supported
from brodmann.neurons.claims.verdict import Verdict
from brodmann.neurons.statistics.multiple import holds_in


def holds(claim: Claim, rows: Sequence[Evidence], level: float = LEVEL) -> dict[str, str | int]:
    """In how many rows the claim holds at least (partial conjunction).

    Args:
        claim: The claim.
        rows: Evidence by task, layer or model; untestable rows count as not holding.
        level: Chance that the count is too large.

    Returns:
        ``holds_in`` (u), ``holds_of`` (n) and the sentence ``holds``.
    """
    if not rows:
        return {}
    p_values = [p_supported((claim, row)) for row in rows]
    count = holds_in(p_values, level)
    words = f"holds in at least {count} of {len(rows)}" if count else "is shown in none of them"
    return {"holds_in": count, "holds_of": len(rows), "holds": words}


def judge_study(
    claims: Sequence[Claim],
    evidence: Mapping[str, Sequence[Evidence]],
    beforehand: Mapping[str, str] | None = None,
    level: float = LEVEL,
) -> list[Verdict]:
    """All verdicts of a study: each claim's pooled row first, then its other rows.

    Args:
        claims: The frozen claims. Those that are not primary are judged alone, and say so.
        evidence: Claim id -> rows, exactly one of them ``pooled``.
        beforehand: Claim id -> why it could not be tested, known before anything was run; these
            do not count in Holm's correction.
        level: Family-wise error rate.

    Raises:
        RunError: A claim without exactly one pooled row, or evidence for an unknown claim.
    """
    known = beforehand or {}
    unknown = {*evidence, *known} - {claim.id for claim in claims}
    if unknown:
        raise RunError(f"there is evidence on claims that were not frozen: {sorted(unknown)}")
    open_claims = [claim for claim in claims if claim.id not in known]
    pooled = {claim.id: _pooled(claim, evidence.get(claim.id, ())) for claim in open_claims}
    family = [(claim, pooled[claim.id]) for claim in open_claims if claim.primary]
    judged = {verdict.claim.id: verdict for verdict in judge(family, level)}
    verdicts = []
    for claim in claims:
        first = judged.get(claim.id)
        if claim.id in known:
            row = not_measured(POOLED, known[claim.id])
            first = Verdict(claim, row, "untestable", known[claim.id], level)
        first = first or judge([(claim, pooled[claim.id])], level)[0]
        verdicts += _with_rows(first, evidence.get(claim.id, ()), level)
    return verdicts


def _pooled(claim: Claim, rows: Sequence[Evidence]) -> Evidence:
    pooled = [row for row in rows if row.scope == POOLED]
    if len(pooled) != 1:
        raise RunError(f"claim {claim.id} needs one pooled row, it has {len(pooled)}")
    return pooled[0]


def _with_rows(pooled: Verdict, evidence: Sequence[Evidence], level: float) -> list[Verdict]:
    claim = pooled.claim
    rows = [row for row in evidence if row.scope != POOLED]
    summary = {"primary": claim.primary, **holds(claim, rows, level)}
    return [replace(pooled, summary=summary), *judge_rows(claim, rows, level)]
