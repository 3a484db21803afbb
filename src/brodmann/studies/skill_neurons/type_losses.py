"""What each task loses when another task's neurons are disturbed, and less some of its examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from brodmann.neurons.statistics.importance import importance
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.halves import GROUPS, dealt
from brodmann.studies.skill_neurons.perturbation import of_kind
from brodmann.studies.suite import Job, Suite

Scans = Mapping[Job, Measured]


@dataclass(frozen=True)
class Answers:
    """Correctness of a tested task's examples.

    Attributes:
        intact: float64 ``[S, N]``.
        hurt: float64 ``[sources, S, N]``: under every task's neurons, mean over rates.
        labels: Classes, int64 ``[N]``.
    """

    intact: np.ndarray
    hurt: np.ndarray
    labels: np.ndarray

    def lost(self, kept: np.ndarray) -> np.ndarray:
        """Share of the above-chance accuracy lost on some examples, ``[sources, S]``.

        The accuracy above the majority's is the mean over seeds, so that the mean of the shares is
        the ratio of means; 0 where the intact model is not above the majority.
        """
        intact = self.intact[:, kept].mean(-1)
        usual = np.bincount(self.labels[kept]).max() / kept.sum()
        lost, room = intact - self.hurt[..., kept].mean(-1), intact.mean() - usual
        return np.asarray(lost / room if room > 0 else np.zeros_like(lost))

    def by(self, sources: Sequence[int]) -> Answers:
        """Of some sources only."""
        return replace(self, hurt=self.hurt[list(sources)])

    def of_seeds(self, seeds: np.ndarray) -> Answers:
        """Of some seeds only, long ``[k]``: the accuracy that the loss is a share of is theirs."""
        return replace(self, intact=self.intact[seeds], hurt=self.hurt[:, seeds])


def answers(suite: Suite, harmed: Scans) -> list[Answers]:
    """Answers of every task."""
    return [_of_task(suite, harmed, task) for task in suite.tasks]


def _of_task(suite: Suite, harmed: Scans, task: str) -> Answers:
    of_task = [harmed[Job(task, seed)] for seed in suite.seeds]
    right = np.stack([one.tensors["right"][0].double().numpy() for one in of_task])
    disturbed = [k for k, rate in enumerate(of_task[0].info["rates"]) if rate > 0]
    places = [place_of(of_task[0], task, source) for source in suite.tasks]
    hurt = right[:, places][:, :, disturbed].mean(2).swapaxes(0, 1)
    intact = right[:, of_kind(of_task[0], "own")[0], 0]
    return Answers(intact, hurt, of_task[0].tensors["labels"].numpy())


def place_of(one: Measured, task: str, source: str) -> int:
    """Where the order of a source stands among those that a task's run was disturbed by."""
    return int(one.info["orders"].index("own" if source == task else f"task:{source}"))


def losses(known: list[Answers]) -> np.ndarray:
    """Share of the above-chance accuracy lost, mean over rates, ``[eval, source, S]``."""
    return np.stack([one.lost(np.ones(len(one.labels), dtype=bool)) for one in known])


def left_out(known: list[Answers], statistic: Callable[[np.ndarray], float]) -> list[np.ndarray]:
    """A statistic of the losses with each group of each task's test examples left out in turn.

    Args:
        known: One per task.
        statistic: From ``[eval, source]``, mean over seeds, to a number.

    Returns:
        For every task, float64 ``[G]``.
    """
    whole = losses(known).mean(-1)
    strata = []
    for task, one in enumerate(known):
        group = dealt(torch.as_tensor(one.labels), GROUPS, seed=3).numpy()
        found = []
        for number in range(GROUPS):
            matrix = whole.copy()
            matrix[task] = one.lost(group != number).mean(-1)
            found.append(statistic(matrix))
        strata.append(np.array(found))
    return strata


def importance_matrix(suite: Suite, harmed: Scans) -> np.ndarray:
    """Area between random and source curve, points x per cent (figure 6), ``[source, eval]``."""
    tasks = suite.tasks
    rates = 100 * np.array(harmed[Job(tasks[0], suite.seeds[0])].info["rates"])
    curves = np.zeros((len(tasks), len(tasks), len(rates)))
    control = np.zeros((len(tasks), len(rates)))
    for j, task in enumerate(tasks):
        of_task = [harmed[Job(task, seed)] for seed in suite.seeds]
        right = np.mean([m.tensors["right"][0].double().numpy().mean(-1) for m in of_task], 0)
        control[j] = right[of_kind(of_task[0], "random")].mean(0)
        for i, source in enumerate(tasks):
            curves[i, j] = right[place_of(of_task[0], task, source)]
    return np.asarray(importance(100 * curves, 100 * control, rates))
