"""What an intervention makes of the units' values: one row per kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from brodmann.neurons.interventions.draws import choice, normal

Change = Callable[[Tensor, float, Tensor, Tensor], Tensor]
"""``(values [n, k], strength, parameters, draws [n, k] or [n, 1]) -> values [n, k]``."""


@dataclass(frozen=True)
class Kind:
    """One way to change units.

    Attributes:
        change: From the values of ``n`` tokens and ``k`` units to the new ones.
        values: Shape of the parameters of a site: ``none``, ``unit`` (``[U]``), ``unit?`` (the
            same, ones when not given) or ``bank`` (``[R, U]``).
        draw: From random bits (long) to the draws; ``None`` where nothing is random.
        joint: Whether one draw serves all units and sites of an example.
        idle: The strength that changes nothing, bit for bit.
    """

    change: Change
    values: str = "none"
    draw: Callable[[Tensor], Tensor] | None = None
    joint: bool = False
    idle: float = 0.0


def _noise(values: Tensor, strength: float, deviations: Tensor, draws: Tensor) -> Tensor:
    return values + (draws * deviations * strength).to(values.dtype)


def _zero(values: Tensor, strength: float, parameters: Tensor, draws: Tensor) -> Tensor:
    return _towards(values, torch.zeros_like(values), strength)


def _replace(values: Tensor, strength: float, wanted: Tensor, draws: Tensor) -> Tensor:
    return _towards(values, wanted.to(values.dtype).expand_as(values), strength)


def _resample(values: Tensor, strength: float, bank: Tensor, draws: Tensor) -> Tensor:
    chosen = bank[choice(draws[:, 0], len(bank))]
    return _towards(values, chosen.to(values.dtype), strength)


def _scale(values: Tensor, strength: float, parameters: Tensor, draws: Tensor) -> Tensor:
    return values * strength


def _permute(values: Tensor, strength: float, parameters: Tensor, draws: Tensor) -> Tensor:
    """Each unit gets the value of the next one in a random cycle through all of them."""
    order = draws.argsort(dim=1)
    moved = torch.empty_like(values).scatter(1, order, values.gather(1, order.roll(-1, dims=1)))
    return _towards(values, moved, strength)


def _towards(values: Tensor, wanted: Tensor, strength: float) -> Tensor:
    """All the way at 1, part of it below; exact at both ends."""
    return torch.lerp(values, wanted, strength)


def _bits(bits: Tensor) -> Tensor:
    """The bits themselves: an order, or the choice of a row."""
    return bits


KINDS: dict[str, Kind] = {
    "noise": Kind(_noise, values="unit?", draw=normal),
    "zero": Kind(_zero),
    "mean": Kind(_replace, values="unit"),
    "resample": Kind(_resample, values="bank", draw=_bits, joint=True),
    "set": Kind(_replace, values="unit"),
    "scale": Kind(_scale, idle=1.0),
    "permute": Kind(_permute, draw=_bits),
}
"""Kinds of intervention.

- ``noise``: adds ``strength`` x a normal draw, in absolute units (Wang et al. 2022, section 4.2),
  or relative to each unit's s.d. when ``values`` hold these.
- ``zero``, ``mean``, ``set``: puts 0 or the given value; ``mean`` and ``set`` differ in name only.
- ``resample``: puts the values of another example, drawn from a bank, the same one for all units
  and sites of an example (Chan et al. 2022, causal scrubbing).
- ``scale``: multiplies by ``strength``.
- ``permute``: exchanges the units' values among them.

At ``strength`` below 1 the replacing kinds go that part of the way.
"""
