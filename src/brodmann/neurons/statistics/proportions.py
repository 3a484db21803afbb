"""Exact tests and intervals of proportions, single and paired."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv
from scipy.stats import binomtest

from brodmann.errors import RunError
from brodmann.neurons.statistics.levels import Bounds
from brodmann.neurons.statistics.permutation import Side


@dataclass(frozen=True)
class Proportion:
    """Successes among independent trials, with Clopper and Pearson's exact interval.

    Attributes:
        successes: How many succeeded.
        trials: How many there were.
        null: Subtracted from the share and from the interval, to centre it (the majority's share).

    Raises:
        RunError: No trials, or more successes than trials.

    Example:
        >>> low, high = Proportion(8, 10).at_level(0.05)
        >>> round(low, 3), round(high, 3)
        (0.444, 0.975)
    """

    successes: int
    trials: int
    null: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.successes <= self.trials or self.trials == 0:
            raise RunError(f"{self.successes} successes of {self.trials} trials is no proportion")

    @property
    def effect(self) -> float:
        """Share of successes minus the null."""
        return self.successes / self.trials - self.null

    def at_level(self, level: float) -> Bounds:
        """Exact two-sided interval of the share, minus the null."""
        hits, misses = self.successes, self.trials - self.successes
        low = betaincinv(hits, misses + 1, level / 2) if hits else 0.0
        high = betaincinv(hits + 1, misses, 1 - level / 2) if misses else 1.0
        return float(low - self.null), float(high - self.null)

    def p_value(self, side: Side = "greater") -> float:
        """Exact binomial p of the share against the null."""
        return float(binomtest(self.successes, self.trials, self.null, side).pvalue)


@dataclass(frozen=True)
class Shares:
    """Mean share over independent clusters, each a number of 0 to 1, less one half.

    Within a cluster the trials may depend on each other in any way. The interval is Clopper and
    Pearson's for as many all-or-nothing clusters with the same mean (its beta quantiles at a sum
    of successes that need not be whole): shares between 0 and 1 vary less than these.

    Attributes:
        values: The shares.

    Raises:
        RunError: No clusters, or shares outside 0 to 1.

    Example:
        >>> low, high = Shares((1.0,) * 9 + (0.5,)).at_level(0.05)
        >>> round(low, 3), round(high, 3)
        (0.119, 0.5)
    """

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.values or not all(0 <= value <= 1 for value in self.values):
            raise RunError(f"{len(self.values)} clusters without a share of 0 to 1 in each")

    @property
    def effect(self) -> float:
        """Mean share minus one half."""
        return float(np.mean(self.values)) - 0.5

    def at_level(self, level: float) -> Bounds:
        """Two-sided interval of the mean share, minus one half."""
        hits = float(np.sum(self.values))
        misses = len(self.values) - hits
        low = betaincinv(hits, misses + 1, level / 2) if hits else 0.0
        high = betaincinv(hits + 1, misses, 1 - level / 2) if misses else 1.0
        return float(low - 0.5), float(high - 0.5)

    def p_value(self, side: Side = "greater") -> float:
        """Exact sign test: clusters above one half against those below; ties are left out."""
        above = sum(value > 0.5 for value in self.values)
        below = sum(value < 0.5 for value in self.values)
        return float(binomtest(above, above + below, 0.5, side).pvalue) if above + below else 1.0


def mcnemar(first: ArrayLike, second: ArrayLike, side: Side = "greater") -> float:
    """Exact paired test that one model is right more often than another on the same examples.

    Args:
        first: bool ``[N]``: right or not, by example.
        second: bool ``[N]``, the same examples.
        side: ``greater``: the first is right more often.

    Returns:
        p from the binomial distribution of the discordant pairs; 1 where none is discordant.

    Raises:
        RunError: Unequal lengths or nothing to compare.

    Example:
        >>> mcnemar([True] * 6 + [False], [False] * 5 + [True, False])
        0.03125
    """
    one, two = np.asarray(first, dtype=bool), np.asarray(second, dtype=bool)
    if one.ndim != 1 or one.shape != two.shape or one.size == 0:
        raise RunError(f"a paired test needs equal lengths, got {one.shape} and {two.shape}")
    wins, losses = int((one & ~two).sum()), int((two & ~one).sum())
    if wins + losses == 0:
        return 1.0
    return float(binomtest(wins, wins + losses, 0.5, side).pvalue)
