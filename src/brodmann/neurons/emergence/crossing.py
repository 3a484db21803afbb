"""When a curve over checkpoints settles above a threshold, and how far two such times lie apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression

from brodmann.errors import RunError
from brodmann.neurons.emergence.series import octaves

State = Literal["reached", "from the start", "never", "unknown before"]
"""Whether the time is known; if not, on which side it is censored."""


@dataclass(frozen=True)
class Crossing:
    """A time in octaves (log2 of 1 + step): between ``low`` and ``high``, which are equal if known.

    Attributes:
        state: ``reached``; ``from the start``: at or before the first checkpoint; ``never``: later
            than the last point of the curve; ``unknown before``: the curve is undefined between
            ``low`` and ``high``.
        low: It is not earlier.
        high: It is not later.
    """

    state: State
    low: float
    high: float

    @property
    def step(self) -> float | None:
        """The time in steps, where it is known."""
        return 2**self.low - 1 if self.low == self.high else None


def crossing(
    steps: Sequence[int], curve: ArrayLike, threshold: float, smooth: bool = True
) -> Crossing:
    """The first time from which a curve stays above a threshold, interpolated over octaves.

    The last passage of a noisy curve is late by its noise, the more the noisier: unless told
    otherwise, the passage is that of the best fit that does not fall after the curve's lowest
    point (isotonic regression). Before that point curves may fall: scores that nothing has moved
    yet agree with those of the next checkpoint.

    Args:
        steps: Of the points, ascending.
        curve: float ``[P]``; NaN where it is undefined. Undefined points are skipped; those right
            before the passage make it ``unknown before``.
        threshold: Where it shall stay.
        smooth: Whether the isotonic fit is asked, or the points themselves.

    Raises:
        RunError: Points and steps differ in number, or no point is defined.

    Example:
        >>> crossing([0, 3, 15, 63], [0.1, 0.4, 0.8, 0.9], 0.6).step
        7.0
        >>> crossing([0, 3, 15, 63], [0.1, 0.4, 0.5, 0.5], 0.6).state
        'never'
    """
    values, times = np.asarray(curve, np.float64), octaves(steps)
    if values.shape != times.shape:
        raise RunError(f"a curve of {len(values)} points has {len(times)} steps")
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        return Crossing("unknown before", 0.0, inf)
    if smooth:
        values = values.copy()
        rising = known[int(values[known].argmin()) :]
        values[rising] = isotonic_regression(values[rising]).x
    below = known[values[known] < threshold]
    if len(below) and below[-1] == known[-1]:
        return Crossing("never", float(times[known[-1]]), inf)
    first = int(known[0] if not len(below) else known[known > below[-1]][0])
    return _before(times, values, first, threshold)


def _before(
    times: NDArray[np.float64], values: NDArray[np.float64], first: int, threshold: float
) -> Crossing:
    """The passage whose first point above is ``first``."""
    high = float(times[first])
    if first == 0:
        return Crossing("reached" if high == 0 else "from the start", 0.0, high)
    if np.isfinite(values[first - 1]):
        pair = slice(first - 1, first + 1)
        when = float(np.interp(threshold, values[pair], times[pair]))
        return Crossing("reached", when, when)
    earlier = np.flatnonzero(np.isfinite(values[:first]))
    return Crossing("unknown before", float(times[earlier[-1]]) if len(earlier) else 0.0, high)


def lead(of: Crossing, over: Crossing) -> float | None:
    """Octaves by which one time precedes another, where that can be told.

    A censored time bounds the difference. Where the bounds leave its sign open it is not known;
    else the bound nearest to 0 is given, so that censoring makes a lead smaller, never larger.

    Args:
        of: The time that may be earlier.
        over: The other.

    Example:
        >>> early, late = Crossing("reached", 3.0, 3.0), Crossing("never", 8.0, float("inf"))
        >>> lead(early, late), lead(late, early), lead(late, late)
        (5.0, -5.0, None)
    """
    least, most = over.low - of.high, over.high - of.low
    if least == most:
        return least
    if least > 0 or most < 0:
        return least if least > 0 else most
    return None
