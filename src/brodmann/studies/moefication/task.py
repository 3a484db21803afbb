"""One task with some experts: who was right where, and what that is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brodmann.neurons.statistics.rows import ratio_rows

Array = NDArray[np.float64]
"""Float64, of any shape."""


@dataclass(frozen=True)
class MoefiedTask:
    """One task with some experts.

    Attributes:
        task: Its name.
        majority: Accuracy of the training set's majority class on the test examples used.
        dense: Whether the dense model is right, float64 ``[N, S]`` (examples x seeds).
        right: (partition, router) -> the same with some experts, ``[shares, N, S]``.
        captured: (partition, router) -> share of activity in the chosen experts, mean over layers
            and seeds, ``[shares]``.
        recall: (partition, router) -> share of the most active experts that are chosen, alike.
        shares: Shares of experts, as asked for.
        counts: Experts per token.
        experts: E.
    """

    task: str
    majority: float
    dense: Array
    right: Mapping[tuple[str, str], Array]
    captured: Mapping[tuple[str, str], Array]
    recall: Mapping[tuple[str, str], Array]
    shares: Sequence[float]
    counts: Sequence[int]
    experts: int

    def kind(self, kind: str) -> list[str]:
        """Names of the partitions of a kind (several of random ones)."""
        names = dict.fromkeys(name for name, _ in self.right)
        return [name for name in names if name.partition(" ")[0] == kind]

    def accuracy(self, kind: str, router: str, place: int) -> Array:
        """Correctness at a share, mean over the partitions of a kind, ``[N, S]``."""
        tables = [self.right[name, router][place] for name in self.kind(kind)]
        return np.asarray(np.mean(tables, axis=0))

    def relative(self, kind: str, router: str, place: int) -> Array:
        """Accuracy over the dense model's, by example and seed, ``[N, S]``."""
        return ratio_rows(self.accuracy(kind, router, place), self.dense)

    def above(self, kind: str, router: str, place: int) -> Array:
        """Accuracy above the majority's over the dense model's, ``[N, S]``."""
        return ratio_rows(
            self.accuracy(kind, router, place) - self.majority, self.dense - self.majority
        )

    def lead(self, one: str, other: str, router: str, place: int) -> Array:
        """Relative accuracy of one kind of partition minus another's, ``[N, S]``."""
        gap = self.accuracy(one, router, place) - self.accuracy(other, router, place)
        return ratio_rows(gap, self.dense)

    def meant(self, table: Mapping[tuple[str, str], Array], kind: str, router: str) -> Array:
        """Captured activity or recall, mean over the partitions of a kind, ``[shares]``."""
        return np.asarray(np.mean([table[name, router] for name in self.kind(kind)], axis=0))
