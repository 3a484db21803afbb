"""When the levels of a run settle, and which of them first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brodmann.neurons.emergence.crossing import Crossing, crossing, lead
from brodmann.neurons.emergence.grouping import Built, LevelName
from brodmann.neurons.emergence.series import Series
from brodmann.neurons.emergence.stability import LEAST, Against, Stability, same_sites, stability
from brodmann.neurons.statistics.intervals import MIN_CLUSTERS, Draws, Estimate
from brodmann.neurons.statistics.jackknife import jackknife

TAU = 0.9
"""The stability that counts as settled (the paper's reading of its figure 4)."""
LEVELS: tuple[LevelName, ...] = ("neurons", "experts", "random")
"""All levels."""


@dataclass(frozen=True, eq=False)
class Settling:
    """The levels of one run at the same sites and steps.

    Attributes:
        levels: Level -> its correlations.
        tau: The stability that counts as settled.
        least: Least mean reliability of a level.
        smooth: Whether times are those of the curves' isotonic fits.

    Raises:
        RunError: Levels were measured at different sites or steps.
    """

    levels: Mapping[LevelName, Stability]
    tau: float = TAU
    least: float = LEAST
    smooth: bool = True

    def __post_init__(self) -> None:
        same_sites(list(self.levels.values()))

    def time(self, level: LevelName) -> Crossing:
        """When a level's disattenuated curve settles."""
        return self._crossing(level, self.levels[level].corrected(self.least))

    def uncorrected_time(self, level: LevelName) -> Crossing:
        """When the paper's curve settles."""
        return self._crossing(level, self.levels[level].uncorrected())

    def lead(self, of: LevelName = "experts", over: LevelName = "neurons") -> float | None:
        """Octaves by which one level settles before another; None where it cannot be told."""
        return lead(self.time(of), self.time(over))

    def uncorrected_lead(self) -> float | None:
        """The same of experts over neurons by the paper's curves."""
        return lead(self.uncorrected_time("experts"), self.uncorrected_time("neurons"))

    def band(self, level: float = 0.05) -> NDArray[np.float64]:
        """Quantiles of the curves of single random partitions, float64 ``[2, P]``."""
        curves = self.levels["random"].by_draw(self.least)
        return np.asarray(np.quantile(curves, [level / 2, 1 - level / 2], axis=1))

    def of_functions(self, kept: NDArray[np.int64]) -> Settling:
        """The same for some functions, long ``[k]``, repetitions included."""
        levels = {name: one.of_functions(kept) for name, one in self.levels.items()}
        return Settling(levels, self.tau, self.least, self.smooth)

    def _crossing(self, level: LevelName, curve: NDArray[np.float64]) -> Crossing:
        return crossing(self.levels[level].steps, curve, self.tau, self.smooth)


def settle(
    series: Series, against: Against = "last", built: Built = "earlier", tau: float = TAU,
    least: float = LEAST, draws: int = 20, seed: int = 0,
) -> Settling:  # fmt: skip
    """Measure all levels of a run.

    Args:
        series: The run.
        against: Which checkpoint each is compared with.
        built: Which checkpoint's partition groups a pair.
        tau: The stability that counts as settled.
        least: Least mean reliability of a level.
        draws: Random partitions.
        seed: Of the random partitions.

    Raises:
        RunError: There is no such partition to draw.
    """
    levels = {name: stability(series, name, against, built, draws, seed) for name in LEVELS}
    return Settling(levels, tau, least)


def readings(
    series: Series, tau: float = TAU, least: float = LEAST, draws: int = 20, seed: int = 0,
    others: Sequence[float] = (0.8,),
) -> dict[str, Settling]:  # fmt: skip
    """EM-8's reading of a run, and the others that it is held against.

    Args:
        series: The run.
        tau: The stability that counts as settled.
        least: Least mean reliability of a level.
        draws: Random partitions.
        seed: Of the random partitions.
        others: Further values of tau.

    Returns:
        ``primary`` (towards the last checkpoint, the earlier one's partition), ``consecutive
        checkpoints``, ``last partition``, and ``tau <value>`` of every other tau.
    """
    primary = settle(series, "last", "earlier", tau, least, draws, seed)
    more = {f"tau {value:g}": Settling(primary.levels, value, least) for value in others}
    return {
        "primary": primary,
        "consecutive checkpoints": settle(series, "next", "earlier", tau, least, draws, seed),
        "last partition": settle(series, "last", "last", tau, least, draws, seed),
        **more,
    }


def over_functions(
    settling: Settling, of: LevelName = "experts", over: LevelName = "neurons",
    repeats: int = 499, seed: int = 0,
) -> Draws | Estimate | None:  # fmt: skip
    """Descriptive interval of one run's lead over its functions: a bootstrap, or a jackknife.

    Functions share neurons and the run, so that it is narrower than an interval over runs.

    Args:
        settling: The run's levels.
        of: The level that may be earlier.
        over: The other.
        repeats: Resamples, where there are functions enough for a bootstrap.
        seed: Of the resamples.

    Returns:
        None where the lead cannot be told, of all functions or after leaving some out.
    """
    count = settling.levels[of].across.shape[-1]
    if settling.lead(of, over) is None or count < 3:
        return None

    def known(kept: Any) -> float:
        found = settling.of_functions(kept).lead(of, over)
        return np.nan if found is None else found

    if count < MIN_CLUSTERS:
        without = [known(np.delete(np.arange(count), k)) for k in range(count)]
        return jackknife(known, count) if np.isfinite(without).all() else None
    random = np.random.default_rng(seed)
    found = [known(random.integers(count, size=count)) for _ in range(repeats)]
    if not np.isfinite(found).all():
        return None
    return Draws(known(np.arange(count)), tuple(found), count)
