"""The level at which an interval leaves a bound: what turns intervals into p-values."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Protocol

Bounds = tuple[float, float]
"""Lower and upper limit."""


class Interval(Protocol):
    """What the verdict rule asks of an interval."""

    @property
    def effect(self) -> float:
        """The estimate, in the claim's unit."""
        ...

    def at_level(self, level: float) -> Bounds:
        """Ends that miss the truth with probability ``level``, both sides together."""
        ...


def exit_level(interval: Interval, bound: float, above: bool) -> float:
    """The smallest level at which an interval lies wholly beyond a bound.

    The rule "the interval at level q lies above delta" is ``exit_level(...) <= q``.

    Args:
        interval: Widens as the level falls.
        bound: ``delta`` or ``-delta``.
        above: Whether the interval shall lie above the bound, or below it.

    Returns:
        A level between 0 and 1; 1 where no level does (a tail below 1e-12 is given as 1e-12).

    Example:
        >>> from brodmann.neurons.statistics.intervals import mean_of_seeds
        >>> round(exit_level(mean_of_seeds([0.1, 0.2, 0.3, 0.2, 0.2]), 0.1, above=True), 4)
        0.0341
    """

    def beyond(level: float) -> bool:
        low, high = interval.at_level(level)
        return low > bound if above else high < bound

    return smallest_level(beyond)


def fitting_level(interval: Interval, delta: float) -> float:
    """The smallest level at which an interval lies within plus and minus ``delta``."""

    def within(level: float) -> bool:
        low, high = interval.at_level(level)
        return -delta <= low and high <= delta

    return smallest_level(within)


def smallest_level(holds: Callable[[float], bool], tiny: float = 1e-12, steps: int = 30) -> float:
    """Bisection, on a log scale, for where a rule that holds at large levels begins to hold.

    Args:
        holds: Whether it holds at a level.
        tiny: The smallest level that is looked at.
        steps: Halvings; 30 of them leave a factor of 1 + 3e-8.

    Returns:
        A level at which it holds, 1 where it never does.
    """
    low, high = tiny, 1 - 1e-9
    if not holds(high):
        return 1.0
    if holds(low):
        return low
    for _ in range(steps):
        middle = sqrt(low * high)
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
