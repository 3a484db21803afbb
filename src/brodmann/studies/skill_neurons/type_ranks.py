"""How alike tasks rank the neurons: on true labels, and on permuted ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.stats import rankdata

from brodmann.neurons.statistics.reliability import spearman
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.orders import own_order, ranked
from brodmann.studies.suite import Job, Suite

Scans = Mapping[Job, Measured]
DRAWS = 16
"""Permutations that make up the floor of the rank correlations."""


def correlations(suite: Suite, known: Scans) -> np.ndarray:
    """Rank correlation of predictivity ``[T, T, S, S, layers]``, on disjoint validation halves.

    Equal seeds (of one task or of two) are left out later: their prompts start alike.
    """
    halves = np.stack(
        [[_ranks_of(known[Job(task, seed)]) for seed in suite.seeds] for task in suite.tasks]
    )
    first, second = halves[:, :, 0], halves[:, :, 1]
    return np.asarray(spearman(first[:, None, :, None], second[None, :, None, :]))


def floors(suite: Suite, known: Scans) -> np.ndarray:
    """The same under permuted labels, mean over draws, ``[T, T, S, S, layers]``.

    Texts of one format leave the same neurons off, for any labels: tasks then rank neurons alike
    that share none.
    """
    least = min(len(s.tensors[f"null/{s.info['sites'][0]}"]) for s in known.values())
    total, draws = np.zeros(()), min(DRAWS, least - 1)
    for draw in range(draws):
        first, second = (
            np.stack([[_null_ranks(known[Job(task, seed)], place) for seed in suite.seeds]
                      for task in suite.tasks])
            for place in (draw, draw + 1)
        )  # fmt: skip
        total = total + np.einsum("aslu,btlu->abstl", _standard(first), _standard(second))
    return np.asarray(total / draws)


def _standard(scores: np.ndarray) -> np.ndarray:
    """Ranks with mean 0 and length 1 over the last axis; 0 where all are tied."""
    ranks = rankdata(scores, axis=-1)
    ranks = ranks - ranks.mean(-1, keepdims=True)
    return np.asarray(ranks / np.maximum(np.linalg.norm(ranks, axis=-1, keepdims=True), 1e-12))


def _null_ranks(scan: Measured, draw: int) -> np.ndarray:
    """Scores of the neurons for permuted labels, sub-tasks in turn; ``[layers, U]``."""
    drawn = {s: values[draw].float() for s, values in scan.by_site("null").items()}
    if len(scan.info["columns"]) == 1:
        return np.stack([values[:, 0].double().numpy() for values in drawn.values()])
    return np.stack([-r.double().numpy() for r in ranked(drawn, "layer", draw).values()])


def _ranks_of(scan: Measured) -> np.ndarray:
    """Places of the neurons by each half, sub-tasks in turn; ``[2, layers, U]``, high is first."""
    placed = []
    for half in range(2):
        kept = {f"half{half}/{s}": scan.tensors[f"half/{s}"][half] for s in scan.info["sites"]}
        one = Measured(kept, scan.info)
        ranks = own_order(one, "layer", f"half{half}")
        scores = {s: -ranks[s].double().numpy() for s in scan.info["sites"]}
        if len(scan.info["columns"]) == 1:
            scores = {s: kept[f"half{half}/{s}"][:, 0].double().numpy() for s in scores}
        placed.append(np.stack(list(scores.values())))
    return np.stack(placed)


def between(ranks: np.ndarray, seeds: Sequence[int]) -> np.ndarray:
    """Mean over layers and over pairs of different seeds among some, ``[T, T]``."""
    chosen = np.nan_to_num(ranks[:, :, seeds][:, :, :, seeds].mean(-1))
    off = ~np.eye(len(seeds), dtype=bool)
    return np.asarray(chosen[:, :, off].mean(-1))
