"""How far two sets of units overlap beyond what their counts per layer imply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import hypergeom

from brodmann.errors import RunError


@dataclass(frozen=True)
class Overlap:
    """An overlap beside its exact distribution over random sets of equal counts per layer.

    Attributes:
        observed: Units in both sets.
        expected: Mean under chance: the sum over layers of ``a * b / units``.
        sd: Its standard deviation under chance.
        largest: The most that the counts allow.
        p_upper: Chance of at least the observed overlap.
        p_lower: Chance of at most the observed overlap.
    """

    observed: int
    expected: float
    sd: float
    largest: int
    p_upper: float
    p_lower: float

    @property
    def excess(self) -> float:
        """Observed minus expected, as a share of the most it could be; 0 where it cannot differ."""
        room = self.largest - self.expected
        return (self.observed - self.expected) / room if room > 0 else 0.0


def overlap(first: Mapping[str, ArrayLike], second: Mapping[str, ArrayLike]) -> Overlap:
    """Overlap of two sets of units against chance within each layer.

    Layers differ in how many units are taken, so a single urn would call the shared profile of
    layers an overlap. The distribution is the convolution of the layers' hypergeometric ones.

    Args:
        first: Site name -> bool ``[U]``.
        second: The same sites.

    Raises:
        RunError: Sites or widths that differ, or none.

    Example:
        >>> one = {"a": [True, True, False, False], "b": [True, False]}
        >>> two = {"a": [True, True, False, False], "b": [False, True]}
        >>> found = overlap(one, two)
        >>> found.observed, found.expected, round(found.p_upper, 4)
        (2, 1.5, 0.5)
    """
    if not first or set(first) != set(second):
        raise RunError(f"an overlap needs the same sites, got {sorted(first)}, {sorted(second)}")
    pairs = [_masks(name, first[name], second[name]) for name in first]
    observed = sum(int((one & two).sum()) for one, two in pairs)
    counts = np.array([(len(one), one.sum(), two.sum()) for one, two in pairs], dtype=np.int64)
    return chance_overlap(observed, counts)


def _masks(name: str, one: ArrayLike, two: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    left, right = np.asarray(one, dtype=bool), np.asarray(two, dtype=bool)
    if left.ndim != 1 or left.shape != right.shape:
        raise RunError(f"{name} has masks of shapes {left.shape} and {right.shape}")
    return left, right


def chance_overlap(observed: int, counts: ArrayLike) -> Overlap:
    """Overlap against chance, from counts alone.

    Args:
        observed: Units in both sets.
        counts: long ``[layers, 3]``: units, taken by the first set, taken by the second.

    Raises:
        RunError: Counts that are impossible.
    """
    table = np.asarray(counts, dtype=np.int64)
    units, one, two = table.T
    largest = int(np.minimum(one, two).sum())
    if (np.maximum(one, two) > units).any() or not 0 <= observed <= largest:
        raise RunError(f"an overlap of {observed} is impossible with the counts {table.tolist()}")
    chances = reduce(np.convolve, [_chances(*row) for row in table])
    expected = float((one * two / units).sum())
    spread = one * two * (units - one) * (units - two) / (units**2 * np.maximum(units - 1, 1))
    upper = min(1.0, float(chances[observed:].sum()))
    lower = min(1.0, float(chances[: observed + 1].sum()))
    return Overlap(observed, expected, float(np.sqrt(spread.sum())), largest, upper, lower)


def _chances(units: int, one: int, two: int) -> np.ndarray:
    """Probability of each overlap from 0 to the smaller set, in one layer."""
    return hypergeom.pmf(np.arange(min(one, two) + 1), units, one, two)
