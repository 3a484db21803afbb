"""What is examined: a model with sites, fed batch by batch. The core asks for no more than this."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from torch import Tensor, nn

from brodmann.neurons.sites import Site
from brodmann.neurons.tokens import TokenMasks

Batch = Mapping[str, Tensor]
"""``index`` long ``[B]`` (the example's row) and whatever the subject reads."""


@dataclass(frozen=True)
class Prepared:
    """A batch as the blocks will see it.

    Attributes:
        inputs: What the subject's ``predict`` takes.
        masks: What each position is.
        rows: Index of each example in its data set, long ``[B]``.
    """

    inputs: Any
    masks: TokenMasks
    rows: Tensor


class Subject(Protocol):
    """A model under examination."""

    @property
    def model(self) -> nn.Module:
        """Holds every site's module; frozen, in eval mode."""
        ...

    @property
    def sites(self) -> Sequence[Site]:
        """The places that can be read and changed, in the model's order."""
        ...

    @property
    def blocks(self) -> Sequence[str]:
        """Paths of the transformer blocks in ``model``, in order."""
        ...

    @property
    def unsplit(self) -> frozenset[int]:
        """Blocks before which a batch cannot be expanded to several arms.

        Something reads their inputs again afterwards; such passes start from repeated inputs.
        """
        ...

    def prepare(self, batch: Batch) -> Prepared:
        """Embed a batch and say what its positions are."""
        ...

    def predict(self, inputs: Any) -> Tensor:
        """The model's answer: logits, float ``[B, C]``.

        Where hooks expanded the blocks' states to ``A`` arms, ``[A * B, C]``, arm by arm.
        """
        ...

    def repeat(self, inputs: Any, times: int) -> Any:
        """Inputs of the same batch ``times`` over, one whole batch after the other."""
        ...


Batches = Iterable[Batch]
"""Batches in their order; gone through once, so that a generator will do."""
