"""A suite whose runs were never trained: what parts of a study ask of it, in plain values."""

from types import SimpleNamespace

import numpy as np
from rich.console import Console

from brodmann.config.studies import SkillNeuronsSettings, StudyConfig


class StandIn:
    """As ``studies.suite.Suite``.

    Args:
        accuracies: Task -> test accuracy above the majority's.
        seeds: Of the runs.
        data: Task and overrides -> what ``Prepared.data`` holds.
    """

    def __init__(self, accuracies, seeds, data):
        self.accuracies, self.data, self.trained = accuracies, data, []
        self.config = StudyConfig(
            experiment="skill_neurons", task=list(accuracies), seed=list(seeds),
            study=SkillNeuronsSettings(),
        )  # fmt: skip
        self.tasks, self.seeds = self.config.task, self.config.seed
        self.console = Console(quiet=True)

    def competence(self, task, *more):
        return self.accuracies[task]

    def competent(self, *more, among=None):
        return [task for task in among or self.tasks if self.accuracies[task] >= 0.1]

    def types(self):
        return {task: task for task in self.tasks}

    def train(self, jobs):
        self.trained += jobs

    def prepare(self, jobs):
        config = SimpleNamespace(data=SimpleNamespace(split_seed=0))
        return [SimpleNamespace(data=self.data[job.task, job.more], config=config) for job in jobs]


def split(words, labels):
    return SimpleNamespace(inputs=[(f"{word} x",) for word in words], labels=np.array(labels))


def data(words, labels):
    """The same examples in every split."""
    one = split(words, labels)
    return SimpleNamespace(train=one, val=one, test=one)
