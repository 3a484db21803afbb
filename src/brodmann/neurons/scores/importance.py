"""How active units are in each group of examples: sums, from which four importances follow.

The importances of "Modularity in Transformers" and of selective pruning (Pochinkov & Schoots 2024):
mean absolute activation, mean square, standard deviation and frequency of being above zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from brodmann.errors import RequestError, RunError, nearest
from brodmann.neurons.scores.sums import Sums
from brodmann.neurons.tokens import Reading

SUMMED: dict[str, Callable[[Tensor], Tensor]] = {
    "sum": lambda z: z,
    "absolute": torch.abs,
    "square": torch.square,
    "above": lambda z: (z > 0).to(z.dtype),
}
"""Name of a sum -> what is summed of float64 activations."""


def _variance(sums: Mapping[str, Tensor], count: Tensor) -> Tensor:
    return (sums["square"] / count - (sums["sum"] / count).square()).clamp_min(0)


MEASURES: dict[str, Callable[[Mapping[str, Tensor], Tensor], Tensor]] = {
    "mean": lambda sums, count: sums["sum"] / count,
    "absolute": lambda sums, count: sums["absolute"] / count,
    "square": lambda sums, count: sums["square"] / count,
    "variance": _variance,
    "std": lambda sums, count: _variance(sums, count).sqrt(),
    "frequency": lambda sums, count: sums["above"] / count,
}
"""Importance -> function of the sums ``[G, P, U]`` and of the examples ``[G, 1, 1]``.

``frequency`` says something of ReLU-like units only: a gated unit is about symmetric.
"""


@dataclass(frozen=True)
class Importances:
    """Sums of each group.

    Attributes:
        groups: Names of the G groups.
        count: Examples of each, long ``[G]``.
        sums: Site name -> name of a sum -> float64 ``[G, P, U]``.
    """

    groups: tuple[str, ...]
    count: Tensor
    sums: Mapping[str, Mapping[str, Tensor]]

    def of(self, site: str, measure: str = "absolute") -> Tensor:
        """One importance of a site's units in every group, float64 ``[G, P, U]``.

        Raises:
            RequestError: There is no such measure.
        """
        if measure not in MEASURES:
            raise RequestError("importance", measure, "there is no such importance",
                               nearest(measure, MEASURES))  # fmt: skip
        return MEASURES[measure](self.sums[site], self.count[:, None, None])


def group_sums(values: Tensor, groups: Tensor, count: int) -> dict[str, Tensor]:
    """Sums of activations by group.

    Args:
        values: Float ``[B, P, U]``.
        groups: Group of each example, long ``[B]``; below 0 for none.
        count: G, how many groups there are.

    Returns:
        Name of a sum -> float64 ``[G, P, U]``.

    Example:
        >>> values = torch.tensor([-1.0, 2.0, 3.0])[:, None, None]
        >>> sums = group_sums(values, torch.tensor([0, 0, 1]), 2)
        >>> {name: sum.flatten().tolist() for name, sum in sums.items()}["absolute"]
        [3.0, 3.0]
    """
    grouped = groups >= 0
    wide, groups = values[grouped].double(), groups[grouped]
    empty = wide.new_zeros(count, *values.shape[1:])
    return {name: empty.index_add(0, groups, of(wide)) for name, of in SUMMED.items()}


class Importance:
    """A listener: sums of each unit's activations, by group of rows.

    Args:
        reading: Which tokens.
        sites: Names of sites.
        groups: Group of every row of the data set, long ``[N]``; below 0 for none.
        names: Names of the groups, by number.

    Raises:
        RunError: A group has no name.
    """

    def __init__(
        self, reading: Reading, sites: Sequence[str], groups: Tensor, names: Sequence[str]
    ) -> None:
        if int(groups.max()) >= len(names):
            raise RunError(f"group {int(groups.max())} is not one of the {len(names)} named ones")
        self.reading, self.sites, self.sums = reading, tuple(sites), Sums()
        self.groups, self.names = groups, tuple(names)

    def update(self, site: str, values: Tensor, rows: Tensor) -> None:
        """Add a batch, float ``[B, P, U]``, of the rows ``[B]``."""
        groups = self.groups.to(rows.device)[rows]
        for name, value in group_sums(values, groups, len(self.names)).items():
            self.sums.update(f"{name}/{site}", value)
        if site == self.sites[0]:
            self.sums.update("count", torch.bincount(groups[groups >= 0],
                                                     minlength=len(self.names)))  # fmt: skip

    def compute(self) -> Importances:
        """The sums over all processes.

        Raises:
            RunError: A group has no example.
        """
        with self.sums.gathered() as sums:
            count = sums.get("count", torch.zeros(len(self.names))).clone().long()
            if bool((count == 0).any()):
                raise RunError(f"group {self.names[int(count.argmin())]} has no example")
            found = {s: {n: sums[f"{n}/{s}"].clone() for n in SUMMED} for s in self.sites}
        return Importances(self.names, count, found)
