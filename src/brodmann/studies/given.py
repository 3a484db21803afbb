"""A suite of subjects that are given, not trained: parts of a study run on them as on runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console
from torch import Tensor

from brodmann.config.studies import StudyConfig
from brodmann.errors import RunError
from brodmann.studies.examined import Opened
from brodmann.studies.measuring import Measured, Work, digest
from brodmann.studies.suite import TEXTS, WORDS, Asked, Job, Suite


class Given(Opened, Protocol):
    """What is open, and knows how well it does."""

    @property
    def texts(self) -> int:
        """How many texts an example has."""
        ...

    @property
    def label_words(self) -> Sequence[str]:
        """What stands for the classes."""
        ...

    def metrics(self) -> dict[str, float]:
        """At least ``val/accuracy`` and ``val/majority``."""
        ...


class GivenSuite(Suite):
    """Tasks x seeds that are open already; measurements are kept in memory.

    Args:
        config: The study's settings; its tasks and seeds are those that are given.
        given: What stands for each training run.
        kinds: Type of every task.
    """

    def __init__(
        self, config: StudyConfig, given: Mapping[Job, Given], kinds: Mapping[str, str]
    ) -> None:
        super().__init__(config, [], Path("."), Console(quiet=True))
        self._given, self._kinds = given, kinds
        self._known: dict[str, Measured] = {}
        self._metrics: dict[Job, dict[str, float]] = {}

    def train(self, jobs: Sequence[Job]) -> None:
        """Nothing is trained.

        Raises:
            RunError: A job that was not given.
        """
        for job in jobs:
            self._of(job)

    def _of(self, job: Job) -> Given:
        if job not in self._given:
            raise RunError(
                f"nothing was given for {job.task}, seed {job.seed} {' '.join(job.more)}"
            )
        return self._given[job]

    def metrics(self, job: Job) -> dict[str, float]:
        """How well the subject does."""
        if job not in self._metrics:
            self._metrics[job] = self._of(job).metrics()
        return self._metrics[job]

    def usual(self, task: str) -> float:
        """Share of a task's most frequent class on validation."""
        return self.metrics(Job(task, self.seeds[0]))["val/majority"]

    def types(self) -> dict[str, str]:
        """Task -> its type."""
        return {task: self._kinds[task] for task in self.tasks}

    def traits(self) -> dict[str, dict[str, Hashable]]:
        """Trait -> task -> value, as given."""
        given = {task: self._of(Job(task, self.seeds[0])) for task in self.tasks}
        return {
            TEXTS: {task: one.texts for task, one in given.items()},
            WORDS: {task: frozenset(one.label_words) for task, one in given.items()},
        }

    def _answers(self, what: str, work: Work, asked: Sequence[Asked]) -> list[Measured]:
        """Measurements of what was given, one after the other, each once."""
        return [self._measured(work, *one) for one in asked]

    def _measured(
        self, work: Work, job: Job, own: Mapping[str, Any], extra: Mapping[str, Tensor] | None
    ) -> Measured:
        content = [work.__name__, job, dict(own), digest(extra or {})]
        key = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
        if key not in self._known:
            more = {"inputs": extra} if extra is not None else {}
            self._known[key] = work(self._of(job), **own, **more)
        return self._known[key]
