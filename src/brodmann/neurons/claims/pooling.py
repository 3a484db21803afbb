"""One row out of many tasks: random ones when there are eight or more, else these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from brodmann.neurons.statistics.checks import finite
from brodmann.neurons.statistics.crossed import crossed_mean, stratified_mean
from brodmann.neurons.statistics.intervals import Estimate, mean_of_seeds

RANDOM_TASKS = 8
"""With fewer tasks a verdict holds for these tasks, not for tasks."""


@dataclass(frozen=True)
class Pooled:
    """The mean over tasks and seeds.

    Attributes:
        interval: Over tasks and seeds, or over seeds alone.
        n: Units of inference: tasks, or seeds.
        generalises: ``tasks`` or ``these tasks``.
    """

    interval: Estimate
    n: int
    generalises: str


def pool_tasks(values: ArrayLike) -> Pooled:
    """Mean over tasks, with the uncertainty that the number of tasks permits.

    Args:
        values: float ``[T, S]``: the effect in each task by seed.

    Raises:
        RunError: Fewer than two seeds, or values that are not finite.

    Example:
        >>> pooled = pool_tasks([[0.1, 0.2, 0.3], [0.3, 0.3, 0.4]])
        >>> pooled.generalises, pooled.n, round(pooled.interval.effect, 3)
        ('these tasks', 3, 0.267)
    """
    table = finite(values, 2, "a mean over tasks")
    tasks, seeds = table.shape
    if tasks >= RANDOM_TASKS:
        return Pooled(crossed_mean(table), tasks, "tasks")
    return Pooled(mean_of_seeds(table.mean(0)), seeds, "these tasks")


def pool_tables(tables: Sequence[ArrayLike]) -> Pooled:
    """Mean over tasks of examples by seeds: examples are random as well, within their task.

    Seeds that meet the same examples do not tell how other examples would have come out, so that
    an interval over seeds alone covers too rarely.

    Args:
        tables: float ``[N_t, S]``, one for each task.

    Raises:
        RunError: No table, fewer than two examples or seeds, or values that are not finite.
    """
    known = [finite(table, 2, "a mean over tasks") for table in tables]
    if len(known) >= RANDOM_TASKS:
        return pool_tasks(np.stack([table.mean(0) for table in known]))
    estimate = stratified_mean(known)
    return Pooled(estimate, known[0].shape[1], "these tasks")
