"""Dealing neurons out to experts of equal size at the least total cost, exactly."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from brodmann.errors import RunError
from brodmann.neurons.partition.partition import expert_size

PIVOTS = 10**8
"""Steps of the network simplex after which it gives up."""


def deal(cost: Tensor) -> Tensor:
    """Give every expert equally many neurons so that the costs add up to the least possible.

    This is a transport problem whose vertices are whole assignments; the network simplex of POT
    (Bonneel et al. 2011) solves it exactly.

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
    import ot

    units, experts = cost.shape
    size = expert_size(units, experts)
    if not bool(torch.isfinite(cost).all()):
        raise RunError("neurons cannot be dealt out by costs that are not finite")
    above = cost.double().cpu()
    above = above - above.amin(1, keepdim=True)
    flow = ot.emd(
        np.ones(units), np.full(experts, float(size)), above.numpy(),
        numItermax=PIVOTS,
    )  # fmt: skip
    labels = torch.from_numpy(flow.argmax(1))
    if int(torch.bincount(labels, minlength=experts).max()) != size:
        raise RunError(f"no assignment to {experts} equal experts was found in {PIVOTS} steps")
    return labels
