"""Which examples make up which step: a pure function of the seed and the step.

Nothing is remembered between steps, so a resumed run draws what the uninterrupted one would have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

BUCKET = 50
"""Batches whose examples are sorted by length together."""


@dataclass(frozen=True, eq=False)
class Plan:
    """The order of a training run.

    Examples are shuffled every epoch; within stretches of ``BUCKET`` batches they are sorted by
    length, so that little is padded, and the batches are shuffled again.

    Args:
        lengths: Length of each example; equal ones (images) leave a plain shuffle.
        batch_size: Examples per step, over all devices.
        epochs: Passes over the examples.
        max_steps: Upper bound on steps.
        seed: The run's seed.

    Example:
        >>> plan = Plan((3, 9, 4, 8), batch_size=2, epochs=2, max_steps=None, seed=0)
        >>> plan.steps
        4
        >>> sorted(int(i) for i in np.concatenate([plan.batch(0), plan.batch(1)]))
        [0, 1, 2, 3]
    """

    lengths: tuple[int, ...]
    batch_size: int
    epochs: int
    max_steps: int | None
    seed: int

    @property
    def steps_per_epoch(self) -> int:
        """Steps in a pass; the last one may be smaller."""
        return -(-len(self.lengths) // self.batch_size)

    @property
    def steps(self) -> int:
        """Optimizer steps in all."""
        whole = self.epochs * self.steps_per_epoch
        return whole if self.max_steps is None else min(whole, self.max_steps)

    def batch(self, step: int) -> NDArray[np.int64]:
        """Indices of the examples of one step."""
        epoch, within = divmod(step, self.steps_per_epoch)
        return _epoch(self, epoch)[within]

    def seen(self, step: int) -> int:
        """Examples in all steps before one, repetitions counted."""
        epoch, within = divmod(step, self.steps_per_epoch)
        return epoch * len(self.lengths) + sum(map(len, _epoch(self, epoch)[:within]))

    def from_step(self, step: int) -> Iterator[tuple[int, NDArray[np.int64]]]:
        """Steps and their examples, from a step to the end."""
        return ((s, self.batch(s)) for s in range(step, self.steps))


@lru_cache(maxsize=4)
def _epoch(plan: Plan, epoch: int) -> list[NDArray[np.int64]]:
    random = np.random.Generator(np.random.PCG64([plan.seed, epoch]))
    order = random.permutation(len(plan.lengths))
    lengths = np.asarray(plan.lengths)
    stretch = BUCKET * plan.batch_size
    batches: list[NDArray[np.int64]] = []
    for start in range(0, len(order), stretch):
        part = order[start : start + stretch]
        part = part[np.argsort(lengths[part], kind="stable")]
        batches += [part[i : i + plan.batch_size] for i in range(0, len(part), plan.batch_size)]
    return [batches[i] for i in random.permutation(len(batches))]


def evaluation_batches(lengths: tuple[int, ...], batch_size: int) -> list[NDArray[np.int64]]:
    """Every example once, sorted by length, longest first (so that memory shows at once)."""
    order = np.argsort(-np.asarray(lengths), kind="stable")
    return [order[i : i + batch_size] for i in range(0, len(order), batch_size)]


def shared_size(batch_size: int, examples: int, world: int) -> int:
    """The batch size of an evaluation that leaves no device without a batch.

    Args:
        batch_size: The one asked for.
        examples: How many there are.
        world: Number of devices.

    Example:
        >>> shared_size(128, 50, 1), shared_size(128, 50, 4)
        (128, 13)
    """
    return batch_size if world == 1 else max(1, min(batch_size, -(-examples // world)))
