"""Whether experts, and the neurons that matter, stay the same ones over checkpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from brodmann.errors import RunError
from brodmann.neurons.emergence.crossing import Crossing, crossing
from brodmann.neurons.emergence.series import Series
from brodmann.neurons.partition.partition import Partition, agreement
from brodmann.neurons.selection import count_of

TOP = 0.01
"""Share of a site's neurons that are called skill neurons (the paper's top 1 %)."""
Functional = Mapping[str, NDArray[np.bool_]]
"""Site name -> which experts are functional for which of K functions, bool ``[E, K]``."""


def agreements(partitions: Sequence[Partition]) -> NDArray[np.float64]:
    """Adjusted mutual information of all pairs of partitions, mean over sites, ``[T, T]``.

    Args:
        partitions: Of the T checkpoints.

    Raises:
        RunError: They are of different sites or widths.
    """
    found = np.eye(len(partitions))
    for one, two in combinations(range(len(partitions)), 2):
        values = agreement(partitions[one], partitions[two]).values()
        found[one, two] = found[two, one] = float(np.mean(list(values)))
    return found


def settled_at(
    steps: Sequence[int], partitions: Sequence[Partition], share: float = 0.5
) -> Crossing:
    """When partitions stay so close to the last one; the last checkpoint itself is not asked.

    Args:
        steps: Of the checkpoints.
        partitions: One for each.
        share: Adjusted mutual information that is waited for.
    """
    return crossing(steps[:-1], agreements(partitions)[-1][:-1], share)


def matching(one: Partition, other: Partition) -> dict[str, NDArray[np.int64]]:
    """For every expert the expert of another partition that it became.

    One to one, so that they share as many neurons as possible (Kuhn 1955, the Hungarian method).

    Args:
        one: A partition.
        other: One of the same sites, widths and number of experts.

    Returns:
        Site name -> long ``[E]``.

    Raises:
        RunError: They differ in sites, widths or experts.

    Example:
        >>> import torch
        >>> one = Partition({"s": torch.tensor([0, 0, 1, 1, 2, 2])}, 3)
        >>> other = Partition({"s": torch.tensor([2, 2, 0, 1, 0, 1])}, 3)
        >>> matching(one, other)["s"].tolist() in ([2, 0, 1], [2, 1, 0])
        True
    """
    widths = [{site: len(v) for site, v in p.expert_of.items()} for p in (one, other)]
    if widths[0] != widths[1] or one.experts != other.experts:
        raise RunError("experts are matched between partitions of the same sites and as many "
                       "experts only")  # fmt: skip
    return {
        site: np.asarray(linear_sum_assignment(-_shared(one, other, site))[1], np.int64)
        for site in one.expert_of
    }


def _shared(one: Partition, other: Partition, site: str) -> NDArray[np.int64]:
    """Neurons that each expert of one has in each of the other, ``[E, E]``."""
    pairs = one.expert_of[site] * one.experts + other.expert_of[site]
    counts = np.bincount(pairs.numpy(), minlength=one.experts**2)
    return counts.reshape(one.experts, one.experts)


def survival(
    functional: Sequence[Functional], partitions: Sequence[Partition], at: int = -1
) -> NDArray[np.float64]:
    """Share of a checkpoint's functional experts that serve the same function at every other one.

    Beyond chance: with functions shuffled over experts a match would be functional as often as
    experts are; 0 is that, 1 is all of them.

    Args:
        functional: By checkpoint.
        partitions: By checkpoint.
        at: The checkpoint whose experts are looked for; the last by default.

    Returns:
        float64 ``[T]``; NaN where that checkpoint has no functional expert, or the other only
        functional ones.
    """
    found = []
    for then, partition in zip(functional, partitions, strict=True):
        became = matching(partitions[at], partition)
        kept, chance, held = 0.0, 0.0, 0.0
        for site, here in functional[at].items():
            there = then[site][became[site]]
            kept += float((here & there).sum())
            held += float(here.sum())
            chance += float((here.sum(0) * then[site].mean(0)).sum())
        found.append((kept - chance) / (held - chance) if held > chance else np.nan)
    return np.array(found)


def presence(series: Series, top: float = TOP, seed: int = 0) -> NDArray[np.float64]:
    """Share of the final skill neurons that are skill neurons at every checkpoint, beyond chance.

    The final ones are named by one half of the probe, those of each checkpoint by the other: the
    value at the last checkpoint is therefore not 1, but the most that such probes could show.

    Args:
        series: The run.
        top: Share of a site's neurons, for each function; one at least.
        seed: Decides between equal scores.

    Returns:
        float64 ``[T]``: means over sites, functions and both ways to use the halves; 0 is chance.
    """
    found = []
    for values in series.scores.values():
        units = values.shape[2]
        count = max(count_of(top, units), 1)
        chosen = _top(values, count, seed)
        shared = (chosen[-1][::-1] & chosen).sum(2) / count
        found.append((shared - count / units) / (1 - count / units))
    return np.asarray(np.mean(found, axis=(0, 2, 3)))


def _top(values: NDArray[np.float64], count: int, seed: int) -> NDArray[np.bool_]:
    """The neurons of largest score, either sign, bool ``[T, 2, U, K]``; ties by a seeded order."""
    shuffle = np.random.default_rng(seed).permutation(values.shape[2])
    size = np.abs(values[:, :, shuffle])
    order = shuffle[np.argsort(-size, axis=2, kind="stable")[:, :, :count]]
    chosen = np.zeros(values.shape, bool)
    np.put_along_axis(chosen, order, True, 2)
    return chosen
