"""What studies examine: a subject with labelled examples, which a run opens to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from brodmann.backbones.sites import output_norms
from brodmann.lab.prepare import Prepared
from brodmann.lab.trained import load_run
from brodmann.methods import TunedSubject
from brodmann.neurons.subject import Batch, Subject
from brodmann.training.assembly import Assembly
from brodmann.training.feeder import Feeder
from brodmann.training.plan import evaluation_batches

SUBSETS = {"train": 1, "val": 2, "test": 3}
"""Split -> stream of the draw of its subset."""


def subset(count: int, most: int | None, split_seed: int, split: str) -> NDArray[np.int64]:
    """Rows of a split that studies use: all, or a draw that every run of a task shares.

    Args:
        count: Rows of the split.
        most: Rows that are used at most.
        split_seed: ``data.split_seed``.
        split: ``train``, ``val`` or ``test``.

    Returns:
        Row numbers, ascending.
    """
    if most is None or most >= count:
        return np.arange(count)
    random = np.random.default_rng([split_seed, SUBSETS[split]])
    return np.sort(random.permutation(count)[:most])


class Opened(Protocol):
    """A subject with its task: all that measurements ask for."""

    @property
    def subject(self) -> Subject:
        """What the core examines."""
        ...

    @property
    def classes(self) -> Sequence[str]:
        """Names of the classes, in the order of their numbers."""
        ...

    @property
    def facts(self) -> Mapping[str, str | int]:
        """``task``, ``model``, ``method``, ``seed``, ``model_digest``."""
        ...

    def labels(self, split: str, most: int | None) -> torch.Tensor:
        """Class of every used row of a split (at most so many), long ``[N]``."""
        ...

    def batches(self, split: str, most: int | None) -> Iterator[Batch]:
        """The used rows, numbered from 0."""
        ...

    def norms(self) -> dict[str, torch.Tensor]:
        """Site name -> norm of every unit's output weights, float32 ``[U]``."""
        ...


Run = Prepared | Opened
"""A run on disk, or something that is open already."""


@dataclass(frozen=True)
class Examined:
    """A model with its task.

    Attributes:
        prepared: The run.
        assembly: Its parts.
        subject: What the core examines.
    """

    prepared: Prepared
    assembly: Assembly
    subject: TunedSubject

    @property
    def classes(self) -> Sequence[str]:
        """Names of the classes."""
        return self.prepared.data.classes

    @property
    def facts(self) -> Mapping[str, str | int]:
        """What the run is."""
        config = self.prepared.config
        return {
            "task": config.task.name, "model": config.model.name, "method": config.method.name,
            "seed": config.seed, "model_digest": self.prepared.source.digest,
        }  # fmt: skip

    def norms(self) -> dict[str, torch.Tensor]:
        """Norms of every unit's output weights."""
        backbone = self.assembly.tuned.backbone
        return {site.name: output_norms(backbone, site) for site in self.subject.sites}

    def subset(self, split: str, most: int | None) -> NDArray[np.int64]:
        """Rows of a split that are used: all, or a seeded draw that every run of a task shares."""
        count = len(self._feeder(split).labels)
        return subset(count, most, self.prepared.config.data.split_seed, split)

    def labels(self, split: str, most: int | None) -> torch.Tensor:
        """Class of every used row, long ``[N]``."""
        return torch.as_tensor(self._feeder(split).labels[self.subset(split, most)])

    def batches(self, split: str, most: int | None) -> Iterator[Batch]:
        """The used rows, numbered from 0, in batches of like length."""
        feeder, rows = self._feeder(split), self.subset(split, most)
        size = self.prepared.config.training.eval_batch_size
        for batch in evaluation_batches(feeder.lengths_of(rows), size):
            yield {**feeder.batch(rows[batch]), "index": torch.as_tensor(batch)}

    def _feeder(self, split: str) -> Feeder:
        feeder: Feeder = getattr(self.assembly, split)
        return feeder


def examine(prepared: Prepared) -> Examined:
    """Open a run that is done (or whose method trains nothing).

    Raises:
        RunError: It is not done, or was altered.
    """
    assembly = load_run(prepared)
    if torch.cuda.is_available() and prepared.config.trainer.accelerator != "cpu":
        assembly.tuned.cuda()
    return Examined(prepared, assembly, TunedSubject(assembly.tuned))


def opened(run: Run) -> Opened:
    """A run opened; what is open already as it is.

    Raises:
        RunError: As :func:`examine`.
    """
    return examine(run) if isinstance(run, Prepared) else run
