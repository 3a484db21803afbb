"""Ratios from alternating pairs: the machine's mood is in both sides of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class Ratio:
    """Median of paired ratios with its distribution-free interval.

    Attributes:
        median: Of ours / theirs, pair by pair.
        low: Lower end of the interval from order statistics (sign test).
        high: Upper end.
        confidence: What the interval covers; fewer than six pairs cannot reach 95 %.
        ours: Median of our figures.
        theirs: Median of their figures.
    """

    median: float
    low: float
    high: float
    confidence: float
    ours: float
    theirs: float


def alternate(ours: Callable[[], float], theirs: Callable[[], float], pairs: int) -> Ratio:
    """Measure two things in turn (A B, B A, A B, ...) and take the ratio of every pair.

    Args:
        ours: Returns a figure, larger is better (samples per second).
        theirs: The same of a peer.
        pairs: How many pairs; each side has one uncounted warm-up first.
    """
    ours(), theirs()
    figures = []
    for index in range(pairs):
        if index % 2:
            b, a = theirs(), ours()
        else:
            a, b = ours(), theirs()
        figures.append((a, b))
    a, b = np.array(figures).T
    low, high, confidence = median_interval(a / b)
    return Ratio(
        float(np.median(a / b)), low, high, confidence, float(np.median(a)), float(np.median(b))
    )


def median_interval(values: np.ndarray, level: float = 0.95) -> tuple[float, float, float]:
    """Interval of the median from order statistics, the narrowest that reaches the level.

    Example:
        >>> median_interval(np.arange(1.0, 7.0))[:2]
        (1.0, 6.0)
    """
    ordered, n = np.sort(values), len(values)
    cut = 0
    while cut + 1 < n / 2 and 1 - 2 * stats.binom.cdf(cut + 1, n, 0.5) >= level:
        cut += 1
    confidence = 1 - 2 * float(stats.binom.cdf(cut, n, 0.5)) if n > 1 else 0.0
    return float(ordered[cut]), float(ordered[n - 1 - cut]), confidence
