"""Dealing neurons out to experts of equal size at the least total cost, exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from brodmann.errors import RunError
from brodmann.neurons.partition.partition import expert_size

PIVOTS = 10**8
"""Steps of the network simplex after which it gives up."""


@dataclass(frozen=True)
class Dealt:
    """An assignment of least cost, and what proves it so.

    Attributes:
        labels: Expert of every neuron, long ``[U]``.
        prices: What a place in each expert is worth (the dual solution), float64 ``[E]``: less
            these, no neuron has a cheaper expert than its own.
    """

    labels: Tensor
    prices: Tensor


def deal(cost: Tensor) -> Tensor:
    """Give every expert equally many neurons so that the costs add up to the least possible.

    Args:
        cost: Float ``[U, E]``: of neuron u in expert e.

    Returns:
        Expert of every neuron, long ``[U]``.

    Raises:
        RequestError: E does not divide U.
        RunError: A cost is not finite, or there was no solution in ``PIVOTS`` steps.

    Example:
        >>> deal(torch.tensor([[0.0, 9.0], [0.0, 1.0], [0.0, 2.0], [0.0, 9.0]])).tolist()
        [0, 1, 1, 0]
    """
    return deal_at(cost).labels


def deal_at(cost: Tensor, prices: Tensor | None = None) -> Dealt:
    """The same, starting from prices of like costs: the nearer they are, the sooner it is done.

    This is a transport problem whose vertices are whole assignments; the network simplex of POT
    (Bonneel et al. 2011) solves it exactly, wherever it starts.

    Args:
        cost: Float ``[U, E]``.
        prices: Where to start, float64 ``[E]``; all 0 when None.

    Raises:
        RequestError: E does not divide U.
        RunError: A cost is not finite, or there was no solution in ``PIVOTS`` steps.
    """
    import ot

    units, experts = cost.shape
    size = expert_size(units, experts)
    if not bool(torch.isfinite(cost).all()):
        raise RunError("neurons cannot be dealt out by costs that are not finite")
    above = cost.double().cpu()
    above = above - above.amin(1, keepdim=True)
    start = torch.zeros(experts, dtype=torch.float64) if prices is None else prices
    best = (above - start).amin(1)
    flow, told = ot.emd(
        np.ones(units), np.full(experts, float(size)), above.numpy(), numItermax=PIVOTS, log=True,
        potentials_init=(best.numpy(), start.numpy()),
    )  # fmt: skip
    labels = torch.from_numpy(flow.argmax(1))
    if int(torch.bincount(labels, minlength=experts).max()) != size:
        raise RunError(f"no assignment to {experts} equal experts was found in {PIVOTS} steps")
    return Dealt(labels, torch.from_numpy(told["v"]))
