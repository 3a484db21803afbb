"""The rule that judges: five verdicts, corrected over a study's primary claims."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from brodmann.errors import RunError
from brodmann.neurons.claims.claim import Claim
from brodmann.neurons.claims.evidence import Evidence, reasons
from brodmann.neurons.claims.rules import RULES, Case, explain
from brodmann.neurons.claims.verdict import Verdict, Word
from brodmann.neurons.statistics.multiple import benjamini_hochberg, holm

LEVEL = 0.05


def judge(cases: Sequence[Case], level: float = LEVEL) -> list[Verdict]:
    """Verdicts on the pooled rows of a study's primary claims.

    Each verdict is its own family: a claim is supported when the smallest level at which its
    interval lies above delta *and* its test agrees survives Holm's correction over all the claims
    given; contradicted by the mirrored rule; negligible when the same holds for the interval
    within plus and minus delta. Claims that admit no verdict stay in the families with p = 1.

    Args:
        cases: Claims with their pooled evidence, each claim once.
        level: Family-wise error rate of each verdict.

    Returns:
        One verdict per case, in order.

    Raises:
        RunError: A claim that comes twice.
    """
    ids = [claim.id for claim, _ in cases]
    if len(set(ids)) != len(ids):
        raise RunError(f"a claim is judged once, here are {ids}")
    return _decide(cases, level, holm, _holm_level)


def judge_rows(claim: Claim, rows: Sequence[Evidence], level: float = LEVEL) -> list[Verdict]:
    """Verdicts on the rows of one claim (tasks, layers, models), BH-adjusted within the claim.

    The intervals are those of Benjamini and Yekutieli (2005): at the level times the share of
    rows found.
    """
    return _decide([(claim, row) for row in rows], level, benjamini_hochberg, _bh_level)


def _decide(
    cases: Sequence[Case],
    level: float,
    adjust: Callable[[np.ndarray], np.ndarray],
    levels: Callable[[int, int, int, float], float],
) -> list[Verdict]:
    if not cases:
        return []
    p_values = {word: np.array([rule(case) for case in cases]) for word, rule in RULES.items()}
    passed = {word: adjust(values) <= level for word, values in p_values.items()}
    ranks = {
        word: np.argsort(np.argsort(values, kind="stable")) for word, values in p_values.items()
    }
    verdicts = []
    for place, (claim, row) in enumerate(cases):
        word = next((word for word in RULES if passed[word][place]), None)
        family = word or "supported"
        rank, found = int(ranks[family][place]), int(passed[family].sum())
        mine = levels(min(rank, found), found, len(cases), level)
        verdicts.append(_verdict(claim, row, word, mine))
    return verdicts


def _holm_level(rank: int, found: int, count: int, level: float) -> float:
    """The level of the claim's own step where it passed, else of the step that failed."""
    return level / max(count - rank, 1)


def _bh_level(rank: int, found: int, count: int, level: float) -> float:
    """The level of the rows found; for the others, of one more."""
    return level * min(found + (rank >= found), count) / count


def _verdict(claim: Claim, row: Evidence, word: Word | None, level: float) -> Verdict:
    why = reasons(claim, row)
    if not why and word is None and row.smallest_p > level:
        why = [f"the smallest reachable p is {row.smallest_p:.4f}, above the level {level:.4f}"]
    if why:
        return Verdict(claim, row, "untestable", "; ".join(why), level)
    return Verdict(claim, row, word or "inconclusive", explain(claim, row, word, level), level)
