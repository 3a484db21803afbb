"""Which experts a token goes to: a score of every expert for every token.

Zhang et al. (2022), "MoEfication", section 3.3. A router sees the FFN's inputs and, as only the
oracle needs, its activations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from brodmann.errors import RequestError, RunError, nearest

SHARES: dict[str, Callable[[Tensor], Tensor]] = {
    "positive": lambda z: z.clamp_min(0),
    "absolute": lambda z: z.abs(),
}
"""What of an activation counts for its expert: its positive part (the paper's, for ReLU, where it
is all there is), or its size (GELU and gated FFNs, whose neurons are signed)."""


class Router(Protocol):
    """Scores experts."""

    def __call__(self, states: Tensor, activations: Tensor | None) -> Tensor:
        """Score every expert.

        Args:
            states: Inputs of the FFN, float ``[T, D]``.
            activations: Its neurons, float ``[T, U]``; None where nobody has computed them.

        Returns:
            Float ``[T, E]``; the highest are chosen.
        """
        ...


def activity(activations: Tensor, members: Tensor, share: str = "positive") -> Tensor:
    """How active each expert is.

    Args:
        activations: Float ``[T, U]``.
        members: Neurons of each expert, long ``[E, size]``, as ``Partition.members`` gives.
        share: A row of ``SHARES``.

    Returns:
        Float32 ``[T, E]``, the sum over each expert's neurons.

    Raises:
        RequestError: There is no such row.

    Example:
        >>> activity(torch.tensor([[1.0, -2.0, 3.0, 0.5]]), torch.tensor([[0, 2], [1, 3]])).tolist()
        [[4.0, 0.5]]
    """
    if share not in SHARES:
        raise RequestError("study.share", share, "this is not known", nearest(share, SHARES))
    counted = SHARES[share](activations.float())
    sorted_by_expert = counted.index_select(1, members.flatten())
    return sorted_by_expert.view(len(counted), *members.shape).sum(-1)


def ranked(scores: Tensor) -> Tensor:
    """Experts of every token, best first; of equal ones the first comes first.

    Args:
        scores: Float ``[T, E]``.

    Returns:
        Long ``[T, E]``.
    """
    return scores.argsort(dim=-1, descending=True, stable=True)


class Oracle:
    """The experts that are most active: what no router can know without running the FFN.

    Args:
        members: Long ``[E, size]``.
        share: A row of ``SHARES``.
    """

    def __init__(self, members: Tensor, share: str = "positive") -> None:
        self.members, self.share = members, share

    def __call__(self, states: Tensor, activations: Tensor | None) -> Tensor:
        """Activity of every expert.

        Raises:
            RunError: There are no activations.
        """
        if activations is None:
            raise RunError("the oracle needs the activations of the whole FFN")
        return activity(activations, self.members.to(activations.device), self.share)


class Similarity:
    """Experts whose centre points where the token's state does; nothing is trained.

    Args:
        centres: Mean of the normalised weight rows of each expert, float ``[E, D]``.
    """

    def __init__(self, centres: Tensor) -> None:
        self.centres = functional.normalize(centres.float(), dim=1)

    def __call__(self, states: Tensor, activations: Tensor | None = None) -> Tensor:
        """Cosine of state and centre."""
        return functional.normalize(states.float(), dim=1) @ self.centres.to(states.device).t()


class RandomRouter:
    """Experts at random, for every token anew: the floor of any router.

    Args:
        experts: E.
        seed: Of the draws.
    """

    def __init__(self, experts: int, seed: int = 0) -> None:
        self.experts = experts
        self._generator = torch.Generator().manual_seed(seed)

    def __call__(self, states: Tensor, activations: Tensor | None = None) -> Tensor:
        """Uniform numbers."""
        return torch.rand(len(states), self.experts, generator=self._generator).to(states.device)


class MlpRouter(nn.Module):
    """A small network that learns which experts will be active.

    Linear(D, E), tanh, Linear(E, E), both without bias, on states of length one; it begins as the
    similarity to the centres (first layer) passed on (second layer: identity).

    Args:
        centres: Float ``[E, D]``.
    """

    def __init__(self, centres: Tensor) -> None:
        super().__init__()
        experts, width = centres.shape
        self.first = nn.Linear(width, experts, bias=False)
        self.second = nn.Linear(experts, experts, bias=False)
        with torch.no_grad():
            self.first.weight.copy_(centres)
            self.second.weight.copy_(torch.eye(experts))

    def forward(self, states: Tensor, activations: Tensor | None = None) -> Tensor:
        """Logits of the experts' shares of activity, float ``[T, E]``."""
        unit = functional.normalize(states.float(), dim=1)
        return self.second(torch.tanh(self.first(unit)))


def router_loss(logits: Tensor, active: Tensor) -> Tensor:
    """What the router is trained on: binary cross-entropy against activity over its maximum.

    Args:
        logits: Float ``[T, E]``.
        active: Activity, float ``[T, E]``; the largest of the batch is one (as released).

    Returns:
        Scalar.
    """
    target = active / active.max().clamp_min(torch.finfo(active.dtype).tiny)
    return functional.binary_cross_entropy_with_logits(logits, target)
