"""Corrections for many tests, and in how many of them a finding holds."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from brodmann.errors import RunError


def holm(p_values: ArrayLike) -> np.ndarray:
    """Holm's (1979) adjusted p-values: family-wise error under any dependence.

    Args:
        p_values: float ``[n]``.

    Returns:
        float64 ``[n]``; a test is rejected at a level when its adjusted p is at most the level.

    Raises:
        RunError: Values that are no p-values.

    Example:
        >>> holm([0.01, 0.04, 0.03]).tolist()
        [0.03, 0.06, 0.06]
    """
    values, order = _sorted(p_values)
    steps = values * np.arange(len(values), 0, -1)
    return _unsorted(np.maximum.accumulate(steps), order)


def benjamini_hochberg(p_values: ArrayLike) -> np.ndarray:
    """Benjamini and Hochberg's (1995) adjusted p-values: false-discovery rate.

    Args:
        p_values: float ``[n]``.

    Returns:
        float64 ``[n]``.

    Raises:
        RunError: Values that are no p-values.

    Example:
        >>> benjamini_hochberg([0.01, 0.04, 0.03]).tolist()
        [0.03, 0.04, 0.04]
    """
    values, order = _sorted(p_values)
    steps = values * len(values) / np.arange(1, len(values) + 1)
    return _unsorted(np.minimum.accumulate(steps[::-1])[::-1], order)


def partial_conjunction(p_values: ArrayLike) -> np.ndarray:
    """For each u, the p-value of "fewer than u of the n effects are real".

    Benjamini and Heller (2008) with Simes' combination of the n - u + 1 largest p-values, valid
    for independent tests and for positively dependent ones (tasks on one backbone); made
    monotone in u, since the hypotheses are nested.

    Args:
        p_values: float ``[n]``, one per task, layer or model; 1 where one could not be tested.

    Returns:
        float64 ``[n]``: entry ``u - 1`` belongs to u.

    Raises:
        RunError: Values that are no p-values.

    Example:
        >>> partial_conjunction([0.001, 0.01, 0.5]).round(3).tolist()
        [0.003, 0.02, 0.5]
    """
    values, _ = _sorted(p_values)
    count = len(values)
    combined = [
        np.min((count - u) / np.arange(1, count - u + 1) * values[u:]) for u in range(count)
    ]
    return np.minimum(1.0, np.maximum.accumulate(combined))


def holds_in(p_values: ArrayLike, level: float) -> int:
    """The largest u of which "at least u of the n effects are real" is said at a level.

    The nested hypotheses are tested from u = 1 upwards until one stands, so the count is a lower
    confidence bound: it is too large with probability ``level`` at most.

    Example:
        >>> holds_in([0.001, 0.01, 0.5], 0.05)
        2
    """
    return int((partial_conjunction(p_values) <= level).sum())


def _sorted(p_values: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    values = np.asarray(p_values, dtype=np.float64)
    if values.ndim != 1 or values.size == 0 or not ((values >= 0) & (values <= 1)).all():
        raise RunError(f"a correction needs p-values between 0 and 1 along one axis, got {values}")
    order = np.argsort(values, kind="stable")
    return values[order], order


def _unsorted(values: np.ndarray, order: np.ndarray) -> np.ndarray:
    back = np.empty(len(values))
    back[order] = np.minimum(1.0, values)
    return back
