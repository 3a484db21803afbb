"""Orders and selections to compare with: random ones, matched ones, and several orders as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from brodmann.errors import RunError
from brodmann.neurons.selection import Order, Scope, Selection, order_by

BINS = 10
"""Quantile bins of each trait: a control unit is taken from the bin of the one it stands for."""


def random_order(units: Mapping[str, int], scope: Scope, seed: int) -> Order:
    """Units in random order.

    Args:
        units: Site name -> number of units.
        scope: ``global`` or ``layer``.
        seed: Of the order.

    Example:
        >>> order = random_order({"encoder.0.ffn": 4}, "layer", seed=0)
        >>> sorted(order.ranks["encoder.0.ffn"].tolist())
        [0, 1, 2, 3]
    """
    order = order_by({name: torch.zeros(count) for name, count in units.items()}, scope, seed)
    return Order(order.ranks, scope, {"seed": seed, "control": "random"})


def interleave(orders: Sequence[Order]) -> Order:
    """Several orders in turn, each adding its next unit that is not there yet.

    The top of a task with several sub-tasks is made so: equally many from each (Skill Neurons,
    appendix A).

    Args:
        orders: Of the same sites and the same scope.

    Raises:
        RunError: There is none, or sites or scopes differ.
    """
    if not orders or any(
        order.scope != orders[0].scope or _widths(order) != _widths(orders[0]) for order in orders
    ):
        raise RunError("orders to interleave need the same sites and the same scope")
    first, names = orders[0], list(orders[0].ranks)
    groups = [names] if first.scope == "global" else [[name] for name in names]
    ranks: dict[str, Tensor] = {}
    for group in groups:
        joint = _round_robin([torch.cat([order.ranks[n] for n in group]) for order in orders])
        parts = joint.split([len(first.ranks[name]) for name in group])
        ranks |= dict(zip(group, parts, strict=True))
    return Order(ranks, first.scope, {"interleaved": len(orders)})


def _widths(order: Order) -> dict[str, int]:
    return {name: len(ranks) for name, ranks in order.ranks.items()}


def _round_robin(ranks: Sequence[Tensor]) -> Tensor:
    turns = [iter(torch.argsort(one).tolist()) for one in ranks]
    merged, taken = torch.empty_like(ranks[0]), set[int]()
    while len(taken) < len(merged):
        for turn in turns:
            unit = next((unit for unit in turn if unit not in taken), None)
            if unit is not None:
                merged[unit] = len(taken)
                taken.add(unit)
    return merged


def matched(
    selection: Selection, traits: Mapping[str, Tensor], seed: int, bins: int = BINS
) -> Selection:
    """Other units, as many in every layer and alike in their traits.

    Each selected unit is replaced by a random unselected one from its own bin of every trait, or,
    where those are used up, from the nearest bins (city-block distance).

    Args:
        selection: What to stand for.
        traits: Site name -> float ``[U, F]``, for instance the activations' standard deviation
            and the norm of the output weights.
        seed: Of the draws.
        bins: Quantile bins of each trait.

    Returns:
        A selection without a unit of the first one, with the same count at every site.

    Raises:
        RunError: More than half of a layer is selected, or a site has no traits that fit.
    """
    generator = torch.Generator().manual_seed(seed)
    masks = {}
    for name, mask in selection.masks.items():
        if name not in traits or len(traits[name]) != len(mask):
            raise RunError(f"{name} has no traits of its {len(mask)} units to match")
        masks[name] = torch.zeros_like(mask)
        masks[name][_partners(name, mask.cpu(), traits[name].cpu(), generator, bins)] = True
    return Selection(masks, {**selection.info, "control": "matched", "control_seed": seed})


def quantile_bins(traits: Tensor, bins: int) -> Tensor:
    """The bin of each unit for each trait, equally full, equal values together; long ``[U, F]``.

    Example:
        >>> quantile_bins(torch.tensor([[0.1], [9.0], [0.2], [0.2]]), 2).flatten().tolist()
        [0, 1, 0, 0]
    """
    ordered = traits.double().sort(dim=0).values.t().contiguous()
    ranks = torch.searchsorted(ordered, traits.double().t().contiguous()).t()
    return ranks * bins // len(traits)


def _partners(
    name: str, mask: Tensor, traits: Tensor, generator: torch.Generator, bins: int
) -> Tensor:
    """An unselected unit for each selected one, all different; long ``[S]``."""
    chosen, pool = mask.nonzero()[:, 0], (~mask).nonzero()[:, 0]
    if len(chosen) > len(pool):
        raise RunError(f"{len(chosen)} of {len(mask)} units of {name} are selected: too few are "
                       "left for a control")  # fmt: skip
    cells = quantile_bins(traits, bins)
    chosen = chosen[torch.randperm(len(chosen), generator=generator)]
    pool = pool[torch.randperm(len(pool), generator=generator)]
    distance = torch.cdist(cells[chosen].float(), cells[pool].float(), p=1)
    found = torch.empty_like(chosen)
    for index in distance.amin(1).argsort(descending=True, stable=True).tolist():
        best = int(distance[index].argmin())
        found[index] = pool[best]
        distance[:, best] = torch.inf
    return found
