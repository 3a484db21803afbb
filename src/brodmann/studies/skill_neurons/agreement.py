"""How alike runs of one task rank the neurons, and how alike they would without any skill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from brodmann.neurons.overlap import overlap
from brodmann.neurons.selection import Order
from brodmann.neurons.statistics.intervals import Estimate
from brodmann.neurons.statistics.jackknife import mean_of_pairs, with_groups
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.chance import draws, standard
from brodmann.studies.skill_neurons.halves import GROUPS, half_of
from brodmann.studies.skill_neurons.orders import own_order

TOP = 0.05
"""Share of each layer's neurons whose overlap between seeds is counted."""


def alike(one: Measured, two: Measured) -> float:
    """Rank correlation of predictivity in two runs, on disjoint validation halves.

    Args:
        one: A scan; its first half is read.
        two: Another with the same columns; its second half is read.

    Returns:
        Mean over layers and columns; 0 for a layer that has no order.
    """
    sites = one.info["sites"]
    return _over(
        [_products(_read([one], s, "half")[:, 0], _read([two], s, "half")[:, 1]) for s in sites]
    )[0, 0].item()


def by_chance(one: Measured, two: Measured) -> float:
    """The same where each run has another permutation of the labels: the floor."""
    count = _drawn([one, two])
    return _over([
        _products(_read([one], s, "null", count), _read([two], s, "null", count + 1)[:, 1:]) / count
        for s in one.info["sites"]
    ])[0, 0].item()  # fmt: skip


@dataclass(frozen=True)
class Pairs:
    """Agreement of every two seeds of a task, beyond the floor.

    Attributes:
        whole: float64 ``[S, S]``: the row's first half with the column's second; the diagonal
            (self-pairs) means nothing.
        without: float64 ``[G, S, S]``: the same with one group of examples left out of its half.
            The floor is that of all examples.
    """

    whole: np.ndarray
    without: np.ndarray

    def left_out(self) -> list[np.ndarray]:
        """For each half, the mean over pairs of different seeds less each of its groups."""
        off = ~np.eye(len(self.whole), dtype=bool)
        means = self.without[:, off].mean(1)
        halves = np.array([half_of(group) for group in range(len(means))])
        return [means[halves == half] for half in np.unique(halves)]


def pairs_of(of_task: Sequence[Measured]) -> Pairs:
    """Agreement between the seeds of a task, mean over layers and columns.

    Args:
        of_task: Scans, one per seed, of the same columns and validation examples.
    """
    count, sites = _drawn(of_task), of_task[0].info["sites"]
    halves = [_read(of_task, site, "half") for site in sites]
    null = [_read(of_task, site, "null", count + 1) for site in sites]
    floor = _over([_products(n[:, :-1], n[:, 1:]) / count for n in null])
    whole = _over([_products(h[:, 0], h[:, 1]) for h in halves])
    less = [_read(of_task, site, "without") for site in sites]
    without = [_over([_replaced(h, w[:, group], half_of(group))
                      for h, w in zip(halves, less, strict=True)])
               for group in range(GROUPS)]  # fmt: skip
    return Pairs(whole - floor, np.stack(without) - floor)


def _replaced(halves: np.ndarray, less: np.ndarray, half: int) -> np.ndarray:
    """Products of both halves, one of them less a group."""
    return _products(less, halves[:, 1]) if half == 0 else _products(halves[:, 0], less)


def stability(pairs: Sequence[Pairs]) -> Estimate:
    """Mean over tasks and pairs of seeds: seeds and each task's examples are random, and crossed.

    Args:
        pairs: One per task, from examples of its own and the same seeds; one alone is a task's row.

    Raises:
        RunError: Fewer than three seeds, or agreements that are not finite.
    """
    over_seeds = mean_of_pairs(np.mean([one.whole for one in pairs], 0))
    return with_groups(
        over_seeds, [means / len(pairs) for one in pairs for means in one.left_out()]
    )


def top_overlap(of_task: Sequence[Measured]) -> float:
    """How many of the top neurons of a layer two seeds share, beyond chance within each layer.

    Unlike rank correlations it looks at the top alone, and both seeds meet the same examples.

    Args:
        of_task: Scans, one per seed, at least two.

    Returns:
        Mean over pairs of seeds of the excess over the most it could be: 0 by chance, 1 where all
        are shared.
    """
    tops = [Order(own_order(scan, "layer"), "layer").top(TOP) for scan in of_task]
    return float(np.mean([overlap(one, two).excess_share for one, two in combinations(tops, 2)]))


def _drawn(of_task: Sequence[Measured]) -> int:
    return draws(len(scan.tensors[f"null/{scan.info['sites'][0]}"]) for scan in of_task)


def _read(
    of_task: Sequence[Measured], site: str, kind: str, count: int | None = None
) -> np.ndarray:
    """Standardised ranks ``[S, D, K, U]`` of the first draws (halves, groups) of a kind."""
    found = [scan.tensors[f"{kind}/{site}"][:count].float() for scan in of_task]
    return standard(np.stack([values.transpose(1, 2).numpy() for values in found]))


def _products(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """Rank correlations of every two seeds, ``[S, S]``: summed over draws, mean over columns."""
    first, second = (side.reshape(len(side), -1) for side in (one, two))
    return np.asarray(first @ second.T / one.shape[-2])


def _over(layers: Sequence[np.ndarray]) -> np.ndarray:
    return np.asarray(np.mean(layers, 0))
