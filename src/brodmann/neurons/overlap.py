"""How much two selections share, and how much they would share by chance."""

from __future__ import annotations

import math
from dataclasses import dataclass

from brodmann.errors import RunError
from brodmann.neurons.selection import Selection


@dataclass(frozen=True)
class Overlap:
    """Shared units of two selections.

    Attributes:
        shared: Units in both.
        union: Units in either.
        expected: Shared units of two random selections with the same count at every site.
        std: Standard deviation of that number.
    """

    shared: int
    union: int
    expected: float
    std: float

    @property
    def jaccard(self) -> float:
        """Shared units over the union; 0 if both are empty."""
        return self.shared / self.union if self.union else 0.0

    @property
    def excess(self) -> float:
        """Shared units above the expectation: 0 on average by chance."""
        return self.shared - self.expected

    @property
    def z(self) -> float:
        """The excess in standard deviations; NaN where chance leaves no choice."""
        return self.excess / self.std if self.std else math.nan


def overlap(one: Selection, other: Selection) -> Overlap:
    """Compare two selections of the same sites.

    The chance level is stratified by site (a hypergeometric count at each): selections that
    merely prefer the same layers share more than the global level ``k * k / n`` says.

    Raises:
        RunError: Their sites or widths differ.

    Example:
        >>> import torch
        >>> one = Selection({"encoder.0.ffn": torch.tensor([True, True, False, False])})
        >>> overlap(one, one).jaccard, overlap(one, one).expected
        (1.0, 1.0)
    """
    widths = [{name: len(mask) for name, mask in each.masks.items()} for each in (one, other)]
    if widths[0] != widths[1]:
        raise RunError("selections of different sites or widths cannot be compared")
    shared = union = 0
    expected = variance = 0.0
    for name, units in widths[0].items():
        a, b = one.masks[name].cpu(), other.masks[name].cpu()
        shared += int((a & b).sum())
        union += int((a | b).sum())
        mean, spread = _chance(int(a.sum()), int(b.sum()), units)
        expected, variance = expected + mean, variance + spread
    return Overlap(shared, union, expected, math.sqrt(variance))


def _chance(first: int, second: int, units: int) -> tuple[float, float]:
    """Mean and variance of a hypergeometric count."""
    mean = first * second / units
    if units == 1:
        return mean, 0.0
    return mean, mean * (units - first) * (units - second) / (units * (units - 1))
