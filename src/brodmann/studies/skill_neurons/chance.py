"""What permuted labels leave of a rank correlation: the floor under SN-2, SN-4 and SN-6.

Texts of one format leave the same neurons off, for any labels: runs then rank neurons alike that
share none.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.stats import rankdata

DRAWS = 16
"""Permutations that make up the floor: one run's draw beside another run's next draw."""


def draws(kept: Iterable[int]) -> int:
    """How many draws the floor has.

    Args:
        kept: Permutations of every run.

    Example:
        >>> draws([999, 999]), draws([9, 39])
        (16, 8)
    """
    return min(DRAWS, min(kept) - 1)


def standard(scores: np.ndarray) -> np.ndarray:
    """Ranks with mean 0 and length 1 over the last axis, so that products are rank correlations.

    Args:
        scores: float ``[..., U]``; ties have their mean rank.

    Returns:
        float64 ``[..., U]``; 0 where all are tied, since there is no order to agree with.
    """
    ranks = rankdata(scores, axis=-1)
    ranks = ranks - ranks.mean(-1, keepdims=True)
    return np.asarray(ranks / np.maximum(np.linalg.norm(ranks, axis=-1, keepdims=True), 1e-12))
