"""Which neurons pruning keeps: equally many of every pruned layer, by four selections."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from brodmann.neurons.selection import count_of
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.orders import Ranks, own_order, random_order, ranked


def _by(kind: str) -> Callable[[Measured, int], Ranks]:
    """Ranks by a value of every neuron, largest first."""
    return lambda scan, seed: ranked(scan.by_site(kind), "layer", seed)


SELECTIONS: dict[str, Callable[[Measured, int], Ranks]] = {
    "skill": lambda scan, seed: own_order(scan, "layer"),
    "random": lambda scan, seed: random_order(scan, "layer", seed),
    "magnitude": _by("norm"),
    "activation": _by("std"),
}
"""Skill neurons, and what they are compared with: at random, the largest norm of the output
weights, the largest standard deviation of the activation over all tokens. (A neuron's mean is
folded into the bias, so that a large mean alone is no reason to keep it.)"""
CONTROLS = tuple(name for name in SELECTIONS if name != "skill")
"""Selections of equal size that skill neurons are compared with."""


def kept(scan: Measured, selection: str, keep: float, prune_from: float, seed: int) -> Ranks:
    """Masks of the neurons that stay (Wang et al. 2022, section 6.1: 61 of 3,072 in 9 of 12).

    Args:
        scan: Of the run whose neurons are selected.
        selection: A row of ``SELECTIONS``.
        keep: Share of neurons kept in every pruned layer; one neuron at least.
        prune_from: Share of lower layers that stay whole.
        seed: Of the random selection, and of ties.

    Returns:
        Site name -> bool ``[U]``, for the pruned layers only.
    """
    ranks = SELECTIONS[selection](scan, seed)
    sites = scan.info["sites"]
    upper = sites[whole_layers(len(sites), prune_from) :]
    return {site: ranks[site] < kept_count(len(ranks[site]), keep) for site in upper}


def kept_count(units: int, keep: float) -> int:
    """Neurons that stay in a layer.

    Example:
        >>> kept_count(3072, 0.02), kept_count(10, 0.02)
        (61, 1)
    """
    return max(1, count_of(keep, units))


def whole_layers(layers: int, prune_from: float) -> int:
    """Lower layers that stay whole.

    Example:
        >>> whole_layers(12, 0.25), whole_layers(4, 0.25)
        (3, 1)
    """
    return count_of(prune_from, layers)


def folded(scan: Measured, masks: Ranks) -> dict[str, Tensor]:
    """What the bias takes up: means at the prompts, over the training set, float32 ``[U]``."""
    means = scan.by_site("prompt_mean")
    return {site: means[site].to(torch.float32) for site in masks}
