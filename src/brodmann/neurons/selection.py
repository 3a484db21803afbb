"""Orders of units, and the sets that their tops make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from brodmann.errors import RequestError, RunError

AT_ONCE = 2**23
"""Scores that are put in order at a time."""
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
    tables = {name: _columns(values)[None] for name, values in scores.items()}
    return orders_by(tables, scope, [seed])[0]


def orders_by(scores: Mapping[str, Tensor], scope: Scope, seeds: Sequence[int]) -> list[Order]:
    """Many orders at once, each as :func:`order_by` gives it.

    Args:
        scores: Site name -> float ``[D, U, K]``: ``D`` sets of scores.
        scope: ``global`` or ``layer``.
        seeds: One for each set.

    Raises:
        RunError: There is no site, or sites differ in their columns.
    """
    if len({values.shape[2] for values in scores.values()}) != 1:
        raise RunError("units can be ordered by the same columns at every site only, not by "
                       f"{[list(values.shape[1:]) for values in scores.values()]}")  # fmt: skip
    sizes = {name: values.shape[1] for name, values in scores.items()}
    found: list[Order] = []
    at_once = max(1, AT_ONCE // (sum(sizes.values()) * next(iter(scores.values())).shape[2]))
    for start in range(0, len(seeds), at_once):
        part = slice(start, start + at_once)
        some = {name: values[part] for name, values in scores.items()}
        found += _some_orders(some, sizes, scope, seeds[part])
    return found


def _some_orders(
    scores: Mapping[str, Tensor], sizes: Mapping[str, int], scope: Scope, seeds: Sequence[int]
) -> list[Order]:
    groups = list(sizes.values()) if scope == "layer" else [sum(sizes.values())]
    shuffles = [_shuffles(groups, seed) for seed in seeds]
    tables = list(scores.values()) if scope == "layer" else [torch.cat(list(scores.values()), 1)]
    stacked = [torch.stack(of_group) for of_group in zip(*shuffles, strict=True)]
    ranks = [_ranks(*pair) for pair in zip(tables, stacked, strict=True)]
    by_site = ranks if scope == "layer" else ranks[0].split(list(sizes.values()), dim=1)
    return [
        Order({name: one[place] for name, one in zip(sizes, by_site, strict=True)}, scope,
              {"seed": seed})
        for place, seed in enumerate(seeds)
    ]  # fmt: skip


def _shuffles(sizes: Sequence[int], seed: int) -> list[Tensor]:
    """A random order of every group of units: equal values keep it."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randperm(size, generator=generator) for size in sizes]


def _columns(scores: Tensor) -> Tensor:
    """Scores ``[U]`` or ``[U, K]`` as ``[U, K]``."""
    scores = scores.detach().cpu()
    return scores[:, None] if scores.dim() == 1 else scores


def _ranks(scores: Tensor, shuffled: Tensor) -> Tensor:
    """0 for the unit that is named first; equal values in the shuffled order; ``[D, U]``."""
    columns, count = scores.shape[2], torch.arange(scores.shape[1])
    mixed = scores.gather(1, shuffled[..., None].expand_as(scores))
    named = mixed.argsort(dim=1, descending=True, stable=True)
    first = named[..., 0] if columns == 1 else _in_turn(named)
    order = shuffled.gather(1, first)
    return torch.empty_like(order).scatter_(1, order, count.expand_as(order))


def _in_turn(named: Tensor) -> Tensor:
    """One order out of several, which take turns to name a unit: ``[D, U, K]`` to ``[D, U]``."""
    columns, count = named.shape[2], torch.arange(named.shape[1])
    places = torch.empty_like(named).scatter_(1, named, count[:, None].expand_as(named))
    return (places * columns + torch.arange(columns)).amin(2).argsort(dim=1)
