"""How alike two runs rank the neurons, and how alike they would without any skill."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from brodmann.neurons.statistics.reliability import spearman
from brodmann.studies.measuring import Measured

DRAWS = 16
"""Permutations that make up the floor."""


def alike(one: Measured, two: Measured) -> float:
    """Rank correlation of predictivity in two runs, on disjoint validation halves.

    Args:
        one: A scan; its first half is read.
        two: Another with the same columns; its second half is read.

    Returns:
        Mean over layers and columns.
    """
    first, second = one.by_site("half"), two.by_site("half")
    return _over_layers([spearman(first[s][0].T.numpy(), second[s][1].T.numpy()) for s in first])


def by_chance(one: Measured, two: Measured) -> float:
    """The same where each run has another permutation of the labels: the floor."""
    first, second = one.by_site("null"), two.by_site("null")
    drawn = []
    for site, values in first.items():
        count = min(DRAWS, len(values) - 1)
        pair = values[:count], second[site][1 : count + 1]
        drawn.append(spearman(*(side.float().transpose(1, 2).numpy() for side in pair)).ravel())
    return _over_layers(drawn)


def _over_layers(values: Sequence[np.ndarray]) -> float:
    return float(np.nanmean(np.concatenate(values)))
