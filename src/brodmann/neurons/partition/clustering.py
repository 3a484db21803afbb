"""Experts as clusters of weights: balanced k-means with exact assignment.

Zhang et al. (2022), "MoEfication", section 3.2: neurons with similar input weights are put
together. The rows are scaled to length one first, as in the released code.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from brodmann.neurons.partition.balance import Dealt, deal_at
from brodmann.neurons.partition.partition import expert_size, renumbered

ROUNDS = 300
"""Rounds of assignment and averaging at most (k-means-constrained's default)."""
TOLERANCE = 1e-4
"""It ends when a round takes less than this share off the inertia."""
AHEAD, BEHIND = 4, 8
"""Candidates for so many centres at most are drawn at once, which goes through memory less often,
and for one centre to every so many that there are."""


@dataclass(frozen=True)
class Clustering:
    """Clusters of equal size.

    Attributes:
        labels: Cluster of every row, long ``[U]``, numbered in the order of first rows.
        inertia: Sum of squared distances to the clusters' means.
        rounds: How many rounds it took.
        seed: Which start it came from; -1 for given labels.
    """

    labels: Tensor
    inertia: float
    rounds: int
    seed: int


def balanced_kmeans(
    rows: Tensor, experts: int, seed: int = 0, start: Tensor | None = None, rounds: int = ROUNDS
) -> Clustering:
    """Clusters of equal size with the least sum of squared distances that one start leads to.

    Args:
        rows: Float ``[U, D]``.
        experts: E, a divisor of U.
        seed: Of the first centres (k-means++).
        start: Labels to start from instead, long ``[U]``: those of an earlier checkpoint, say.
        rounds: Rounds at most.

    Raises:
        RequestError: E does not divide U.
        RunError: A row is not finite.

    Example:
        >>> rows = torch.tensor([[0.0, 1.0], [5.0, 5.0], [0.1, 1.0], [5.0, 5.1]])
        >>> balanced_kmeans(rows, experts=2).labels.tolist()
        [0, 1, 0, 1]
    """
    expert_size(len(rows), experts)
    rows = rows.detach().float().cpu()
    centres = (
        first_centres(rows, experts, seed) if start is None else means_of(rows, start, experts)
    )
    squares = float(rows.double().square().sum())
    dealt, now = _round(rows, centres, squares)
    done = 1
    while done < rounds:
        before, done = now, done + 1
        centres = means_of(rows, dealt.labels, experts)
        dealt, now = _round(rows, centres, squares, dealt.prices)
        if before - now <= TOLERANCE * now:
            break
    return Clustering(renumbered(dealt.labels), now, done, seed if start is None else -1)


def _round(
    rows: Tensor, centres: Tensor, squares: float, prices: Tensor | None = None
) -> tuple[Dealt, float]:
    """Labels, and their inertia: what the rows' squares sum to, less that of the means.

    Centres move little between rounds: the prices of the last one are near those of the next.
    """
    dealt = deal_at(squared_distances(rows, centres), prices)
    means = means_of(rows, dealt.labels, len(centres)).double()
    return dealt, squares - float(means.square().sum()) * len(rows) / len(centres)


def best_of(rows: Tensor, experts: int, seeds: list[int]) -> list[Clustering]:
    """A clustering from every seed, the one of least inertia first."""
    found = [balanced_kmeans(rows, experts, seed) for seed in seeds]
    return sorted(found, key=lambda one: one.inertia)


def unit_rows(rows: Tensor) -> Tensor:
    """Rows scaled to length one, float32; rows of zeros stay."""
    return torch.nn.functional.normalize(rows.detach().float(), dim=1)


def means_of(rows: Tensor, labels: Tensor, experts: int) -> Tensor:
    """Mean row of every cluster, float ``[E, D]``; of any sizes but none empty."""
    sums = torch.zeros(experts, rows.shape[1], dtype=rows.dtype).index_add_(0, labels, rows)
    return sums / torch.bincount(labels, minlength=experts)[:, None]


def inertia(rows: Tensor, labels: Tensor, experts: int) -> float:
    """Sum of squared distances to the clusters' means (float64)."""
    away = (rows - means_of(rows, labels, experts)[labels]).double()
    return float(away.square().sum())


def squared_distances(rows: Tensor, centres: Tensor) -> Tensor:
    """Squared distance of every row to every centre, less the row's own square; ``[U, E]``.

    What is left out is the same for all centres of a row, so that no assignment changes.
    """
    return centres.square().sum(1) - 2 * rows @ centres.t()


def first_centres(rows: Tensor, experts: int, seed: int) -> Tensor:
    """Rows far from each other: greedy k-means++ (Arthur and Vassilvitskii 2007).

    Each next centre is the best of a few rows drawn by their squared distance to the centres so
    far; once there are many, candidates for a few centres are drawn at once.

    Args:
        rows: Float ``[U, D]``.
        experts: How many.
        seed: Of the draws.

    Returns:
        Float ``[E, D]``.
    """
    random = torch.Generator().manual_seed(seed)
    tries, squares = 2 + int(math.log(experts)), rows.square().sum(1)
    chosen = [int(torch.randint(len(rows), (1,), generator=random))]
    near = _from(rows, squares, torch.tensor(chosen))[0]
    while len(chosen) < experts:
        weights = near if bool(near.sum() > 0) else torch.ones_like(near)
        wanted = min(max(1, len(chosen) // BEHIND), AHEAD, experts - len(chosen))
        drawn = torch.multinomial(weights, tries * wanted, replacement=True, generator=random)
        away = _from(rows, squares, drawn)
        for places, distances in zip(drawn.split(tries), away.split(tries), strict=True):
            nearer = torch.minimum(distances, near)
            best = int(nearer.sum(1).argmin())
            chosen.append(int(places[best]))
            near = nearer[best]
    return rows[chosen]


def _from(rows: Tensor, squares: Tensor, places: Tensor) -> Tensor:
    """Squared distances of all rows from some of them, ``[k, U]``."""
    return (squares[places, None] + squares - 2 * rows[places] @ rows.t()).clamp_min(0)
