"""From the scores of neurons to those of a level: neurons, experts, groups drawn at random."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from brodmann.neurons.emergence.series import Series
from brodmann.neurons.partition.build import at_random
from brodmann.neurons.partition.partition import Partition

LevelName = Literal["neurons", "experts", "random"]
"""Single neurons; means within experts; means within random groups as large as the experts."""
Built = Literal["earlier", "last"]
"""Which checkpoint's partition groups both ends of a pair: the earlier one's (EM-8), or that of the
last checkpoint for all (the released code has one partition per layer for all steps)."""
Grouping = Callable[[NDArray[np.float64], str, int], NDArray[np.float64]]
"""Scores ``[2, U, K]``, site and place of the earlier checkpoint -> ``[2, D, K, V]``: D draws of V
units."""


def grouping(
    series: Series, level: LevelName, built: Built = "earlier", draws: int = 20, seed: int = 0
) -> Grouping:
    """How a level's scores come from those of the neurons.

    Args:
        series: The run.
        level: Which level.
        built: Which partition, of experts.
        draws: Random partitions; each is one and the same at all checkpoints.
        seed: Of the random partitions.
    """
    if level == "neurons":
        return lambda values, site, place: values.transpose(0, 2, 1)[:, None]
    if level == "experts":
        return lambda values, site, place: _means(
            values, _members(series.partitions[place if built == "earlier" else series.last], site)
        )
    experts = series.partitions[series.last].experts
    units = {site: values.shape[2] for site, values in series.scores.items()}
    shuffled = [at_random(units, experts, seed * draws + draw) for draw in range(draws)]
    members = {s: np.concatenate([_members(one, s) for one in shuffled]) for s in units}
    return lambda values, site, place: _means(values, members[site])


def _members(partition: Partition, site: str) -> NDArray[np.int64]:
    """Neurons of each expert, ``[1, E, size]``."""
    return np.asarray(partition.members(site).numpy())[None]


def _means(values: NDArray[np.float64], members: NDArray[np.int64]) -> NDArray[np.float64]:
    """Means of ``[2, U, K]`` within groups ``[D, E, size]``, as ``[2, D, K, E]``."""
    return np.asarray(values[:, members].mean(3).swapaxes(2, 3))
