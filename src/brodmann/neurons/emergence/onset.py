"""How soon units of any kind reach half of what they end with (BR-2).

The same measure for neurons, experts and any other unit: units are chosen by one half of the probe
at the last checkpoint, and followed by the other half. Their noise is independent of the choice, so
that the course of the chosen units is free of the winner's curse, and a ratio of two of its points
free of how reliable the scores are; the best unit of each checkpoint, chosen and told by the same
examples, rises early where scores are noisy (compare Schaeffer et al. 2023 on what a metric does).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from brodmann.errors import RunError
from brodmann.neurons.emergence.crossing import Crossing, crossing
from brodmann.neurons.emergence.grouping import LevelName, grouping
from brodmann.neurons.emergence.series import Series
from brodmann.neurons.selection import count_of

SHARE = 0.05
"""Units of each site and function that are followed."""
HALF = 0.5
"""The share of the final value that is waited for."""


def unit_scores(
    series: Series, level: LevelName = "neurons", draws: int = 1, seed: int = 0
) -> dict[str, NDArray[np.float64]]:
    """Scores of a level's units, grouped as at the last checkpoint.

    Args:
        series: The run.
        level: Neurons, experts or random groups.
        draws: Random partitions.
        seed: Of the random partitions.

    Returns:
        Site name -> float64 ``[T, 2, V, K]``; V counts the units of all draws.
    """
    group = grouping(series, level, "last", draws, seed)
    return {
        site: np.stack([
            np.concatenate(group(at, site, series.last).transpose(1, 0, 3, 2), 1) for at in values
        ])
        for site, values in series.scores.items()
    }  # fmt: skip


def course(scores: Mapping[str, NDArray[np.float64]], share: float = SHARE) -> NDArray[np.float64]:
    """Mean score above chance, over checkpoints, of the units that end as the best.

    Args:
        scores: Site name -> float64 ``[T, 2, V, K]``, chance at 0, either sign.
        share: Of the units of a site, for each function; one at least.

    Returns:
        float64 ``[T, K]``: means over sites, units and both ways to use the halves, in the
        direction that each unit ends with.
    """
    found = []
    for values in scores.values():
        count = max(count_of(share, values.shape[2]), 1)
        for one, two in ((0, 1), (1, 0)):
            ends = values[-1, one]
            best = np.argsort(-np.abs(ends), axis=0, kind="stable")[:count]
            signs = np.sign(np.take_along_axis(ends, best, 0))
            followed = np.take_along_axis(values[:, two], best[None], 1)
            found.append((followed * signs).mean(1))
    return np.asarray(np.mean(found, axis=0))


def best_course(scores: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """The best unit of every checkpoint, told by the examples that it was chosen by: ``[T, K]``.

    What is usually drawn; here to be held against :func:`course`.
    """
    best = [np.abs(values.mean(1)).max(1) for values in scores.values()]
    return np.asarray(np.mean(best, axis=0))


def half_time(steps: Sequence[int], values: NDArray[np.float64], share: float = HALF) -> Crossing:
    """When a course stays above a share of its last value.

    Args:
        steps: Of the checkpoints.
        values: float64 ``[T]``, chance at 0.
        share: Of the last value.

    Raises:
        RunError: The last value is not above chance.

    Example:
        >>> half_time([0, 1, 3, 7], np.array([0.0, 0.1, 0.2, 0.2])).step
        1.0
    """
    if not values[-1] > 0:
        raise RunError(f"a course that ends at {values[-1]:.3g} above chance has no half of it")
    return crossing(steps, values / values[-1], share)
