"""Orders of neurons by what a scan of a run found, and the controls that are made from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor

from brodmann.neurons import controls
from brodmann.neurons.selection import Order, Scope, order_by, orders_by
from brodmann.neurons.strata import strata
from brodmann.studies.measuring import Measured

STRATA = (5, 3)
"""Classes of s.d. and of output norm, per layer, within which controls are matched."""
Ranks = dict[str, Tensor]
"""Site name -> long ``[U]``, 0 for the first neuron: an order as it is kept with a measurement."""


def own_order(scan: Measured, scope: str, kind: str = "dev") -> Ranks:
    """Ranks by a task's own scores; sub-tasks take turns (paper, appendix A).

    Args:
        scan: Scores ``<kind>/<site>`` ``[U, K]``.
        scope: ``layer`` or ``global``.
        kind: Which scores.

    Returns:
        Site name -> long ``[U]``, 0 for the first neuron.
    """
    return ranked(scan.by_site(kind), scope, int(scan.info["seed"]))


def null_order(scan: Measured, scope: str, draw: int) -> Ranks:
    """Ranks by the same selector on permuted labels.

    Args:
        scan: Scores ``null/<site>`` ``[R, U, K]``.
        scope: ``layer`` or ``global``.
        draw: Which of the R permutations; it also decides ties.
    """
    scores = {site: values[draw].float() for site, values in scan.by_site("null").items()}
    return ranked(scores, scope, draw)


def random_order(scan: Measured, scope: str, seed: int) -> Ranks:
    """Ranks of a scan's neurons at random.

    Args:
        scan: Names the sites and their neurons.
        scope: ``layer`` or ``global``.
        seed: Of the order.
    """
    units = {site: len(values) for site, values in scan.by_site("dev").items()}
    return dict(controls.random_order(units, cast(Scope, scope), seed).ranks)


def ranked(scores: Mapping[str, Tensor], scope: str, seed: int) -> Ranks:
    """Ranks by descending score of several columns in turn, ties by a seeded draw.

    Args:
        scores: Site name -> float ``[U]`` or ``[U, K]``.
        scope: ``layer``: every site by itself; ``global``: all together.
        seed: Decides ties.
    """
    return dict(order_by(scores, cast(Scope, scope), seed).ranks)


def classes_of(scan: Measured) -> dict[str, Tensor]:
    """Class of every neuron by s.d. and output norm within its layer, long ``[U]``.

    Neurons that are equal in a trait are told apart by the sort, so that classes are full.
    """
    traits = zip(*(scan.by_site(kind).items() for kind in ("std", "norm")), strict=True)
    places = {
        site: torch.stack([std.argsort().argsort(), norm.argsort().argsort()], 1)
        for (site, std), (_, norm) in traits
    }
    return strata(places, STRATA)


def matched_nulls(scan: Measured, scope: str, draws: int) -> list[Ranks]:
    """Control orders: by permuted labels, matched to the own order on layer, s.d. and norm.

    Args:
        scan: With ``null/<site>`` ``[R, U, K]``, ``std/<site>`` and ``norm/<site>`` ``[U]``.
        scope: ``layer`` or ``global``.
        draws: The first so many permutations, at most ``R``.

    Returns:
        Ranks for every draw.
    """
    span, classes = cast(Scope, scope), classes_of(scan)
    own = Order(own_order(scan, scope), span)
    scores = {site: values[:draws].float() for site, values in scan.by_site("null").items()}
    nulls = orders_by(scores, span, range(draws))
    return [dict(one.ranks) for one in controls.matched_orders(own, nulls, classes)]
