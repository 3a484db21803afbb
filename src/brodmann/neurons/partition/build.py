"""Partitions of all sites at once, with where they came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from brodmann.neurons.partition import simple
from brodmann.neurons.partition.clustering import Clustering, balanced_kmeans, best_of
from brodmann.neurons.partition.graph import cut
from brodmann.neurons.partition.partition import Partition


def by_clustering(
    rows: Mapping[str, Tensor],
    experts: int,
    seeds: Sequence[int] = (0,),
    start: Partition | None = None,
) -> Partition:
    """Experts as clusters of weights.

    Args:
        rows: Site name -> float ``[U, D]``, as ``neuron_rows`` gives.
        experts: E, a divisor of every width.
        seeds: Starts; the one of least inertia is taken at each site.
        start: A partition to try as a start as well: that of an earlier checkpoint.

    Returns:
        The partition; ``info`` has the inertia and the start (-1: ``start``) of every site.
    """
    found = {site: _best(values, experts, seeds, start, site) for site, values in rows.items()}
    info: dict[str, str | int | float] = {"method": "clustering"}
    for site, one in found.items():
        info |= {f"inertia/{site}": one.inertia, f"start/{site}": one.seed}
    return Partition({site: one.labels for site, one in found.items()}, experts, info)


def _best(
    rows: Tensor, experts: int, seeds: Sequence[int], start: Partition | None, site: str
) -> Clustering:
    found = best_of(rows, experts, list(seeds))
    if start is not None:
        found.append(balanced_kmeans(rows, experts, start=start.expert_of[site]))
    return min(found, key=lambda one: one.inertia)


def by_coactivation(grams: Mapping[str, Tensor], experts: int, seed: int = 0) -> Partition:
    """Experts as parts of the graph of co-activations.

    Args:
        grams: Site name -> float ``[U, U]``, as ``Coactivation`` gives.
        experts: E, a divisor of every width.
        seed: Of METIS.
    """
    labels = {site: cut(gram, experts, seed) for site, gram in grams.items()}
    return Partition(labels, experts, {"method": "coactivation", "seed": seed})


def at_random(units: Mapping[str, int], experts: int, seed: int = 0) -> Partition:
    """Neurons dealt out at random, at each site anew.

    Args:
        units: Site name -> neurons.
        experts: E, a divisor of every width.
        seed: Of the shuffles.
    """
    labels = {
        site: simple.random(count, experts, seed * len(units) + place)
        for place, (site, count) in enumerate(units.items())
    }
    return Partition(labels, experts, {"method": "random", "seed": seed})


def as_built(units: Mapping[str, int], experts: int) -> Partition:
    """The experts of a mixture-of-experts model.

    Args:
        units: Site name -> neurons of all its experts together.
        experts: E.
    """
    labels = {site: simple.native(count, experts) for site, count in units.items()}
    return Partition(labels, experts, {"method": "native"})
