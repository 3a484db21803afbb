"""How repeatable scores are: rank correlation, split halves, seeds, and what noise hides."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from brodmann.errors import RunError

MIN_RELIABILITY = 0.5
"""Below it a disattenuated correlation is mostly the noise of its own denominator."""


def spearman(first: ArrayLike, second: ArrayLike) -> np.ndarray:
    """Rank correlation along the last axis, ties at their mean rank.

    Args:
        first: float ``[..., U]``.
        second: float ``[..., U]``, broadcast against the first.

    Returns:
        float64 ``[...]``; NaN where one side is constant, since it has no order.

    Raises:
        RunError: Fewer than two units, unequal widths, or values that are not numbers.

    Example:
        >>> float(spearman([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 4.0, 3.0]).round(3))
        0.8
    """
    one, two = _ranks(first), _ranks(second)
    if one.shape[-1] != two.shape[-1]:
        raise RunError(f"a rank correlation met {one.shape[-1]} and {two.shape[-1]} units")
    return (one * two).sum(-1)


def _ranks(values: ArrayLike) -> np.ndarray:
    """Ranks with mean 0 and length 1; NaN where all are equal."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim == 0 or array.shape[-1] < 2:
        raise RunError(f"a rank correlation needs two units at least, got shape {array.shape}")
    if np.isnan(array).any():
        raise RunError("a rank correlation met values that are not numbers")
    ranks = np.asarray(rankdata(array, axis=-1), dtype=np.float64)
    ranks -= ranks.mean(-1, keepdims=True)
    length = np.sqrt((ranks**2).sum(-1, keepdims=True))
    return np.divide(ranks, length, out=np.full_like(ranks, np.nan), where=length > 0)


def spearman_by_layer(
    first: Mapping[str, ArrayLike], second: Mapping[str, ArrayLike]
) -> dict[str, float]:
    """Rank correlation of two scores within each site (the paper averages these, Fig. 5).

    Args:
        first: Site name -> float ``[U]``.
        second: The same sites.

    Raises:
        RunError: Sites that differ.
    """
    _same_sites(first, second)
    return {name: float(spearman(first[name], second[name])) for name in first}


def spearman_pooled(first: Mapping[str, ArrayLike], second: Mapping[str, ArrayLike]) -> float:
    """Rank correlation over the units of all sites at once; differences of level count too.

    Raises:
        RunError: Sites that differ.
    """
    _same_sites(first, second)
    one = np.concatenate([np.asarray(first[name]) for name in first])
    two = np.concatenate([np.asarray(second[name]) for name in first])
    return float(spearman(one, two))


def _same_sites(first: Mapping[str, ArrayLike], second: Mapping[str, ArrayLike]) -> None:
    if not first or set(first) != set(second):
        raise RunError(f"scores need the same sites, got {sorted(first)} and {sorted(second)}")


def spearman_brown(reliability: float, factor: float = 2.0) -> float:
    """Reliability of a measure lengthened by a factor (Spearman 1910, Brown 1910).

    Args:
        reliability: Correlation of two parallel measures, above ``-1 / (factor - 1)``.
        factor: 2 from halves to the whole.

    Raises:
        RunError: A correlation so negative that the formula has no meaning.

    Example:
        >>> round(spearman_brown(0.6), 3)
        0.75
    """
    below = 1 + (factor - 1) * reliability
    if below <= 0:
        raise RunError(f"a correlation of {reliability} between halves has no Spearman-Brown value")
    return factor * reliability / below


def split_half_reliability(first: ArrayLike, second: ArrayLike) -> float:
    """Reliability of a run's scores from disjoint halves of its data, for the whole data.

    Args:
        first: float ``[S, U]``: scores of each seed on one half.
        second: float ``[S, U]``: on the other half, the same seeds.

    Returns:
        Mean correlation over the seeds, lengthened by Spearman and Brown's formula.
    """
    return spearman_brown(float(np.mean(spearman(first, second))))


def seed_reliability(first: ArrayLike, second: ArrayLike) -> np.ndarray:
    """Rank correlation between different seeds on disjoint halves of the data.

    Two runs then share the backbone and the task, but neither seed nor examples. Give the matrix
    to :func:`~brodmann.neurons.statistics.jackknife.mean_of_pairs`.

    Args:
        first: float ``[S, U]``: scores of each seed on one half of the development data.
        second: float ``[S, U]``: on the other half.

    Returns:
        float64 ``[S, S]``, symmetric: the mean of both ways to give the halves to the two seeds;
        NaN on the diagonal.
    """
    one, two = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    across = spearman(one[:, None], two[None, :])
    matrix = (across + across.T) / 2
    np.fill_diagonal(matrix, np.nan)
    return matrix


def unreliable(reliabilities: Mapping[str, float], least: float = MIN_RELIABILITY) -> str | None:
    """Why a comparison must not be made, or None where all are reliable enough.

    Example:
        >>> unreliable({"sst2": 0.8, "imdb": 0.2})
        'the reliability (imdb) is 0.20, below 0.50'
    """
    for name, value in reliabilities.items():
        if not value >= least:
            return f"the reliability ({name}) is {value:.2f}, below {least:.2f}"
    return None


def disattenuate(
    correlation: float, first: float, second: float, least: float = MIN_RELIABILITY
) -> float | None:
    """Correlation without the noise of both measures: rho / sqrt(r1 r2) (Spearman 1904).

    Descriptive; it may exceed 1.

    Args:
        correlation: Between the two measures.
        first: Reliability of the first.
        second: Reliability of the second.
        least: Reliability below which no value is given.

    Returns:
        The corrected correlation, or None where a reliability is too low (or not a number).

    Example:
        >>> round(disattenuate(0.39, 0.65, 0.61), 2), disattenuate(0.39, 0.65, 0.1)
        (0.62, None)
    """
    if unreliable({"first": first, "second": second}, least):
        return None
    return correlation / float(np.sqrt(first * second))
