"""How alike tasks rank the neurons: on true labels, on permuted ones, and less some examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.chance import draws, standard
from brodmann.studies.skill_neurons.halves import GROUPS, HALVES, half_of
from brodmann.studies.skill_neurons.orders import ranked
from brodmann.studies.suite import Job, Suite

Scans = Mapping[Job, Measured]


def correlations(suite: Suite, known: Scans) -> np.ndarray:
    """Rank correlation of predictivity ``[T, T, S, S, layers]``, on disjoint validation halves.

    Equal seeds (of one task or of two) are left out later: their prompts start alike.
    """
    return _products(*(_read(suite, known, "half", half) for half in range(HALVES)))


def floors(suite: Suite, known: Scans) -> np.ndarray:
    """The same under permuted labels, mean over draws, ``[T, T, S, S, layers]``."""
    count = draws(len(s.tensors[f"null/{s.info['sites'][0]}"]) for s in known.values())
    second, total = _read(suite, known, "null", 0), np.zeros(())
    for draw in range(count):
        first, second = second, _read(suite, known, "null", draw + 1)
        total = total + _products(first, second)
    return np.asarray(total / count)


def without_groups(suite: Suite, known: Scans) -> np.ndarray:
    """What ``between`` gives of all seeds, with one group of examples left out of its half.

    Returns:
        float64 ``[G, T, T]``: of a group of the first half, row t is task t less that group of
        its examples beside every whole task; of the second half, column t is.
    """
    whole = [_read(suite, known, "half", half) for half in range(HALVES)]
    found = []
    for group in range(GROUPS):
        less = _read(suite, known, "without", group)
        pair = (less, whole[1]) if half_of(group) == 0 else (whole[0], less)
        found.append(_between_seeds(*pair))
    return np.stack(found)


def left_out(
    whole: np.ndarray, without: np.ndarray, statistic: Callable[[np.ndarray], float]
) -> list[np.ndarray]:
    """A statistic of the matrix of tasks with each group of each task left out in turn.

    Args:
        whole: float ``[T, T]``: rows are read on the first half, columns on the second.
        without: float ``[G, T, T]``, as :func:`without_groups` gives.
        statistic: From a matrix ``[T, T]`` to a number.

    Returns:
        For every task and half, float64 ``[G / 2]``: strata that were sampled separately.
    """
    strata: list[list[float]] = [[] for _ in range(HALVES * len(whole))]
    for group, less in enumerate(without):
        half = half_of(group)
        for task in range(len(whole)):
            matrix = whole.copy()
            place = (task, slice(None)) if half == 0 else (slice(None), task)
            matrix[place] = less[place]
            strata[HALVES * task + half].append(statistic(matrix))
    return [np.array(one) for one in strata]


def between(ranks: np.ndarray, seeds: Sequence[int]) -> np.ndarray:
    """Mean over layers and over pairs of different seeds among some, ``[T, T]``."""
    chosen = ranks[:, :, seeds][:, :, :, seeds].mean(-1)
    off = ~np.eye(len(seeds), dtype=bool)
    return np.asarray(chosen[:, :, off].mean(-1))


def _read(suite: Suite, known: Scans, kind: str, place: int) -> np.ndarray:
    """Standardised ranks of every run, ``[T, S, layers, U]``."""
    return standard(np.stack([[_scores(known[Job(task, seed)], kind, place) for seed in suite.seeds]
                              for task in suite.tasks]))  # fmt: skip


def _scores(scan: Measured, kind: str, place: int) -> np.ndarray:
    """Scores of the neurons, sub-tasks in turn; ``[layers, U]``, high is first."""
    scores = {s: values[place].float() for s, values in scan.by_site(kind).items()}
    if len(scan.info["columns"]) == 1:
        return np.stack([values[:, 0].double().numpy() for values in scores.values()])
    tie = place if kind == "null" else int(scan.info["seed"])
    return np.stack([-r.double().numpy() for r in ranked(scores, "layer", tie).values()])


def _products(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.einsum("aslu,btlu->abstl", first, second, optimize=True)


def _between_seeds(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Mean over layers and pairs of different seeds, ``[T, T]``, without a table of the pairs."""
    one, two = (side.reshape(*side.shape[:2], -1) for side in (first, second))
    tasks, seeds, layers = first.shape[:3]
    every = one.sum(1) @ two.sum(1).T
    same = sum((one[:, s] @ two[:, s].T for s in range(seeds)), np.zeros((tasks, tasks)))
    return np.asarray((every - same) / (seeds * (seeds - 1) * layers))
