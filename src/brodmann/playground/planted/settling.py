"""Emergence without a model: scores that settle at known times, neurons and experts apart.

A neuron's true score is that of its expert plus its own. Both turn from where they began to where
they end, each on a time course of its own; the probe adds noise to each half at each checkpoint.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brodmann.neurons.emergence.series import Series, octaves
from brodmann.neurons.partition.build import as_built

STEPS = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
"""Checkpoints."""


@dataclass(frozen=True)
class Course:
    """When scores turn from their beginning to their end: a logistic curve over octaves.

    Attributes:
        middle: Octave at which half of the way is gone.
        width: Octaves of its slope.
    """

    middle: float
    width: float = 0.8

    def at(self, steps: tuple[int, ...]) -> NDArray[np.float64]:
        """Share of the way, 0 at the start and 1 at the last step, ``[T]``."""
        rise = 1 / (1 + np.exp((self.middle - octaves(steps)) / self.width))
        return np.asarray((rise - rise[0]) / (rise[-1] - rise[0]))


@dataclass(frozen=True)
class Settled:
    """How scores of a run are drawn.

    Attributes:
        own: Course of what is a neuron's own.
        shared: Course of what it shares with its expert.
        gathered: Standard deviation of what is shared; that of what is its own is 1.
        noise: Of the probe, per half.
        units: Neurons of a site.
        experts: Of a site.
        sites: How many.
        functions: How many.
    """

    own: Course = Course(6.0)
    shared: Course = Course(6.0)
    gathered: float = 0.7
    noise: float = 1.0
    units: int = 128
    experts: int = 16
    sites: int = 2
    functions: int = 10

    def series(self, seed: int, steps: tuple[int, ...] = STEPS) -> Series:
        """Draw a run, with its true experts as the partition of every checkpoint."""
        random = np.random.default_rng(seed)
        names = [f"encoder.{block}.ffn" for block in range(self.sites)]
        partition = as_built(dict.fromkeys(names, self.units), self.experts)
        size = self.units // self.experts
        scores = {}
        for name in names:
            shared = _turning(random, self.shared.at(steps), self.experts, self.functions)
            true = _turning(random, self.own.at(steps), self.units, self.functions)
            true = true + self.gathered * shared.repeat(size, axis=1)
            shape = (len(steps), 2, self.units, self.functions)
            scores[name] = true[:, None] + self.noise * random.normal(size=shape)
        functions = tuple(f"function {index}" for index in range(self.functions))
        return Series(steps, scores, (partition,) * len(steps), functions)


def _turning(
    random: np.random.Generator, course: NDArray[np.float64], units: int, functions: int
) -> NDArray[np.float64]:
    """Standard normal scores whose correlation with their end is the course, ``[T, V, K]``."""
    start, end = random.normal(size=(2, units, functions))
    away = np.sqrt(1 - course**2)[:, None, None]
    return np.asarray(course[:, None, None] * end + away * start)
