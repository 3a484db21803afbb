"""Values per row (example, cluster) whose mean is the statistic: what crossed means are fed."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from brodmann.errors import RunError
from brodmann.neurons.statistics.checks import finite


def balanced_rows(values: ArrayLike, classes: ArrayLike) -> np.ndarray:
    """Values per example whose mean is the mean of the class means (balanced accuracy).

    Each is the seed's statistic plus the example's influence on it, so that the spread over
    examples is that of the statistic itself.

    Args:
        values: float ``[N, S]``: 1 where the prediction was right, for every seed.
        classes: ``[N]``: the true class of each example.

    Returns:
        float64 ``[N, S]`` for :func:`~brodmann.neurons.statistics.crossed.crossed_mean`.

    Raises:
        RunError: Shapes that do not fit.

    Example:
        >>> balanced_rows([[1.0], [1.0], [0.0], [0.0]], [0, 0, 0, 1]).mean().round(3)
        np.float64(0.333)
    """
    table = finite(values, 2, "a balanced mean")
    names, index = np.unique(np.asarray(classes), return_inverse=True)
    _same_length(table, index)
    counts = np.bincount(index)
    means = _sums(table, index, len(names)) / counts[:, None]
    weights = len(table) / (len(names) * counts[index])
    return means.mean(0) + weights[:, None] * (table - means[index])


def cluster_rows(values: ArrayLike, clusters: ArrayLike) -> np.ndarray:
    """One row per cluster (document, occupation, concept), whose mean is the mean of all rows.

    Clusters of unequal size count by their size (linearised ratio estimator).

    Args:
        values: float ``[N, S]``.
        clusters: ``[N]``: the cluster of each row.

    Returns:
        float64 ``[clusters, S]`` for :func:`~brodmann.neurons.statistics.crossed.crossed_mean`.

    Raises:
        RunError: Shapes that do not fit.
    """
    table = finite(values, 2, "a clustered mean")
    names, index = np.unique(np.asarray(clusters), return_inverse=True)
    _same_length(table, index)
    mean = table.mean()
    return mean + _sums(table - mean, index, len(names)) * (len(names) / len(table))


def ratio_rows(numerator: ArrayLike, denominator: ArrayLike) -> np.ndarray:
    """Values per example whose mean is the ratio of two means (delta method).

    For shares: what a neuron (or a pruned model) is right above the majority, of what the method
    is right above the majority, on the same examples and seeds.

    Args:
        numerator: float ``[N, S]``.
        denominator: float ``[N, S]``, with a positive mean.

    Returns:
        float64 ``[N, S]`` for :func:`~brodmann.neurons.statistics.crossed.crossed_mean`.

    Raises:
        RunError: Shapes that do not fit, or a denominator whose mean is not positive.

    Example:
        >>> ratio_rows([[1.0, 0.0], [0.0, 1.0]], [[1.0, 1.0], [0.0, 1.0]]).mean().round(3)
        np.float64(0.667)
    """
    above, below = finite(numerator, 2, "a ratio"), finite(denominator, 2, "a ratio")
    if above.shape != below.shape or below.mean() <= 0:
        raise RunError(f"no ratio of {above.shape} to {below.shape} with mean {below.mean():.4g}")
    ratio = above.mean() / below.mean()
    return np.asarray(ratio + (above - ratio * below) / below.mean())


def _sums(table: np.ndarray, index: np.ndarray, count: int) -> np.ndarray:
    sums = np.zeros((count, table.shape[1]))
    np.add.at(sums, index, table)
    return sums


def _same_length(table: np.ndarray, index: np.ndarray) -> None:
    if index.shape != (len(table),):
        raise RunError(f"{len(table)} rows of values have {index.size} classes or clusters")
