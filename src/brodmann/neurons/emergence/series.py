"""Scores and partitions of one pre-training run, checkpoint by checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from brodmann.errors import RunError
from brodmann.neurons.partition.partition import Partition

FEWEST = 3
"""Checkpoints: two to compare, and a last one."""


@dataclass(frozen=True, eq=False)
class Series:
    """One run: what every neuron scored at every checkpoint, on two disjoint halves of the probe.

    All levels (neurons, experts, random groups) are read off these sites, so that layers are
    matched by construction.

    Attributes:
        steps: Optimizer steps of the T checkpoints, ascending.
        scores: Site name -> float64 ``[T, 2, U, K]``: U neurons, K sub-functions; a score with
            chance at 0, such as AUROC - 0.5, from either half of the probe examples. The halves
            hold the same examples at every checkpoint.
        partitions: One for each checkpoint, built from its own weights, with as many experts each.
        functions: Names of the K sub-functions.
        rates: Learning rate at each checkpoint; empty where unknown.

    Raises:
        RunError: Fewer than three checkpoints, steps that do not ascend, other shapes or sites, or
            scores that are not finite.
    """

    steps: tuple[int, ...]
    scores: Mapping[str, NDArray[np.float64]]
    partitions: tuple[Partition, ...]
    functions: tuple[str, ...]
    rates: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if len(self.steps) < FEWEST:
            raise RunError(f"emergence needs {FEWEST} checkpoints at least, not {len(self.steps)}")
        if self.steps[0] < 0 or min(np.diff(self.steps)) <= 0:
            raise RunError(f"the steps of checkpoints do not ascend: {list(self.steps)}")
        lengths = {"partitions": len(self.partitions), "rates": len(self.rates) or len(self.steps)}
        for name, length in lengths.items():
            if length != len(self.steps):
                raise RunError(f"{len(self.steps)} checkpoints have {length} {name}")
        for site, values in self.scores.items():
            self._check(site, values)

    def _check(self, site: str, values: NDArray[np.float64]) -> None:
        wanted = (len(self.steps), 2, len(self.functions))
        if values.ndim != 4 or (*values.shape[:2], values.shape[3]) != wanted:
            raise RunError(f"the scores of {site} have shape {values.shape}, not [{wanted[0]} "
                           f"checkpoints, 2 halves, neurons, {wanted[2]} functions]")  # fmt: skip
        if not np.isfinite(values).all():
            raise RunError(f"the scores of {site} are not all finite")
        for step, partition in zip(self.steps, self.partitions, strict=True):
            width = len(partition.expert_of.get(site, ()))
            if width != values.shape[2]:
                raise RunError(f"the partition of step {step} has {width} neurons at {site}, "
                               f"the scores have {values.shape[2]}")  # fmt: skip

    @property
    def sites(self) -> tuple[str, ...]:
        """Names of the sites."""
        return tuple(self.scores)

    @property
    def last(self) -> int:
        """Place of the last checkpoint."""
        return len(self.steps) - 1

    def at(self, sites: Sequence[str]) -> Series:
        """The same run at some of its sites.

        Raises:
            RunError: There is no such site.
        """
        if missing := set(sites) - set(self.scores):
            raise RunError(f"the series has no sites {sorted(missing)}")
        scores = {site: self.scores[site] for site in sites}
        return Series(self.steps, scores, self.partitions, self.functions, self.rates)

    @classmethod
    def of(
        cls, steps: Sequence[int], scores: Sequence[Sequence[Mapping[str, ArrayLike | Tensor]]],
        partitions: Sequence[Partition], functions: Sequence[str], rates: Sequence[float] = (),
    ) -> Series:  # fmt: skip
        """A series of scores that lie by checkpoint, half and site.

        Args:
            steps: Of the checkpoints.
            scores: ``scores[checkpoint][half][site]``, float ``[U, K]``.
            partitions: One for each checkpoint.
            functions: Names of the K sub-functions.
            rates: Learning rates.

        Raises:
            RunError: Checkpoints or halves differ in their sites; otherwise as the class.
        """
        sites = set(scores[0][0])
        if any(set(half) != sites for halves in scores for half in halves):
            raise RunError("checkpoints and halves have scores of different sites")
        stacked = {
            site: np.array([[np.asarray(half[site], np.float64) for half in halves]
                            for halves in scores])
            for site in scores[0][0]
        }  # fmt: skip
        return cls(tuple(steps), stacked, tuple(partitions), tuple(functions), tuple(rates))


def octaves(steps: ArrayLike) -> NDArray[np.float64]:
    """Steps on the axis of emergence: log2(1 + step), so that step 0 lies at 0.

    Example:
        >>> octaves([0, 1, 3, 1023]).tolist()
        [0.0, 1.0, 2.0, 10.0]
    """
    return np.asarray(np.log2(1 + np.asarray(steps, np.float64)))
