"""The same tasks under tuned and untrained prompts, on trained and untrained backbones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.agreement import alike, by_chance
from brodmann.studies.skill_neurons.chance import DRAWS
from brodmann.studies.skill_neurons.settings import scans, settings
from brodmann.studies.skill_neurons.single import best_score
from brodmann.studies.suite import Job, Suite, grid, of_tasks

Scans = Mapping[Job, Measured]
"""Run -> its scan."""
UNTRAINED = ("method=frozen", "method.random_head=true")
"""Override of the runs whose prompts are random."""


@dataclass(frozen=True)
class Origins:
    """Scans of the same tasks and seeds, by what was trained.

    Attributes:
        tuned: Tuned prompts on the pretrained backbone.
        bare: Untrained prompts on the pretrained backbone.
        random: Untrained prompts on random-initialised twins.
        shuffled: Untrained prompts on weight-shuffled twins.
        tuned_twin: Tuned prompts on random-initialised twins, of the tasks that are tuned again.
    """

    tuned: Scans
    bare: Scans
    random: Scans
    shuffled: Scans
    tuned_twin: Scans

    def of(self, kind: str, task: str) -> list[Measured]:
        """Scans of a task by seed; none where nothing was scanned."""
        found: Scans = getattr(self, kind)
        return [scan for job, scan in found.items() if job.task == task]

    def scores(self, kind: str, task: str) -> np.ndarray:
        """Test score of the best neuron by seed; empty where nothing was scanned."""
        return np.array([best_score(scan) for scan in self.of(kind, task)])


def twin(seed: int, kind: str = "random") -> tuple[str, ...]:
    """Overrides of a backbone that was never trained."""
    return (f"model.init={kind}", f"model.init_seed={seed}")


def scanned(suite: Suite, tuned_twins: list[Job]) -> Origins:
    """Every scan that the part needs.

    Args:
        suite: The study.
        tuned_twins: Runs of tuned prompts on random-initialised twins.
    """
    able = suite.competent()
    kinds = (
        of_tasks(suite.config, able, *UNTRAINED),
        twins(suite, able, "random", *UNTRAINED),
        twins(suite, able, "shuffled", *UNTRAINED),
        tuned_twins,
    )
    few = [scans(suite, jobs, permutations=DRAWS + 1) for jobs in kinds]
    return Origins(scans(suite, grid(suite.config)), *few)


def twins(suite: Suite, tasks: list[str], kind: str, *more: str) -> list[Job]:
    """A twin for each seed of the study, as far as ``study.twins`` goes."""
    seeds = suite.seeds[: settings(suite.config).twins]
    return [Job(task, seed, (*more, *twin(seed, kind))) for task in tasks for seed in seeds]


def hard_prompts(suite: Suite) -> dict[str, Measured]:
    """Task -> scan under its hand-written prompt; empty when none is given."""
    texts = settings(suite.config).hard_prompts
    if not texts:
        return {}
    each = texts * len(suite.tasks) if len(texts) == 1 else texts
    wanted = [
        Job(task, suite.seeds[0], (*UNTRAINED, f'method.text="{text}"'))
        for task, text in zip(suite.tasks, each, strict=False)
    ]
    return {job.task: found for job, found in scans(suite, wanted).items()}


def likenesses(suite: Suite, origins: Origins) -> dict[str, float]:
    """Task -> rank correlation of untrained with tuned prompts, beyond permuted labels.

    On disjoint halves of the validation data, mean over pairs of different seeds: of one seed, the
    untrained prompt is what the tuned one started from.
    """
    return {task: _likeness(suite, origins, task) for task in suite.competent()}


def _likeness(suite: Suite, origins: Origins, task: str) -> float:
    pairs = [
        (origins.tuned[Job(task, one)], origins.bare[Job(task, two, UNTRAINED)])
        for one in suite.seeds for two in suite.seeds if one != two
    ]  # fmt: skip
    return float(np.mean([alike(*pair) - by_chance(*pair) for pair in pairs])) if pairs else 0.0
