"""Orders of neurons: by a task's predictivity, at random, or matched to another order."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from brodmann.studies.measuring import Measured

STRATA = (5, 3)
"""Classes of s.d. and of output norm, per layer, within which controls are matched."""
Ranks = dict[str, Tensor]


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
    """Ranks by the same selector on permuted labels."""
    scores = {site: values[draw].float() for site, values in scan.by_site("null").items()}
    return ranked(scores, scope, draw)


def random_order(scan: Measured, scope: str, seed: int) -> Ranks:
    """Ranks at random."""
    generator = torch.Generator().manual_seed(10_000 + seed)
    scores = {s: torch.rand(len(v), 1, generator=generator) for s, v in scan.by_site("dev").items()}
    return ranked(scores, scope, seed)


def ranked(scores: Mapping[str, Tensor], scope: str, seed: int) -> Ranks:
    """Ranks by descending score of several columns in turn, ties by a seeded draw.

    Args:
        scores: Site name -> float ``[U, K]``.
        scope: ``layer``: every site by itself; ``global``: all together.
        seed: Decides ties.
    """
    generator = torch.Generator().manual_seed(seed)
    if scope == "layer":
        return {site: _ranks(values, generator) for site, values in scores.items()}
    joint = _ranks(torch.cat(list(scores.values())), generator)
    parts = joint.split([len(values) for values in scores.values()])
    return dict(zip(scores, parts, strict=True))


def _ranks(scores: Tensor, generator: torch.Generator) -> Tensor:
    """Each unit stands where the first of the columns, taken in turn, names it."""
    shuffled = torch.randperm(len(scores), generator=generator)
    order = scores[shuffled].double().argsort(dim=0, descending=True, stable=True)
    places = torch.empty_like(order).scatter_(
        0, order, torch.arange(len(scores))[:, None].expand_as(order)
    )
    turn = (places * scores.shape[1] + torch.arange(scores.shape[1])).amin(1)
    ranks = torch.empty(len(scores), dtype=torch.long)
    ranks[shuffled[turn.argsort()]] = torch.arange(len(scores))
    return ranks


def strata(scan: Measured) -> dict[str, Tensor]:
    """Class of every neuron by s.d. and output norm within its layer, long ``[U]``."""
    found = {}
    for site in scan.info["sites"]:
        classes = [
            _classes(scan.tensors[f"{kind}/{site}"], count)
            for kind, count in zip(("std", "norm"), STRATA, strict=True)
        ]
        found[site] = classes[0] * STRATA[1] + classes[1]
    return found


def _classes(values: Tensor, count: int) -> Tensor:
    ranks = values.argsort().argsort()
    return ranks * count // len(values)


def matched(own: Ranks, other: Ranks, classes: Mapping[str, Tensor]) -> Ranks:
    """Another order's neurons at the ranks where the own order has neurons of their class.

    At every rate the two orders hold equally many neurons of every layer, s.d. class and norm
    class; within a class the other order decides.

    Args:
        own: Ranks to be matched.
        other: Ranks that decide within classes.
        classes: As ``strata`` gives.
    """
    found = {}
    for site, ranks in own.items():
        result = torch.empty_like(ranks)
        for one in classes[site].unique():
            members = (classes[site] == one).nonzero()[:, 0]
            by_other = members[other[site][members].argsort()]
            result[by_other] = ranks[members].sort().values
        found[site] = result
    return found
