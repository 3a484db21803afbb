"""Classes of units that are alike in their traits, within which controls are matched."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from brodmann.errors import RunError


def quantile_bins(traits: Tensor, bins: int | Sequence[int]) -> Tensor:
    """The bin of each unit for each trait, equally full, equal values together.

    Args:
        traits: float ``[U, F]``.
        bins: How many, of every trait or of each.

    Returns:
        long ``[U, F]``.

    Example:
        >>> quantile_bins(torch.tensor([[0.1], [9.0], [0.2], [0.2]]), 2).flatten().tolist()
        [0, 1, 0, 0]
    """
    ordered = traits.double().sort(dim=0).values.t().contiguous()
    ranks = torch.searchsorted(ordered, traits.double().t().contiguous()).t()
    return ranks * torch.as_tensor(bins, device=ranks.device) // len(traits)


def strata(traits: Mapping[str, Tensor], bins: Sequence[int]) -> dict[str, Tensor]:
    """The class of each unit by all its traits at once: alike within its layer.

    Args:
        traits: Site name -> float ``[U, F]``, for instance the activations' standard deviation
            and the norm of the output weights.
        bins: Quantile bins of each of the ``F`` traits.

    Returns:
        Site name -> long ``[U]``, from 0 to the product of the bins, without it.

    Raises:
        RunError: A site has another number of traits.

    Example:
        >>> traits = torch.tensor([[0.1, 5.0], [0.2, 1.0], [0.3, 1.0], [0.4, 5.0]])
        >>> strata({"encoder.0.ffn": traits}, (2, 2))["encoder.0.ffn"].tolist()
        [1, 0, 2, 3]
    """
    for name, values in traits.items():
        if values.shape[1:] != (len(bins),):
            raise RunError(f"{name} has traits of shape {list(values.shape)} for {len(bins)} bins")
    steps = torch.tensor([math.prod(bins[place + 1 :]) for place in range(len(bins))])
    return {
        name: (quantile_bins(values.cpu(), bins) * steps).sum(1) for name, values in traits.items()
    }
