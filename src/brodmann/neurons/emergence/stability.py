"""How far scores keep their order from checkpoint to checkpoint, without the noise of the probe.

Zhang et al. (2023), "Emergent Modularity", section 6 and figure 4, correlate the predictivities of
consecutive checkpoints over neurons, over experts and over random groups. Means are less noisy than
their members, so that experts would settle first even where nothing differs in time. Here scores of
two checkpoints come from disjoint halves of the probe, and each level is divided by its own
split-half reliability at either checkpoint (Spearman 1904). That division is exact for correlations
of normal scores, not for those of ranks, and ranks of sixteen experts fall short of both: means of
rank correlations are first brought to the scale of normal scores (Moran 1948).

Experts clustered from the weights of one checkpoint group what is alike there by accident as well,
so that their means vary more at that checkpoint than at any other. A correlation divides by both
and comes out too high: experts would settle before neurons with no module in the model. What is
divided by is therefore each checkpoint's variance between *its own* experts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from brodmann.errors import RunError
from brodmann.neurons.emergence.grouping import Built, LevelName, grouping
from brodmann.neurons.emergence.series import Series
from brodmann.neurons.statistics.reliability import MIN_RELIABILITY, spearman

Against = Literal["last", "next"]
"""Whether each checkpoint is compared with the last one, or with the one after it (the paper)."""
LEAST = 0.3
"""Least mean reliability over all sites and functions with which a level is corrected."""


@dataclass(frozen=True, eq=False)
class Stability:
    """Rank correlations of one level; P pairs of checkpoints, S sites, K functions.

    Attributes:
        level: Which level.
        sites: Names of the sites; levels are compared at the same ones only.
        steps: Earlier step of every pair.
        across: Between a half at one and the other half at the other checkpoint, mean of both
            ways; float64 ``[P, D, S, K]`` (D random partitions, 1 for other levels). NaN where
            a score is constant over units.
        first: Between the halves at the earlier checkpoint: reliability of a half.
        second: The same at the later one.
        whole: Between the means of both halves: the paper's measure, on shared examples.
        units: Neurons or groups of every site, ``[S]``.
        between: Variance between the pair's groups and between the checkpoint's own, at the earlier
            and at the later checkpoint, free of the probe's noise (covariance of the halves);
            float64 ``[4, P, D, S, K]``.
    """

    level: LevelName
    sites: tuple[str, ...]
    steps: tuple[int, ...]
    across: NDArray[np.float64]
    first: NDArray[np.float64]
    second: NDArray[np.float64]
    whole: NDArray[np.float64]
    units: NDArray[np.int64]
    between: NDArray[np.float64]

    def corrected(self, least: float = LEAST) -> NDArray[np.float64]:
        """The disattenuated curve, float64 ``[P]``: mean correlation over mean reliabilities.

        Ratios of means, since reliabilities of single functions over few experts are too noisy to
        divide by; times the root of the share that the pair's experts hold of the variance between
        each checkpoint's own ones. It may exceed 1.

        Args:
            least: A mean reliability below it makes the point undefined (NaN).
        """
        return self._corrected((1, 2, 3), least)

    def by_draw(self, least: float = LEAST) -> NDArray[np.float64]:
        """The same for every random partition, float64 ``[P, D]``."""
        return self._corrected((2, 3), least)

    def cells(self, least: float = MIN_RELIABILITY) -> NDArray[np.float64]:
        """The same for every site and function, float64 ``[P, S, K]``, means over draws."""
        return self._corrected((1,), least)

    def uncorrected(self) -> NDArray[np.float64]:
        """The paper's curve, float64 ``[P]``: nothing taken off, both halves together."""
        return _mean(self.whole, (1, 2, 3))

    def reliability(self) -> NDArray[np.float64]:
        """Mean reliability of a half at the earlier checkpoint of each pair, float64 ``[P]``."""
        return _mean(self.first, (1, 2, 3))

    def _corrected(self, axes: tuple[int, ...], least: float) -> NDArray[np.float64]:
        known = np.isfinite(self.across) & np.isfinite(self.first) & np.isfinite(self.second)
        parts = (self.across, self.first, self.second)
        across, one, two = (
            normal_correlation(_mean(np.where(known, part, np.nan), axes), float(self.units.mean()))
            for part in parts
        )
        enough = (np.minimum(one, two) >= least) & (np.minimum(one, two) > 0)
        below = np.sqrt(np.where(enough, one * two, 1.0))
        return np.where(enough, across / below, np.nan) * np.sqrt(self._held(axes))

    def _held(self, axes: tuple[int, ...]) -> NDArray[np.float64]:
        """Share of the variance between own experts, product over both ends of a pair.

        Nothing is held where the halves' covariance is negative; undefined where that of the
        checkpoint's own experts is.
        """
        pair, own = (_mean(self.between[which], tuple(axis + 1 for axis in axes))
                     for which in ([0, 2], [1, 3]))  # fmt: skip
        return np.where(own > 0, np.maximum(pair, 0) / np.where(own > 0, own, 1), np.nan).prod(0)

    def of_functions(self, kept: NDArray[np.int64]) -> Stability:
        """The same for some functions, long ``[k]``, repetitions included."""
        names = ("across", "first", "second", "whole", "between")
        return replace(self, **{name: getattr(self, name)[..., kept] for name in names})


