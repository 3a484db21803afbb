"""What is disturbed in a run: a grid of ablations, orders and rates, as interventions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from torch import Tensor

from brodmann.neurons.interventions import Intervention
from brodmann.neurons.selection import Order, Scope

Masks = Mapping[str, Tensor]
"""Site name -> bool ``[U]``."""
Place = tuple[int, int, int]
"""Places of a kind, an order and a rate in their lists."""


def disturbed(
    orders: Mapping[str, Mapping[str, Tensor]], scope: str, rates: Sequence[float]
) -> dict[tuple[int, int], Masks]:
    """Neurons that an order gives at a rate, where there are any.

    Args:
        orders: Name -> site name -> ranks ``[U]``.
        scope: ``layer`` or ``global``.
        rates: Shares of neurons.

    Returns:
        Places of the order and the rate -> masks.

    Raises:
        RequestError: A rate outside 0 to 1.
    """
    found: dict[tuple[int, int], Masks] = {}
    for place, by_site in enumerate(orders.values()):
        ranks = {site: values.long() for site, values in by_site.items()}
        order = Order(ranks, cast(Scope, scope))
        tops = {(place, r): order.top(rate) for r, rate in enumerate(rates)}
        found |= {at: top.masks for at, top in tops.items() if len(top)}
    return found


def interventions(
    masks: Mapping[tuple[int, int], Masks],
    kinds: Sequence[Sequence[Any]],
    values: Mapping[str, Mapping[str, Tensor]],
    draws: str,
    seed: int,
) -> dict[Place, Intervention]:
    """An intervention for every kind and every set of neurons.

    Args:
        masks: As ``disturbed`` gives.
        kinds: Rows of (kind, strength, ``relative`` or ``absolute``).
        values: What kinds need beside their masks: ``std``, ``mean`` (site name -> float ``[U]``),
            ``resample`` (site name -> float ``[R, U]``).
        draws: ``example`` or ``position``.
        seed: Of the draws, the same for all, so that arms differ in what is asked only.
    """
    return {
        (k, *place): Intervention(str(kind), chosen, "all", float(strength),
                                  _beside(str(kind), str(unit), values), draws, seed=seed)
        for k, (kind, strength, unit) in enumerate(kinds) for place, chosen in masks.items()
    }  # fmt: skip


def _beside(
    kind: str, unit: str, values: Mapping[str, Mapping[str, Tensor]]
) -> Mapping[str, Tensor]:
    """What a kind needs beside its masks."""
    if kind == "noise":
        return values["std"] if unit == "relative" else {}
    return values.get(kind, {})
