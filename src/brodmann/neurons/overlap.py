"""How much two selections share, against chance within each site."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np
from scipy.stats import hypergeom

from brodmann.errors import RunError
from brodmann.neurons.selection import Selection


@dataclass(frozen=True)
class Overlap:
    """Shared units of two selections, beside random selections of equal counts at every site.

    Chance is stratified by site (a hypergeometric count at each): selections that merely prefer
    the same layers share more than a single urn, ``k * k / n``, says.

    Attributes:
        shared: Units in both.
        counts: A row per site: its units, those in the first selection, those in the second.

    Raises:
        RunError: No selections have these counts.

    Example:
        >>> found = Overlap(2, ((4, 2, 2), (2, 1, 1)))
        >>> found.expected, found.excess, round(found.p_upper, 4)
        (1.5, 0.5, 0.5)
    """

    shared: int
    counts: tuple[tuple[int, int, int], ...]

    def __post_init__(self) -> None:
        taken = [max(one, two) <= units for units, one, two in self.counts]
        if not all(taken) or not self.least <= self.shared <= self.largest:
            raise RunError(f"an overlap of {self.shared} is impossible with the counts "
                           f"{[list(row) for row in self.counts]}")  # fmt: skip

    @property
    def least(self) -> int:
        """Units that such selections share at least."""
        return sum(max(0, one + two - units) for units, one, two in self.counts)

    @property
    def largest(self) -> int:
        """Units that such selections share at most."""
        return sum(min(one, two) for _, one, two in self.counts)

    @property
    def union(self) -> int:
        """Units in either."""
        return sum(one + two for _, one, two in self.counts) - self.shared

    @property
    def jaccard(self) -> float:
        """Shared units over the union; 0 if both are empty."""
        return self.shared / self.union if self.union else 0.0

    @property
    def expected(self) -> float:
        """Units that random selections share on average."""
        return sum(one * two / units for units, one, two in self.counts)

    @property
    def std(self) -> float:
        """Standard deviation of the units that random selections share."""
        return math.sqrt(sum(_variance(*row) for row in self.counts))

    @property
    def excess(self) -> float:
        """Shared units above the expectation: 0 on average by chance."""
        return self.shared - self.expected

    @property
    def excess_share(self) -> float:
        """The excess over the most it could be, at most 1; 0 where it cannot be above 0."""
        room = self.largest - self.expected
        return self.excess / room if room > 0 else 0.0

    @property
    def z(self) -> float:
        """The excess in standard deviations; NaN where chance leaves no choice."""
        return self.excess / self.std if self.std else math.nan

    @property
    def p_upper(self) -> float:
        """Exact chance of at least as many shared units."""
        return min(1.0, float(self._chances[self.shared :].sum()))

    @property
    def p_lower(self) -> float:
        """Exact chance of at most as many shared units."""
        return min(1.0, float(self._chances[: self.shared + 1].sum()))

    @cached_property
    def _chances(self) -> np.ndarray:
        """Chance of each overlap from 0 to the largest: the sites' distributions, convolved."""
        sites = [
            hypergeom.pmf(np.arange(min(a, b) + 1), units, a, b) for units, a, b in self.counts
        ]
        return np.asarray(reduce(np.convolve, sites, np.ones(1)))


def _variance(units: int, one: int, two: int) -> float:
    """Variance of a hypergeometric count."""
    return one * two * (units - one) * (units - two) / (units**2 * max(units - 1, 1))


def overlap(one: Selection, other: Selection) -> Overlap:
    """Compare two selections of the same sites.

    Raises:
        RunError: There is no site, or sites or widths differ.

    Example:
        >>> import torch
        >>> one = Selection({"encoder.0.ffn": torch.tensor([True, True, False, False])})
        >>> overlap(one, one).jaccard, overlap(one, one).expected
        (1.0, 1.0)
    """
    widths = [{name: len(mask) for name, mask in each.masks.items()} for each in (one, other)]
    if not widths[0] or widths[0] != widths[1]:
        raise RunError("selections of different sites or widths, or of none, cannot be compared")
    pairs = [(one.masks[name].cpu().bool(), other.masks[name].cpu().bool()) for name in widths[0]]
    counts = tuple((len(a), int(a.sum()), int(b.sum())) for a, b in pairs)
    return Overlap(sum(int((a & b).sum()) for a, b in pairs), counts)
