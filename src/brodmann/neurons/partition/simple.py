"""Partitions that look at nothing: random ones, and the experts that a model came with."""

from __future__ import annotations

import torch
from torch import Tensor

from brodmann.neurons.partition.partition import expert_size, renumbered


def native(units: int, experts: int) -> Tensor:
    """Experts one after the other, as the neurons of a mixture-of-experts block lie.

    Args:
        units: Neurons of all experts together.
        experts: How many.

    Returns:
        Long ``[U]``.

    Raises:
        RequestError: They do not divide the width.

    Example:
        >>> native(6, 3).tolist()
        [0, 0, 1, 1, 2, 2]
    """
    return torch.arange(experts).repeat_interleave(expert_size(units, experts))


def random(units: int, experts: int, seed: int) -> Tensor:
    """Neurons dealt out at random, equally many to each expert.

    The released "random" split is contiguous (that is :func:`native` here); this one is a shuffle.

    Args:
        units: Neurons.
        experts: How many.
        seed: Of the shuffle.

    Returns:
        Long ``[U]``.
    """
    generator = torch.Generator().manual_seed(seed)
    return renumbered(native(units, experts)[torch.randperm(units, generator=generator)])
