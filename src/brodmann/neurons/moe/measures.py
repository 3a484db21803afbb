"""How well experts are chosen, and what choosing them saves."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from brodmann.errors import RequestError, RunError
from brodmann.neurons.moe.routers import ranked
from brodmann.neurons.moe.weights import Shape


def chosen_count(share: float, experts: int) -> int:
    """Experts that a share of them is: the nearest whole number, one at least.

    Args:
        share: Above 0, up to 1.
        experts: E.

    Raises:
        RequestError: A share outside this range.

    Example:
        >>> chosen_count(0.2, 96), chosen_count(0.2, 16), chosen_count(0.01, 16)
        (19, 3, 1)
    """
    if not 0 < share <= 1:
        raise RequestError("study.shares", share, "this is out of range",
                           "give numbers above 0, up to 1")  # fmt: skip
    return max(1, round(share * experts))


class Routing:
    """Sums over tokens, from which captured activation and recall follow.

    Args:
        counts: Numbers of chosen experts that are asked about.

    Attributes:
        tokens: How many were heard.
    """

    def __init__(self, counts: Sequence[int]) -> None:
        self.counts, self.tokens = tuple(counts), 0
        self._captured = torch.zeros(len(self.counts), dtype=torch.float64)
        self._hits = torch.zeros(len(self.counts), dtype=torch.float64)
        self._total = 0.0

    def update(self, scores: Tensor, active: Tensor) -> None:
        """Add tokens.

        Args:
            scores: Of a router, float ``[T, E]``.
            active: Activity of the experts, float ``[T, E]``.
        """
        mine, best = ranked(scores), ranked(active)
        captured = active.gather(1, mine).double().sum(0).cumsum(0).cpu()
        place = best.argsort(1).gather(1, mine)
        for index, count in enumerate(self.counts):
            self._captured[index] += captured[count - 1]
            self._hits[index] += int((place[:, :count] < count).sum())
        self._total += float(active.double().sum())
        self.tokens += len(scores)

    def captured(self) -> Tensor:
        """Share of all activity that lies in the chosen experts, float64 ``[counts]``.

        Raises:
            RunError: No token was heard, or nothing was active.
        """
        if self._total <= 0:
            raise RunError("no activity was heard, so no share of it was captured")
        return self._captured / self._total

    def recall(self) -> Tensor:
        """Share of the k most active experts that are among the k chosen, float64 ``[counts]``.

        Raises:
            RunError: No token was heard.
        """
        if not self.tokens:
            raise RunError("no token was heard")
        return self._hits / self.tokens / torch.tensor(self.counts, dtype=torch.float64)


ROUTER_FLOPS = {
    "oracle": lambda shape, experts: shape.into * shape.units * shape.width,
    "similarity": lambda shape, experts: experts * shape.width,
    "mlp": lambda shape, experts: experts * shape.width + experts * experts,
    "random": lambda shape, experts: 0,
}
"""Router -> multiply-adds of one token. The oracle needs every neuron, and so the matrices before
them; the router's own cost is that."""


def ffn_flops(shape: Shape) -> int:
    """Floating-point operations of the dense FFN for one token.

    Two for each multiply-add of its matrices; biases, activation functions and sorting are not
    counted: 2 U D (m + 1), m being 2 where the FFN is gated, else 1.

    Example:
        >>> ffn_flops(Shape(units=3072, width=768, into=1))
        9437184
    """
    return 2 * shape.units * shape.width * (shape.into + 1)


def sparse_flops(shape: Shape, experts: int, count: int, router: str) -> int:
    """The same with ``count`` of the experts, and the router that chose them.

    The oracle is charged with the matrices before the neurons once, and the experts with the one
    after them.

    Args:
        shape: Of the FFN.
        experts: E.
        count: How many are run.
        router: A row of ``ROUTER_FLOPS``.

    Example:
        >>> base = Shape(units=3072, width=768, into=1)
        >>> round(sparse_flops(base, 96, 19, "mlp") / ffn_flops(base), 3)
        0.215
    """
    matrices = 1 if router == "oracle" else shape.into + 1
    run = 2 * shape.width * (shape.units // experts) * count * matrices
    return run + 2 * int(ROUTER_FLOPS[router](shape, experts))
