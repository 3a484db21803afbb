"""The truth about planted experts: which neuron is in which, and what each carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from brodmann.neurons.partition.partition import Partition


@dataclass(frozen=True, eq=False)
class Modules:
    """Experts as they were planted.

    Attributes:
        partition: Expert of every neuron.
        kinds: Site -> what each expert is: the name of the function whose module it is,
            ``decoy`` (its neurons read noise in common, but it is no module), ``plain`` (they have
            nothing but silent input weights in common) or ``hub``.
        shares: Function -> site -> share of each expert's neurons that carry it, float ``[E]``;
            where functions are scattered, experts of all kinds carry some.
    """

    partition: Partition
    kinds: Mapping[str, tuple[str, ...]]
    shares: Mapping[str, Mapping[str, Tensor]]

    def of_kind(self, kind: str) -> dict[str, list[int]]:
        """The experts of one kind, as ``Partition.selection`` takes them.

        Args:
            kind: A function's name, say.

        Returns:
            Site -> experts; none where the function is scattered.
        """
        return {site: [expert for expert, one in enumerate(kinds) if one == kind]
                for site, kinds in self.kinds.items()}  # fmt: skip
