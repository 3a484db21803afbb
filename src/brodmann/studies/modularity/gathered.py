"""How a question's top neurons lie in experts, under the labels and under every permutation."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from brodmann.neurons.partition.enrichment import (
    binomial_threshold,
    hypergeometric_threshold,
    share_between,
    shrunk_log_odds,
)
from brodmann.neurons.partition.partition import Partition
from brodmann.neurons.statistics.multiple import benjamini_hochberg
from brodmann.neurons.statistics.permutation import p_value
from brodmann.studies.functions.asked import Scans

FDR = 0.05
"""False discovery rate over all layers, experts and questions."""


def counted(found: Scans, made: Partition, site: str, labelings: int | None = None) -> torch.Tensor:
    """Top neurons of each expert, long ``[Q, 1 + B, E]``.

    Args:
        found: The scans.
        made: A partition of the same sites.
        site: Which site.
        labelings: Only the first so many, the true labels being the first.
    """
    tops = found.of("tops", site)[:, :labelings].long()
    experts = made.expert_of[site][tops]
    empty = torch.zeros(*tops.shape[:2], made.experts, dtype=torch.long)
    return empty.scatter_add_(2, experts, torch.ones_like(experts))


def threshold(found: Scans, made: Partition, site: str, alpha: float) -> int:
    """More top neurons than this make an expert functional (the paper's rule)."""
    top = found.of("tops", site).shape[2]
    return hypergeometric_threshold(found.units(site), made.size(site), top, alpha)


def serving(found: Scans, made: Partition, site: str, alpha: float) -> NDArray[np.bool_]:
    """Which experts the paper's rule calls functional under the true labels, ``[E, Q]``."""
    over = counted(found, made, site, 1)[:, 0].t() > threshold(found, made, site, alpha)
    return np.asarray(over.numpy())


def functional(
    found: Scans, made: Partition, site: str, alpha: float, labelings: int | None = None
) -> NDArray[np.float64]:
    """Share of experts that the paper's rule calls functional, ``[Q, 1 + B]``."""
    over = counted(found, made, site, labelings) > threshold(found, made, site, alpha)
    return np.asarray(over.double().mean(2).numpy())


def degree(found: Scans, made: Partition, site: str, alpha: float) -> NDArray[np.float64]:
    """The paper's degree: mean share of top neurons of functional experts, or 0; ``[Q]``."""
    count = counted(found, made, site, 1)[:, 0].double()
    over = count > threshold(found, made, site, alpha)
    share = (count / made.size(site) * over).sum(1) / over.sum(1).clamp_min(1)
    return np.asarray(share.numpy())


def log_odds(found: Scans, made: Partition, site: str) -> NDArray[np.float64]:
    """Largest shrunk log odds of an expert, ``[Q]``."""
    count = counted(found, made, site, 1)[:, 0].t().numpy()
    top = found.of("tops", site).shape[2]
    odds = shrunk_log_odds(count, found.units(site), made.size(site), top)
    return np.asarray(odds.max(0))


def discovered(found: Scans, made: Partition) -> NDArray[np.float64]:
    """Share of experts per question that hold more top neurons than under permuted labels.

    A p-value for every layer, expert and question from the shared permutations, Benjamini and
    Hochberg's procedure over all of them together.

    Returns:
        Float64 ``[Q]``.
    """
    values = [counted(found, made, site).numpy() for site in found.sites]
    tests = np.concatenate([p_value(one[:, 0], one[:, 1:].swapaxes(0, 1)) for one in values], 1)
    found_ = benjamini_hochberg(tests.ravel()) <= FDR
    return np.asarray(found_.reshape(tests.shape).mean(1))


def between(found: Scans, name: str, site: str) -> NDArray[np.float64]:
    """Share of the variance of predictivity between experts, ``[Q, 1 + B]``, of a scan's input."""
    return np.asarray(found.of(f"between.{name}", site).double().numpy())


def between_of(found: Scans, made: Partition, site: str) -> NDArray[np.float64]:
    """The same under the true labels of any partition, ``[Q]``."""
    values = (found.of("auroc", site) - 0.5).abs().t()
    return np.asarray(share_between(values, made.expert_of[site], made.experts).numpy())


def of_functions(found: Scans, made: Partition, site: str, alpha: float) -> NDArray[np.float64]:
    """Share of experts functional for a whole function, by the paper's binomial rule, ``[F]``.

    The top neurons of its questions are put together, repetitions included: neurons that several
    questions share count as independent draws, so that the rule fires too often.
    """
    count = counted(found, made, site, 1)[:, 0].numpy()
    top = found.of("tops", site).shape[2]
    shares = []
    for place in range(len(found.functions)):
        mine = count[found.function_of == place]
        limit = binomial_threshold(made.experts, top * len(mine), alpha)
        shares.append(float((mine.sum(0) > limit).mean()))
    return np.array(shares)
