"""Experts as parts of the graph of co-activations, cut by METIS.

Zhang et al. (2022), "MoEfication", section 3.2: neurons that are frequently active together are put
together. METIS (Karypis and Kumar 1998) keeps parts nearly equal; what is over is dealt out anew
by the weights, where the released code moves neurons at random.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from brodmann.errors import RunError
from brodmann.neurons.partition.balance import deal
from brodmann.neurons.partition.partition import expert_size, renumbered

NEIGHBOURS = 64
"""Strongest edges of each neuron that are kept."""
LARGEST = 10_000
"""METIS wants whole weights: the strongest edge has this one."""


def cut(gram: Tensor, experts: int, seed: int = 0, neighbours: int = NEIGHBOURS) -> Tensor:
    """Experts of equal size between which little is active together.

    Args:
        gram: Float ``[U, U]``, symmetric: how much two neurons are active together. What is below
            zero, and the diagonal, count for nothing.
        experts: E, a divisor of U.
        seed: Of METIS.
        neighbours: Strongest edges of each neuron that are kept.

    Returns:
        Long ``[U]``.

    Raises:
        RequestError: E does not divide U.
        RunError: The matrix is not square, not finite, or without any edge.

    Example:
        >>> block = torch.ones(2, 2)
        >>> cut(torch.block_diag(block, block)[[0, 2, 1, 3]][:, [0, 2, 1, 3]], 2).tolist()
        [0, 1, 0, 1]
    """
    import pymetis

    expert_size(len(gram), experts)
    weights = edges(gram, neighbours)
    rows, columns = weights.nonzero(as_tuple=True)
    whole = (weights[rows, columns] * LARGEST / weights.max()).ceil().long()
    starts = np.concatenate([[0], torch.bincount(rows, minlength=len(gram)).cumsum(0).numpy()])
    graph = pymetis.CSRAdjacency(starts.astype(np.int64), columns.numpy())
    _, parts = pymetis.part_graph(
        experts, graph, eweights=whole.numpy(), options=pymetis.Options(seed=seed), recursive=False
    )
    return renumbered(balanced(weights, torch.tensor(parts), experts))


def edges(gram: Tensor, neighbours: int) -> Tensor:
    """The strongest edges of each neuron, symmetric, without loops; float32 ``[U, U]``."""
    if gram.dim() != 2 or gram.shape[0] != gram.shape[1]:
        raise RunError(f"a graph of co-activations is square, not {list(gram.shape)}")
    if not bool(torch.isfinite(gram).all()):
        raise RunError("the graph of co-activations has edges that are not finite")
    weights = gram.detach().float().cpu().clamp_min(0).fill_diagonal_(0)
    if float(weights.max()) == 0:
        raise RunError("no two neurons are active together: there is nothing to cut")
    strongest = weights.topk(min(neighbours, len(weights)), dim=1)
    kept = torch.zeros_like(weights).scatter_(1, strongest.indices, strongest.values)
    return torch.maximum(kept, kept.t())


def balanced(weights: Tensor, parts: Tensor, experts: int) -> Tensor:
    """Parts made equally large, so that as much weight as possible stays within them.

    Args:
        weights: Edges, float ``[U, U]``.
        parts: Long ``[U]``, of any sizes.
        experts: How many parts there are.

    Returns:
        Long ``[U]``: the assignment of the largest sum of weights between each neuron and the
        first members of its part.
    """
    members = torch.nn.functional.one_hot(parts, experts).float()
    return deal(-(weights @ members))


def within(weights: Tensor, parts: Tensor) -> float:
    """Share of the weight of all edges that lies within parts."""
    same = parts[:, None] == parts
    return float((weights * same).sum() / weights.sum())