def normal_correlation(
    ranks: NDArray[np.float64], units: float, points: int = 4001
) -> NDArray[np.float64]:
    """The correlation of normal scores whose mean rank correlation over so many units is this.

    The mean of Spearman's coefficient is 6 (asin r + (n - 2) asin(r / 2)) / (pi (n + 1)) (Moran
    1948), inverted here.

    Args:
        ranks: Mean rank correlations; NaN stays NaN.
        units: n.
        points: Of the table that is interpolated.

    Example:
        >>> normal_correlation(np.array([0.0, 0.86, 1.0]), units=16).round(3).tolist()
        [0.0, 0.9, 1.0]
    """
    table = np.sin(np.linspace(-np.pi / 2, np.pi / 2, points))
    mean = 6 * (np.arcsin(table) + (units - 2) * np.arcsin(table / 2)) / (np.pi * (units + 1))
    return np.asarray(np.interp(ranks, mean, table))


def _mean(values: NDArray[np.float64], axes: tuple[int, ...]) -> NDArray[np.float64]:
    """Mean over axes without what is undefined; NaN where all is."""
    known = np.isfinite(values)
    counts = known.sum(axes)
    return np.where(
        counts > 0, np.where(known, values, 0).sum(axes) / np.maximum(counts, 1), np.nan
    )


def stability(
    series: Series, level: LevelName, against: Against = "last", built: Built = "earlier",
    draws: int = 20, seed: int = 0,
) -> Stability:  # fmt: skip
    """The correlations of a level over the pairs of checkpoints of a run.

    Args:
        series: The run.
        level: Neurons, experts or random groups.
        against: Which checkpoint each is compared with.
        built: Which checkpoint's partition groups a pair.
        draws: Random partitions.
        seed: Of the random partitions.
    """
    group = grouping(series, level, built, draws, seed)
    own = grouping(series, level, "earlier", draws, seed)
    later = [series.last if against == "last" else t + 1 for t in range(series.last)]
    found = []
    for t, u in enumerate(later):
        of_pair = []
        for site, values in series.scores.items():
            one, two = (group(values[at], site, t) for at in (t, u))
            between = [_between(one), _between(own(values[t], site, t)),
                       _between(two), _between(own(values[u], site, u))]  # fmt: skip
            of_pair.append(np.stack([*_pair(one, two), *between]))
        found.append(of_pair)
    across, first, second, whole, *between = np.array(found).transpose(2, 0, 3, 1, 4)
    units = np.array([group(series.scores[s][0], s, 0).shape[-1] for s in series.sites])
    return Stability(level, series.sites, series.steps[:-1], across, first, second, whole, units,
                     np.array(between))  # fmt: skip


def _pair(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Across, both reliabilities and the paper's correlation of ``[2, D, K, V]``: ``[4, D, K]``."""
    across = (spearman(first[0], second[1]) + spearman(first[1], second[0])) / 2
    whole = spearman(first.mean(0), second.mean(0))
    return np.stack([across, spearman(*first), spearman(*second), whole])


def _between(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Covariance over units of the halves of ``[2, D, K, V]``: ``[D, K]``."""
    away = values - values.mean(-1, keepdims=True)
    return np.asarray((away[0] * away[1]).mean(-1))


def same_sites(curves: Sequence[Stability]) -> None:
    """Refuse to compare levels at different sites.

    Released figures average twelve layers of neurons and six of experts.

    Raises:
        RunError: They differ.
    """
    if len({(one.sites, one.steps) for one in curves}) > 1:
        told = ", ".join(f"{one.level} at {len(one.sites)} sites" for one in curves)
        raise RunError(f"levels are compared at the same sites and steps only, here are {told}")
