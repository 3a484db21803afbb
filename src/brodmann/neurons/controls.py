"""Orders and selections to compare with: random ones, and ones alike in layer and traits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from brodmann.errors import RunError
from brodmann.neurons.selection import Order, Scope, Selection, order_by
from brodmann.neurons.strata import quantile_bins

BINS = 10
"""Quantile bins of each trait: a control unit is taken from the bin of the one it stands for."""
APART = 10_000
"""Added to a random order's seed, so that it is drawn apart from the ties of other orders."""


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
    generator = torch.Generator().manual_seed(APART + seed)
    scores = {name: torch.rand(count, generator=generator) for name, count in units.items()}
    order = order_by(scores, scope, seed)
    return Order(order.ranks, scope, {"seed": seed, "control": "random"})


def matched_order(own: Order, other: Order, classes: Mapping[str, Tensor]) -> Order:
    """Another order's units at the ranks where an order has units of their class.

    At every fraction the two orders hold equally many units of every site and class; within a
    class the other order decides. Units of the own order's top may come again.

    Args:
        own: To be matched.
        other: Decides within classes, for instance a random order, or the same selector's on
            permuted labels.
        classes: As ``strata`` gives.

    Raises:
        RunError: The orders or classes differ in scope, sites or widths.

    Example:
        >>> own = Order({"encoder.0.ffn": torch.tensor([0, 1, 2, 3])}, "layer")
        >>> other = Order({"encoder.0.ffn": torch.tensor([3, 2, 1, 0])}, "layer")
        >>> classes = {"encoder.0.ffn": torch.tensor([0, 0, 1, 1])}
        >>> matched_order(own, other, classes).ranks["encoder.0.ffn"].tolist()
        [1, 0, 3, 2]
    """
    return matched_orders(own, [other], classes)[0]


def matched_orders(
    own: Order, others: Sequence[Order], classes: Mapping[str, Tensor]
) -> list[Order]:
    """Many other orders at once, each as :func:`matched_order` gives it."""
    if not others:
        return []
    for other in others:
        widths = [{name: len(values) for name, values in each.items()}
                  for each in (own.ranks, other.ranks, classes)]  # fmt: skip
        if own.scope != other.scope or any(each != widths[0] for each in widths):
            raise RunError("orders are matched over the same sites, widths and scope only")
    ranks = {
        name: _reassigned(ranks, torch.stack([other.ranks[name] for other in others]),
                          classes[name])
        for name, ranks in own.ranks.items()
    }  # fmt: skip
    return [
        Order({name: of_all[place] for name, of_all in ranks.items()}, own.scope,
              {**other.info, "control": "matched"})
        for place, other in enumerate(others)
    ]  # fmt: skip


def _reassigned(own: Tensor, others: Tensor, classes: Tensor) -> Tensor:
    """Within each class the own ranks, given out by each of the other ranks; long ``[D, U]``."""
    apart = classes * (1 + int(max(own.max(), others.max())))
    given = own[(apart + own).argsort()]
    taken = (apart + others).argsort(dim=1)
    return torch.empty_like(others).scatter_(1, taken, given.expand_as(taken))


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
