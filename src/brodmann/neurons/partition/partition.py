"""Which expert each neuron of an FFN belongs to, and where that was taken from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from brodmann.errors import RequestError, RunError
from brodmann.neurons.selection import Selection


@dataclass(frozen=True)
class Partition:
    """Experts of equal size at every site.

    Attributes:
        expert_of: Site name -> long ``[U]``, from 0 to ``experts - 1``.
        experts: E, how many there are at each site.
        info: How it was made: method, seed, inertia, checkpoint (plain values).

    Raises:
        RunError: Experts of one site differ in size, or a neuron belongs to none.

    Example:
        >>> made = Partition({"encoder.0.ffn": torch.tensor([0, 1, 1, 0])}, experts=2)
        >>> made.members("encoder.0.ffn").tolist()
        [[0, 3], [1, 2]]
    """

    expert_of: Mapping[str, Tensor]
    experts: int
    info: Mapping[str, str | int | float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for site, labels in self.expert_of.items():
            if labels.min() < 0 or labels.max() >= self.experts:
                raise RunError(f"{site} names experts from {int(labels.min())} to "
                               f"{int(labels.max())}, but there are {self.experts}")  # fmt: skip
            sizes = torch.bincount(labels, minlength=self.experts)
            if sizes.min() != sizes.max():
                raise RunError(f"the experts of {site} are not equally large: "
                               f"{int(sizes.min())} to {int(sizes.max())} neurons")  # fmt: skip

    def size(self, site: str) -> int:
        """Neurons of each expert of a site."""
        return len(self.expert_of[site]) // self.experts

    def members(self, site: str) -> Tensor:
        """The neurons of each expert in ascending order, long ``[E, size]``."""
        return self.expert_of[site].argsort(stable=True).view(self.experts, -1)

    def means(self, site: str, values: Tensor) -> Tensor:
        """Mean of a value over the neurons of each expert.

        Args:
            site: Name of the site.
            values: Float ``[U, ...]``.

        Returns:
            Float ``[E, ...]``.
        """
        return values[self.members(site)].mean(1)

    def selection(self, chosen: Mapping[str, Sequence[int]]) -> Selection:
        """The neurons of some experts.

        Args:
            chosen: Site name -> experts; none of the other sites.

        Raises:
            RunError: There is no such site or expert.
        """
        for site, experts in chosen.items():
            if site not in self.expert_of:
                raise RunError(f"the partition has no site {site}")
            if not all(0 <= expert < self.experts for expert in experts):
                raise RunError(f"{site} has experts 0 to {self.experts - 1}, not {list(experts)}")
        masks = {
            site: torch.isin(labels, torch.tensor(list(chosen.get(site, ())), dtype=torch.long))
            for site, labels in self.expert_of.items()
        }
        return Selection(masks, {"experts": sum(map(len, chosen.values()))})


def expert_size(units: int, experts: int) -> int:
    """Neurons of each of so many equal experts.

    Args:
        units: Neurons of the site.
        experts: How many experts.

    Raises:
        RequestError: They do not divide the width; the nearest numbers that do are named.

    Example:
        >>> expert_size(3072, 96)
        32
    """
    if 1 <= experts <= units and units % experts == 0:
        return units // experts
    divisors = [n for n in range(1, units + 1) if units % n == 0]
    near = sorted(divisors, key=lambda n: (abs(n - experts), n))[:3]
    raise RequestError(
        "experts", experts, f"{units} neurons cannot be dealt out evenly to so many experts",
        f"give a divisor of {units}, such as {', '.join(map(str, sorted(near)))}",
    )  # fmt: skip


def renumbered(labels: Tensor) -> Tensor:
    """The same groups, numbered in the order of their first neurons.

    Args:
        labels: Long ``[U]``, any numbers.

    Example:
        >>> renumbered(torch.tensor([7, 2, 7, 5])).tolist()
        [0, 1, 0, 2]
    """
    _, groups = torch.unique(labels, return_inverse=True)
    count = int(groups.max()) + 1
    places = torch.arange(len(groups))
    first = torch.full((count,), len(groups)).scatter_reduce(0, groups, places, "amin")
    return first.argsort().argsort()[groups]


def agreement(one: Partition, other: Partition) -> dict[str, float]:
    """How far two partitions group the neurons alike, whatever the experts are called.

    Args:
        one: A partition.
        other: Another one, of the same sites and widths; it may have other experts.

    Returns:
        Site name -> adjusted mutual information (Vinh et al. 2010): 1 for equal groups, 0 on
        average for unrelated ones.

    Raises:
        RunError: They are of different sites or widths.
    """
    from sklearn.metrics import adjusted_mutual_info_score

    widths = [{s: len(labels) for s, labels in p.expert_of.items()} for p in (one, other)]
    if widths[0] != widths[1]:
        raise RunError("partitions are compared over the same sites and widths only")
    return {
        site: float(adjusted_mutual_info_score(labels.numpy(), other.expert_of[site].numpy()))
        for site, labels in one.expert_of.items()
    }
