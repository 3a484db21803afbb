"""Mean and spread of every unit at every position: the thresholds of predictivity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from brodmann.errors import RunError
from brodmann.neurons.scores.sums import Sums
from brodmann.neurons.tokens import Reading

KINDS = ("total", "squares", "count")
"""Sums of the baseline, per site."""


@dataclass(frozen=True)
class Moments:
    """First and second moments over examples.

    Attributes:
        mean: Site name -> float64 ``[P, U]``.
        std: Site name -> float64 ``[P, U]``, of the population (n in the denominator).
        count: Examples.
    """

    mean: Mapping[str, Tensor]
    std: Mapping[str, Tensor]
    count: int


def moments(values: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation over examples.

    Args:
        values: Activations, float ``[N, P, U]``.

    Returns:
        Two float64 ``[P, U]``.

    Example:
        >>> import torch
        >>> mean, std = moments(torch.tensor([[[1.0]], [[3.0]]]))
        >>> mean.item(), std.item()
        (2.0, 1.0)
    """
    return _from_sums(*_sums(values), len(values))


class Baseline:
    """A listener: the class-agnostic mean activation (Skill Neurons, eq. 3) and its spread.

    Hear the training split with it; its means are the thresholds of ``Predictivity``. Sums are
    float64, so that any batching and any number of processes gives the same means to 1e-12.

    Args:
        reading: Which tokens.
        sites: Names of sites.
    """

    def __init__(self, reading: Reading, sites: Sequence[str]) -> None:
        self.reading, self.sites, self.sums = reading, tuple(sites), Sums()

    def update(self, site: str, values: Tensor, rows: Tensor) -> None:
        """Add a batch, float ``[B, P, U]``."""
        total, squares = _sums(values)
        self.sums.update(f"total/{site}", total)
        self.sums.update(f"squares/{site}", squares)
        self.sums.update(f"count/{site}", total.new_tensor(len(values)))

    def compute(self) -> Moments:
        """Means and spreads over all processes.

        Raises:
            RunError: Nothing was heard.
        """
        with self.sums.gathered() as sums:
            if not sums:
                raise RunError("the baseline has heard no example")
            pairs = {site: _from_sums(*(sums[f"{kind}/{site}"] for kind in KINDS))
                     for site in self.sites}  # fmt: skip
            count = int(sums[f"count/{self.sites[0]}"])
        return Moments({s: m for s, (m, _) in pairs.items()}, {s: d for s, (_, d) in pairs.items()},
                       count)  # fmt: skip


def _sums(values: Tensor) -> tuple[Tensor, Tensor]:
    wide = values.double()
    return wide.sum(0), wide.square_().sum(0) if wide is not values else wide.square().sum(0)


def _from_sums(total: Tensor, squares: Tensor, count: Tensor | int) -> tuple[Tensor, Tensor]:
    mean = total / count
    return mean, (squares / count - mean.square()).clamp_min(0).sqrt()
