"""A twin of a backbone whose weights are the same numbers in other places."""

from __future__ import annotations

import hashlib

import torch
from torch import nn


@torch.no_grad()
def shuffle_weights(model: nn.Module, seed: int, body: str = "") -> None:
    """Permute the entries of every weight matrix, in place; biases and norms stay.

    Each tensor keeps its distribution, and nothing else of what was learned. A tensor's
    permutation depends on its name in the body, the shape and the seed alone, so that a model with
    its head and one without it are shuffled alike; tied tensors are permuted once.

    Args:
        model: Changed.
        seed: ``model.init_seed``.
        body: Path of the body in the model, ``""`` when it is the model.

    Example:
        >>> layer = nn.Linear(4, 3)
        >>> before = layer.weight.flatten().sort().values
        >>> shuffle_weights(layer, seed=0)
        >>> bool((layer.weight.flatten().sort().values == before).all())
        True
    """
    prefix = f"{body}." if body else ""
    for name, values in model.named_parameters():
        if values.ndim > 1:
            text = f"{seed} {name.removeprefix(prefix)} {tuple(values.shape)}"
            number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big")
            order = torch.randperm(values.numel(), generator=torch.Generator().manual_seed(number))
            values.copy_(values.flatten()[order.to(values.device)].view_as(values))
