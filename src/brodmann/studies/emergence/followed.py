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
from brodmann.studies.emergence.runs import series_of, settings
from brodmann.studies.functions.asked import Scans, of_model
from brodmann.studies.functions.asked import settings as of_functions
from brodmann.studies.functions.scan import scan
from brodmann.studies.measuring import Measured
from brodmann.studies.modularity.partitions import as_inputs, partition
from brodmann.studies.suite import Job, Suite


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
    """All runs, each checkpoint scanned once; all that can run side by side does."""
    runs = series_of(suite)
    places = [(r, entry.folder) for r, run in enumerate(runs) for entry in run.entries]
    made = _partitions(suite, [checkpoint(folder) for _, folder in places])
    scans = _scans(suite, [checkpoint(folder) for _, folder in places], made)
    return [
        Followed(run, [scans[i] for i, (place, _) in enumerate(places) if place == r],
                 [made[i] for i, (place, _) in enumerate(places) if place == r])
        for r, run in enumerate(runs)
    ]  # fmt: skip


def _partitions(suite: Suite, models: Sequence[tuple[str, ...]]) -> list[Partition]:
    own = settings(suite.config)
    arguments = {"method": "clustering", "expert_size": own.expert_size, "rows": own.rows,
                 "seeds": own.partition_seeds}  # fmt: skip
    jobs = [of_model(suite.config, *model)[0] for model in models]
    found = suite.measure("dealing out experts", partition, jobs, arguments)
    return [Partition(one.by_site("expert"), int(one.info["experts"]), one.info["made"])
            for one in found]  # fmt: skip


def _scans(
    suite: Suite, models: Sequence[tuple[str, ...]], made: Sequence[Partition]
) -> list[Scans]:
    """Scans of all functions at all checkpoints, asked for at once."""
    own = of_functions(suite.config)
    arguments = {"tokens": own.tokens, "pooling": own.pooling, "top": own.top,
                 "permutations": own.permutations, "seed": own.draw_seed}  # fmt: skip
    jobs: list[Job] = []
    inputs = []
    for model, partition_ in zip(models, made, strict=True):
        mine = of_model(suite.config, *model)
        jobs += mine
        inputs += [as_inputs("own", partition_)] * len(mine)
    found: list[Measured] = suite.measure("scanning checkpoints", scan, jobs, arguments, inputs)
    count = len(suite.config.task)
    return [
        Scans({job.task: one for job, one in zip(jobs[i : i + count], found[i : i + count],
                                                 strict=True)})
        for i in range(0, len(jobs), count)
    ]  # fmt: skip
