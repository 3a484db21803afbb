"""How alike two sets of active neurons are, looked at whole or through masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brodmann.neurons.statistics.reliability import spearman

Active = Mapping[str, NDArray[np.bool_]]
"""Site name -> bool ``[U]``."""
Masks = Mapping[str, NDArray[np.bool_]]
"""Site name -> bool ``[M, U]``."""


@dataclass(frozen=True)
class Target:
    """One target task, by seed.

    Attributes:
        sources: Names of the ``S`` source tasks.
        accuracy: Zero-shot test accuracy, ``[seeds, S]``.
        whole: Cosine over all neurons, ``[seeds, S]``.
        restricted: Cosine over the target's skill neurons, ``[seeds, S]``.
        unrestricted_rho: Rank correlation of ``whole`` with accuracy, ``[seeds]``.
        rho: That of ``restricted``, ``[seeds]``.
        null: That of cosines over random masks, ``[M, seeds]``.
    """

    sources: list[str]
    accuracy: NDArray[np.float64]
    whole: NDArray[np.float64]
    restricted: NDArray[np.float64]
    unrestricted_rho: NDArray[np.float64]
    rho: NDArray[np.float64]
    null: NDArray[np.float64]


def cosines(target: Active, sources: Sequence[Active], masks: Masks) -> NDArray[np.float64]:
    """Cosine of binary vectors over the units that each mask leaves.

    Args:
        target: One set.
        sources: ``S`` others.
        masks: ``M`` masks.

    Returns:
        Float64 ``[M, S]``; 0 where one of the two has no active unit left.

    Example:
        >>> units = {"a": np.array([True, True, False])}
        >>> other = {"a": np.array([True, False, True])}
        >>> seen = {"a": np.array([[True, True, True], [True, False, False]])}
        >>> cosines(units, [other], seen).round(3).tolist()
        [[0.5], [1.0]]
    """
    both, mine, theirs = (np.zeros((len(next(iter(masks.values()))), len(sources)))
                          for _ in range(3))  # fmt: skip
    for site, seen in masks.items():
        mask, one = seen.astype(np.float32), target[site].astype(np.float32)
        others = np.stack([source[site] for source in sources], 1).astype(np.float32)
        both += mask @ (one[:, None] * others)
        mine += (mask @ one)[:, None]
        theirs += mask @ others
    lengths = np.sqrt(mine * theirs)
    return np.divide(both, lengths, out=np.zeros_like(both), where=lengths > 0)


def everything(target: Active) -> Masks:
    """The one mask that leaves all units."""
    return {site: np.ones((1, len(units)), dtype=bool) for site, units in target.items()}


def random_masks(like: Masks, draws: int, seed: int) -> Masks:
    """Random masks with as many units of every site as the first mask given.

    Every draw is one permutation of a site's units, the same for all masks that are given with
    one seed: masks that overlap (several seeds' skill neurons of a task) stay as alike as they
    were, so that means over them have the spread that they would have by chance.

    Args:
        like: One mask.
        draws: M.
        seed: Decides the permutations.

    Example:
        >>> like = {"a": np.array([[True, False, False, False]])}
        >>> random_masks(like, 3, seed=0)["a"].sum(1).tolist()
        [1, 1, 1]
    """
    random = np.random.default_rng(seed)
    found = {}
    for site, mask in like.items():
        places = random.random((draws, mask.shape[1]), dtype=np.float32).argsort(axis=1)
        found[site] = mask[0][places]
    return found


def foretold(alike: NDArray[np.float64], transfer: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rank correlation of likeness with transfer over sources, by mask.

    Args:
        alike: Float ``[M, S]``.
        transfer: Float ``[S]``, not constant.

    Returns:
        Float64 ``[M]``; 0 where all sources are equally alike, which foretells nothing.
    """
    return np.nan_to_num(spearman(alike, transfer), nan=0.0)
