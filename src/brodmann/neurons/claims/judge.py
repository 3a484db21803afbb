"""The rule that judges: five verdicts, corrected over a study's primary claims."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from brodmann.errors import RunError
from brodmann.neurons.claims.claim import Claim
from brodmann.neurons.claims.evidence import Evidence, reasons
from brodmann.neurons.claims.rules import RULES, Case, explain
from brodmann.neurons.claims.verdict import Verdict, Word
from brodmann.neurons.statistics.multiple import benjamini_hochberg, holm

LEVEL = 0.05
"""Level of a study as a whole, before it is corrected for many claims."""


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
    return _decide(cases, level, holm, _holm_levels)


def judge_rows(claim: Claim, rows: Sequence[Evidence], level: float = LEVEL) -> list[Verdict]:
    """Verdicts on the rows of one claim (tasks, layers, models), BH-adjusted within the claim.

    The intervals are those of Benjamini and Yekutieli (2005): at the level times the share of
    rows found.

    Args:
        claim: The claim.
        rows: Evidence on it, a row per task, layer or model; may be empty.
        level: False-discovery rate within the claim.

    Returns:
        A verdict per row, in their order.
    """
    return _decide([(claim, row) for row in rows], level, benjamini_hochberg, _bh_levels)


def _decide(
    cases: Sequence[Case],
    level: float,
    adjust: Callable[[np.ndarray], np.ndarray],
    levels: Callable[[np.ndarray, int, float], np.ndarray],
) -> list[Verdict]:
    if not cases:
        return []
    p_values = {word: np.array([rule(case) for case in cases]) for word, rule in RULES.items()}
    passed = {word: adjust(values) <= level for word, values in p_values.items()}
    used = {word: levels(p_values[word], int(passed[word].sum()), level) for word in RULES}
    return [
        _verdict(
            case,
            next((word for word in RULES if passed[word][place]), None),
            {word: float(used[word][place]) for word in RULES},
        )
        for place, case in enumerate(cases)
    ]


def _holm_levels(p_values: np.ndarray, found: int, level: float) -> np.ndarray:
    """The level of the step at which each passed; for the others, of the step that failed."""
    ranks = np.argsort(np.argsort(p_values, kind="stable"))
    return np.asarray(level / np.maximum(len(p_values) - np.minimum(ranks, found), 1))


def _bh_levels(p_values: np.ndarray, found: int, level: float) -> np.ndarray:
    """The level of the rows found; for the others, of one more."""
    ranks = np.argsort(np.argsort(p_values, kind="stable"))
    return np.asarray(level * np.where(ranks < found, found, found + 1) / len(p_values))


def _verdict(case: Case, word: Word | None, levels: Mapping[Word, float]) -> Verdict:
    """The word with its level; without a word, the strictest of the levels that were tried."""
    claim, row = case
    level = levels[word] if word else min(levels.values())
    why = reasons(claim, row)
    reach = max(levels["supported"], levels["contradicted"])
    if not why and word is None and row.smallest_p > reach:
        why = [f"the smallest reachable p is {row.smallest_p:.4f}, above the level {reach:.4f}"]
    if why:
        return Verdict(claim, row, "untestable", "; ".join(why), level)
    return Verdict(claim, row, word or "inconclusive", explain(claim, row, word, level), level)
