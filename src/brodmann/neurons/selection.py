"""Orders of units, and the sets that their tops make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from brodmann.errors import RequestError, RunError

Scope = Literal["global", "layer"]
"""Whether units compete with those of all sites, or with those of their own layer."""


@dataclass(frozen=True)
class Selection:
    """A set of units.

    Attributes:
        masks: Site name -> bool ``[U]``.
        info: How it was made: score, column, scope, fraction, seed (plain values).
    """

    masks: Mapping[str, Tensor]
    info: Mapping[str, str | int | float] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """Selected units of every site."""
        return {name: int(mask.sum()) for name, mask in self.masks.items()}

    def __len__(self) -> int:
        return sum(self.counts().values())


@dataclass(frozen=True)
class Order:
    """Units from first to last, ties broken by a seeded rule; its tops are nested.

    Attributes:
        ranks: Site name -> long ``[U]``; 0 is the first unit of the scope.
        scope: Whether ranks count through all sites (``global``) or within each (``layer``).
        info: How it was made.
    """

    ranks: Mapping[str, Tensor]
    scope: Scope
    info: Mapping[str, str | int | float] = field(default_factory=dict)

    def top(self, fraction: float) -> Selection:
        """The first share of units, of all or of each site; at least none, at most all.

        Args:
            fraction: From 0 to 1; the count is ``int(fraction * units)``, as in the released code.

        Raises:
            RequestError: Outside [0, 1].

        Example:
            >>> order = order_by({"encoder.0.ffn": torch.tensor([0.1, 0.9, 0.5, 0.7])}, "layer", 0)
            >>> order.top(0.5).masks["encoder.0.ffn"].tolist()
            [False, True, False, True]
        """
        if not 0 <= fraction <= 1:
            raise RequestError("fraction", fraction, "outside 0 to 1", "give a share such as 0.01")
        whole = sum(len(ranks) for ranks in self.ranks.values())
        sizes = {n: whole if self.scope == "global" else len(r) for n, r in self.ranks.items()}
        masks = {n: r < count_of(fraction, sizes[n]) for n, r in self.ranks.items()}
        return Selection(masks, {**self.info, "scope": self.scope, "fraction": fraction})


def count_of(fraction: float, units: int) -> int:
    """``int(fraction * units)``, safe from rounding.

    Example:
        >>> int(0.29 * 100), count_of(0.29, 100)
        (28, 29)
    """
    return int(fraction * units + 1e-9)


def order_by(scores: Mapping[str, Tensor], scope: Scope, seed: int) -> Order:
    """Order units by descending score; several columns take turns in naming their next unit.

    A unit stands where the first column names it, and a column that names a unit again has had
    its turn: the top of a task with several sub-tasks holds the top of each (Skill Neurons,
    appendix A).

    Args:
        scores: Site name -> float ``[U]`` or ``[U, K]``.
        scope: ``global`` or ``layer``.
        seed: Decides between equal scores.

    Returns:
        The order.

    Raises:
        RunError: There is no site, or sites differ in their columns.

    Example:
        >>> tasks = torch.tensor([[0.9, 0.1], [0.8, 0.9], [0.7, 0.8], [0.1, 0.2]])
        >>> order_by({"encoder.0.ffn": tasks}, "layer", seed=0).ranks["encoder.0.ffn"].tolist()
        [0, 1, 2, 3]
    """
    tables = {name: _columns(values) for name, values in scores.items()}
    if len({values.shape[1] for values in tables.values()}) != 1:
        raise RunError("units can be ordered by the same columns at every site only, not by "
                       f"{[list(values.shape) for values in scores.values()]}")  # fmt: skip
    generator = torch.Generator().manual_seed(seed)
    if scope == "layer":
        ranks = {name: _ranks(values, generator) for name, values in tables.items()}
        return Order(ranks, scope, {"seed": seed})
    joint = _ranks(torch.cat(list(tables.values())), generator)
    parts = joint.split([len(values) for values in tables.values()])
    return Order(dict(zip(tables, parts, strict=True)), scope, {"seed": seed})


def _columns(scores: Tensor) -> Tensor:
    """Scores ``[U]`` or ``[U, K]`` as ``[U, K]``."""
    scores = scores.detach().cpu()
    return scores[:, None] if scores.dim() == 1 else scores


def _ranks(scores: Tensor, generator: torch.Generator) -> Tensor:
    """0 for the unit that is named first; equal values in a random, seeded order; ``[U]``."""
    units, columns = scores.shape
    shuffled = torch.randperm(units, generator=generator)
    named = scores[shuffled].double().argsort(dim=0, descending=True, stable=True)
    places = torch.empty_like(named)
    places.scatter_(0, named, torch.arange(units)[:, None].expand_as(named))
    turns = (places * columns + torch.arange(columns)).amin(1)
    ranks = torch.empty(units, dtype=torch.long)
    ranks[shuffled[turns.argsort()]] = torch.arange(units)
    return ranks
