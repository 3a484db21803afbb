"""The jackknife: over pairs of seeds, without self-pairs, and over groups of examples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from brodmann.errors import RunError
from brodmann.neurons.statistics.checks import finite
from brodmann.neurons.statistics.intervals import Estimate, Part

MIN_SEEDS = 3
"""A pairwise statistic needs two seeds after one is left out."""


def jackknife(statistic: Callable[[np.ndarray], float], seeds: int) -> Estimate:
    """Leave out one seed at a time (Tukey's pseudo-values, Student's t).

    Args:
        statistic: From the kept seeds, long ``[k]`` ascending, to the statistic.
        seeds: How many there are.

    Returns:
        The statistic of all seeds, with the variance of the mean of the pseudo-values. For a mean
        over pairs this is unbiased to first order and errs on the wide side.

    Raises:
        RunError: Fewer than three seeds, or a statistic that is not finite.
    """
    if seeds < MIN_SEEDS:
        raise RunError(f"a jackknife over pairs needs {MIN_SEEDS} seeds, here are {seeds}")
    everyone = np.arange(seeds)
    whole = float(statistic(everyone))
    without = finite([statistic(np.delete(everyone, i)) for i in everyone], 1, "a jackknife")
    variance = float((seeds - 1) / seeds * ((without - without.mean()) ** 2).sum())
    return Estimate(whole, (Part(variance, seeds - 1),))


def of_pairs(values: ArrayLike, statistic: Callable[[np.ndarray], float]) -> Estimate:
    """A statistic of the mean over ordered pairs of different seeds.

    Args:
        values: float ``[S, S, ...]``: by pair of seeds, for instance tasks by tasks; the diagonal
            (self-pairs) is not read.
        statistic: From the mean, ``[...]``, to a number (the type effect of a matrix of tasks).

    Raises:
        RunError: Not square, fewer than three seeds, a pair that is not finite.
    """
    pairs = np.array(values, dtype=np.float64)
    if pairs.ndim < 2 or pairs.shape[0] != pairs.shape[1]:
        raise RunError(f"pairs of seeds make a square table, got shape {pairs.shape}")
    pairs[np.diag_indices(len(pairs))] = 0.0
    finite(pairs, pairs.ndim, "a mean of pairs")

    def of_kept(kept: np.ndarray) -> float:
        total = pairs[np.ix_(kept, kept)].sum(axis=(0, 1))
        return float(statistic(total / (len(kept) * (len(kept) - 1))))

    return jackknife(of_kept, len(pairs))


def mean_of_pairs(matrix: ArrayLike) -> Estimate:
    """Mean over ordered pairs of different seeds.

    Args:
        matrix: float ``[S, S]``; the diagonal (self-pairs) is not read.

    Raises:
        RunError: As :func:`of_pairs`.

    Example:
        >>> matrix = [[1.0, 0.5, 0.6], [0.5, 1.0, 0.7], [0.6, 0.7, 1.0]]
        >>> round(mean_of_pairs(matrix).effect, 3)
        0.6
    """
    return of_pairs(matrix, float)


def of_groups(strata: Sequence[ArrayLike]) -> Part:
    """Variance of a statistic of examples: each group of examples left out in turn.

    The delete-a-group jackknife (Kott 2001, "The delete-a-group jackknife"): leaving out a whole
    group moves also statistics that are not smooth in the examples, such as ranks, for which
    leaving out single examples fails (Shao and Wu 1989). It errs on the wide side, the more the
    fewer the groups and the less linear the statistic (Efron and Stein 1981). Strata were sampled
    separately (tasks, halves of a split), so that their variances add; degrees of freedom are
    Satterthwaite's over strata, since a single stratum may hold most of the variance.

    Args:
        strata: float ``[G]`` each: the statistic of everything, less one group of that stratum.
            Groups of a stratum are equally large, up to one example.

    Raises:
        RunError: No stratum, fewer than two groups in one, or statistics that are not finite.

    Example:
        >>> part = of_groups([[0.9, 1.0, 1.1], [1.0, 1.0, 1.0]])
        >>> round(part.variance, 4), part.df
        (0.0133, 2.0)
    """
    known = [finite(left, 1, "a jackknife over groups") for left in strata]
    if not known or min(len(left) for left in known) < 2:
        raise RunError(
            f"a jackknife over groups needs two of them, here are {[len(left) for left in known]}"
        )
    freedom = np.array([len(left) - 1.0 for left in known])
    variances = np.array([n / (n + 1) * ((left - left.mean()) ** 2).sum()
                          for left, n in zip(known, freedom, strict=True)])  # fmt: skip
    spread = float((variances**2 / freedom).sum())
    df = float(variances.sum() ** 2 / spread) if spread else float(freedom.sum())
    return Part(float(variances.sum()), df)


def with_groups(seeds: Estimate, strata: Sequence[ArrayLike]) -> Estimate:
    """An estimate over seeds with the variance over examples added: both are random, and crossed.

    The seeds' variance is taken with the examples held fixed, the examples' with the seeds held
    fixed. Two-way clustering (Cameron, Gelbach and Miller 2011) would take off the variance of
    single cells, which both of them hold; it is left in, so that the interval errs on the wide
    side.

    Args:
        seeds: What :func:`jackknife` or a mean over seeds gave.
        strata: As in :func:`of_groups`.

    Raises:
        RunError: As :func:`of_groups`.
    """
    return replace(seeds, parts=(*seeds.parts, of_groups(strata)))
