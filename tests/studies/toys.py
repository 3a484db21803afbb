"""Toys for studies: a model whose neurons are what a test puts there, and a suite of made runs."""

from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

from brodmann.neurons.sites import Site
from brodmann.neurons.subject import Prepared
from brodmann.neurons.tokens import TokenMasks
from brodmann.studies.suite import Job


class ToySubject:
    """Two sites whose neurons are the inputs; every position is a prompt."""

    def __init__(self, units, weights=None):
        self.model = nn.ModuleDict({name: nn.Linear(units, 2, bias=False) for name in ("a", "b")})
        self.sites = [Site(f"encoder.{i}.ffn", i, "ffn", name, "input", units)
                      for i, name in enumerate(("a", "b"))]  # fmt: skip

    def prepare(self, batch):
        values = batch["values"]
        every = torch.ones(values.shape[0], values.shape[2], dtype=torch.bool)
        masks = TokenMasks(every, ~every, every, ~every, ~every, ~every)
        return Prepared(values, masks, batch["index"])

    def predict(self, inputs):
        outputs = [self.model[name](inputs[:, i]) for i, name in enumerate(("a", "b"))]
        return sum(outputs).mean(1)


class ToyExamined:
    """Splits of values ``[N, sites, P, U]`` with two-class labels."""

    def __init__(self, splits, labels, classes=("no", "yes")):
        self.splits, self.of_split = splits, labels
        self.subject = ToySubject(splits["train"].shape[-1])
        self.classes = list(classes)
        self.facts = {"task": "toy", "model": "toy", "method": "prompt", "seed": 0}

    def labels(self, split, rows):
        return self.of_split[split][:rows]

    def batches(self, split, rows):
        values = self.splits[split][:rows]
        for index in torch.arange(len(values)).split(17):
            yield {"values": values[index], "index": index}


class ToySuite:
    """Runs whose measurements are made up: ``made[work name][job]``."""

    def __init__(self, tasks, seeds, made, own, competence=None, classes=None):
        self.tasks, self.seeds, self.made = list(tasks), list(seeds), made
        self.config = SimpleNamespace(task=self.tasks, seed=self.seeds, study=own)
        self._competence = competence or {}
        self._classes = classes or {}
        self.modality = "text"
        self.asked = []

    def measure(self, what, work, jobs, arguments, inputs=None):
        self.asked.append((work.__name__, arguments, inputs))
        found = self.made[work.__name__]
        return [found[Job(job.task, job.seed)] for job in jobs]

    def competence(self, task):
        return self._competence.get(task, 0.3)

    def competent(self):
        return [task for task in self.tasks if self.competence(task) >= 0.1]

    def metrics(self, job):
        return {"test/accuracy": 0.8, "test/majority": 0.5}

    def types(self):
        return {task: task[0] for task in self.tasks}

    def prepare(self, jobs):
        counts = [self._classes.get(job.task, ["no", "yes"]) for job in jobs]
        return [
            SimpleNamespace(data=SimpleNamespace(classes=c, modality=self.modality)) for c in counts
        ]


def everyone(tasks, seeds):
    return [Job(task, seed) for task in tasks for seed in seeds]


def rng(*seed):
    return np.random.default_rng(list(seed))
