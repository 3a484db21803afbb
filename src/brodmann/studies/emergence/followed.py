"""What the functions find at every checkpoint of a run: scores on both halves, and partitions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brodmann.lab import checkpoints
from brodmann.lab.subjects import checkpoint
from brodmann.neurons.emergence.series import Series
from brodmann.neurons.partition.partition import Partition
from brodmann.studies.emergence.runs import series_of
from brodmann.studies.functions.asked import Scans, scanned_models
from brodmann.studies.modularity.partitions import as_inputs, partitions_for
from brodmann.studies.suite import Suite


@dataclass(frozen=True, eq=False)
class Followed:
    """One pre-training run, followed over its checkpoints.

    Attributes:
        run: Its checkpoints.
        scans: Of all functions, at each checkpoint; with ``own`` as partition.
        partitions: Built from the weights of each checkpoint.
    """

    run: checkpoints.Series
    scans: Sequence[Scans]
    partitions: Sequence[Partition]

    @property
    def steps(self) -> tuple[int, ...]:
        """Of the checkpoints."""
        return self.run.steps

    def series(self) -> Series:
        """Predictivity of every neuron from either half of the examples, for all questions."""
        scores = {
            site: np.stack([_halves(scan, site) for scan in self.scans])
            for site in self.scans[0].sites
        }
        rates = [entry.lr for entry in self.run.entries]
        known = tuple(rate for rate in rates if rate is not None)
        return Series(
            self.steps, scores, tuple(self.partitions), tuple(self.scans[0].questions),
            known if len(known) == len(rates) else (),
        )  # fmt: skip

    def over_steps(self, of: Callable[[Scans, Partition], float]) -> NDArray[np.float64]:
        """A number of every checkpoint, ``[T]``."""
        return np.array([of(scan, made) for scan, made in
                         zip(self.scans, self.partitions, strict=True)])  # fmt: skip


def _halves(found: Scans, site: str) -> NDArray[np.float64]:
    """AUROC less one half, from both halves, ``[2, U, K]``."""
    both = [found.of(kind, site).t().double().numpy() - 0.5 for kind in ("half_a", "half_b")]
    return np.stack(both)


def followed(suite: Suite) -> list[Followed]:
    """All runs of the study."""
    return of_runs(suite, series_of(suite))


def of_runs(suite: Suite, runs: Sequence[checkpoints.Series]) -> list[Followed]:
    """Runs, each checkpoint scanned once; all that can run side by side does."""
    models = [checkpoint(entry.folder) for run in runs for entry in run.entries]
    made = partitions_for(suite, models)
    scans = scanned_models(suite, models, inputs=[as_inputs("own", one) for one in made])
    ends = np.cumsum([len(run.entries) for run in runs])
    return [
        Followed(run, scans[end - len(run.entries) : end], made[end - len(run.entries) : end])
        for run, end in zip(runs, ends, strict=True)
    ]
