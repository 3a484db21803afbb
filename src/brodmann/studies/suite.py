"""The runs of a study: asked for by task and seed, trained when missing, measured once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console
from torch import Tensor

from brodmann.config.analysis import training_overrides
from brodmann.config.studies import StudyConfig
from brodmann.lab.files import read_json
from brodmann.lab.jobs import prepare_jobs
from brodmann.lab.prepare import Prepared
from brodmann.lab.trained import get_or_train
from brodmann.neurons.claims.evidence import COMPETENT
from brodmann.studies.measuring import Measured, Measurement, Work, measure
from brodmann.tasks.functions import FunctionData

TEXTS, WORDS = "number of texts", "label words"
"""Traits of tasks."""


class Job(NamedTuple):
    """A training run of a study.

    Attributes:
        task: Its task.
        seed: Its seed.
        more: Overrides that it has of its own, such as ``method=bitfit``.
    """

    task: str
    seed: int
    more: tuple[str, ...] = ()


Asked = tuple[Job, Mapping[str, Any], Mapping[str, Tensor] | None]
"""A job, the settings of its measurement, and further tensors that it reads."""


def grid(config: StudyConfig, *more: str) -> list[Job]:
    """A job for every task and seed of a study."""
    return [Job(task, seed, more) for task in config.task for seed in config.seed]


def of_tasks(config: StudyConfig, tasks: Sequence[str], *more: str) -> list[Job]:
    """A job for some tasks and every seed of a study."""
    return [job for job in grid(config, *more) if job.task in tasks]


def by_task(found: Mapping[Job, Any]) -> dict[str, list[Any]]:
    """What was measured, one list per task, in the order of its jobs.

    Example:
        >>> by_task({Job("sst2", 0): 0.8, Job("imdb", 0): 0.7, Job("sst2", 1): 0.9})
        {'sst2': [0.8, 0.9], 'imdb': [0.7]}
    """
    tasks: dict[str, list[Any]] = {}
    for job, one in found.items():
        tasks.setdefault(job.task, []).append(one)
    return tasks


class Suite:
    """Tasks x seeds of a study, and what was measured on them.

    Args:
        config: The study's settings.
        conf_dirs: Folders of YAML files.
        folder: The study's folder.
        console: Where it is told what is being done.
    """

    def __init__(
        self, config: StudyConfig, conf_dirs: list[Path], folder: Path, console: Console
    ) -> None:
        self.config, self.folder, self.console = config, folder, console
        self.conf_dirs = conf_dirs
        self._prepared: dict[Job, Prepared] = {}
        self._trained: set[Job] = set()

    @property
    def tasks(self) -> list[str]:
        """Names of the tasks, in order."""
        return self.config.task

    @property
    def seeds(self) -> list[int]:
        """Seeds of the training runs."""
        return self.config.seed

    def prepare(self, jobs: Sequence[Job]) -> list[Prepared]:
        """Check the requests of runs; each is checked once.

        Raises:
            RequestError: One of them is wrong.
        """
        new = [job for job in dict.fromkeys(jobs) if job not in self._prepared]
        overrides = [training_overrides(self.config, j.task, j.seed, *j.more) for j in new]
        made = prepare_jobs(overrides, self.conf_dirs, self.console)
        self._prepared.update(zip(new, made, strict=True))
        return [self._prepared[job] for job in jobs]

    def train(self, jobs: Sequence[Job]) -> None:
        """Train those of the runs that are missing; functions are asked, not trained on.

        A run that a part asked for is not looked for again.

        Raises:
            RunError: A run failed.
        """
        new = [job for job in jobs if job not in self._trained]
        runs = [run for run in self.prepare(new) if not isinstance(run.data, FunctionData)]
        if runs:
            group = f"{self.config.experiment}-{self.folder.name[-8:]}"
            get_or_train(runs, self.folder, group, self.console)
        self._trained.update(new)

    def metrics(self, job: Job) -> dict[str, float]:
        """Content of a run's ``metrics.json``."""
        (prepared,) = self.prepare([job])
        found: dict[str, float] = read_json(prepared.folder / "metrics.json")
        return found

    def competence(self, task: str, *more: str) -> float:
        """Validation accuracy above the majority's, mean over seeds: test has no say in it."""
        jobs = [Job(task, seed, more) for seed in self.seeds]
        accuracy = np.mean([self.metrics(job)["val/accuracy"] for job in jobs])
        return float(accuracy) - self.usual(task)

    def usual(self, task: str) -> float:
        """Share of a task's most frequent class among its validation examples."""
        labels = self.prepare([Job(task, self.seeds[0])])[0].data.val.labels
        return float(np.bincount(labels).max() / len(labels))

    def competent(self, *more: str, among: Sequence[str] | None = None) -> list[str]:
        """Tasks that the method can do: ten points above the majority (the rule that judges).

        Args:
            more: Overrides of the runs that are asked about.
            among: Tasks that are asked about; all when None.
        """
        tasks = self.tasks if among is None else among
        return [task for task in tasks if self.competence(task, *more) >= COMPETENT]

    def types(self) -> dict[str, str]:
        """Task -> its type (``sentiment``, ``inference``, ``topic``)."""
        first = [Job(task, self.seeds[0]) for task in self.tasks]
        return {
            task: one.config.task.type or task
            for task, one in zip(self.tasks, self.prepare(first), strict=True)
        }

    def traits(self) -> dict[str, dict[str, Hashable]]:
        """Trait -> task -> value: what tasks may have in common beside their type.

        The number of texts, and the label words (names of the classes where it has none).
        """
        first = self.prepare([Job(task, self.seeds[0]) for task in self.tasks])
        texts = [len(one.data.train.inputs[0]) if one.data.modality == "text" else 0
                 for one in first]  # fmt: skip
        words = [frozenset(one.config.task.label_words or one.data.classes) for one in first]
        return {
            TEXTS: dict(zip(self.tasks, texts, strict=True)),
            WORDS: dict(zip(self.tasks, words, strict=True)),
        }

    def measure(
        self,
        what: str,
        work: Work,
        jobs: Sequence[Job],
        arguments: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        inputs: Sequence[Mapping[str, Tensor]] | None = None,
    ) -> list[Measured]:
        """Measure runs, side by side where the machine allows, each once.

        Args:
            what: A word for the progress bar.
            work: The measurement.
            jobs: Of which runs.
            arguments: Its settings: the same for all, or one mapping per job.
            inputs: Further tensors per job.

        Returns:
            The results, one per job.
        """
        each = [arguments] * len(jobs) if isinstance(arguments, Mapping) else arguments
        more = inputs or [None] * len(jobs)  # type: ignore[list-item]
        return self._answers(what, work, list(zip(jobs, each, more, strict=True)))

    def _answers(self, what: str, work: Work, asked: Sequence[Asked]) -> list[Measured]:
        """Measurements of the runs behind the jobs."""
        prepared = self.prepare([job for job, _, _ in asked])
        wanted = [
            Measurement(work, one, own, extra)
            for one, (_, own, extra) in zip(prepared, asked, strict=True)
        ]
        return measure(wanted, what, self.console)
