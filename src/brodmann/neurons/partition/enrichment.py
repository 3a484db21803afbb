"""Whether the neurons of a function gather in some experts: the paper's rule, and better ones.

Zhang et al. (2023), "Emergent Modularity", section 4: an expert is *functional* if it holds more of
a function's top neurons than a random balanced partition would give it. Parameter clusters hold
near-duplicates, which score alike even on labels that mean nothing: the rule is told here, and is
judged against permuted labels with the partition fixed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats
from torch import Tensor

from brodmann.errors import RunError

HALVINGS = 40
"""Steps of the search for a variance."""
ALPHA = 0.001
"""Level of the paper's rule, without correction for the number of experts, layers or functions."""


def hypergeometric_threshold(units: int, size: int, top: int, alpha: float = ALPHA) -> int:
    """More top neurons than this make an expert functional (the paper's rule).

    Args:
        units: Neurons of the layer.
        size: Neurons of the expert.
        top: How many of the layer's neurons are called top.
        alpha: Level.

    Returns:
        The smallest t with P(X > t) <= alpha, X being hypergeometric.

    Example:
        >>> hypergeometric_threshold(3072, 192, 30), hypergeometric_threshold(49152, 3072, 491)
        (7, 48)
    """
    return int(stats.hypergeom(units, size, top).isf(alpha))


def binomial_threshold(experts: int, drawn: int, alpha: float = ALPHA) -> int:
    """The same at the level of functions, whose sub-functions' top neurons are put together.

    Repeated neurons count as draws of their own, as in the released code: too small a threshold.

    Args:
        experts: How many experts.
        drawn: Top neurons of all sub-functions, repetitions included.
        alpha: Level.
    """
    return int(stats.binom(drawn, 1 / experts).isf(alpha))


def counts(top: Tensor, expert_of: Tensor, experts: int) -> Tensor:
    """Top neurons of each expert.

    Args:
        top: Bool ``[U, ...]``.
        expert_of: Long ``[U]``.
        experts: E.

    Returns:
        Long ``[E, ...]``.
    """
    shape = (experts, *top.shape[1:])
    return torch.zeros(shape, dtype=torch.long).index_add_(0, expert_of, top.long())


@dataclass(frozen=True)
class Enrichment:
    """Top neurons by expert, for K columns.

    Attributes:
        count: Long ``[E, K]``.
        p: P that a random balanced partition gives the expert as many; float64 ``[E, K]``.
        log_odds: Log odds ratio of being a top neuron within against outside the expert, shrunk
            towards 0; float64 ``[E, K]``.
        functional: By the paper's rule, bool ``[E, K]``.
        degree: Mean share of top neurons of the functional experts, 0 where there is none (the
            paper's degree of modularisation); float64 ``[K]``.
    """

    count: NDArray[np.int64]
    p: NDArray[np.float64]
    log_odds: NDArray[np.float64]
    functional: NDArray[np.bool_]
    degree: NDArray[np.float64]


def enrichment(top: Tensor, expert_of: Tensor, experts: int, alpha: float = ALPHA) -> Enrichment:
    """How the top neurons of K columns lie in the experts of one layer.

    Args:
        top: Bool ``[U, K]``, equally many in every column.
        expert_of: Long ``[U]``.
        experts: E.
        alpha: Level of the paper's rule.

    Raises:
        RunError: Columns have different numbers of top neurons, or none.

    Example:
        >>> top = torch.zeros(64, 1, dtype=torch.bool)
        >>> top[:8] = True
        >>> found = enrichment(top, torch.arange(4).repeat_interleave(16), experts=4)
        >>> found.count[:, 0].tolist(), found.functional[:, 0].tolist(), float(found.degree[0])
        ([8, 0, 0, 0], [True, False, False, False], 0.5)
    """
    many = top.sum(0).unique()
    if len(many) != 1 or int(many) == 0:
        raise RunError(f"columns have {many.tolist()} top neurons: as many as one another, and one "
                       "at least, are compared")  # fmt: skip
    units, number = len(top), int(many)
    size = units // experts
    found = counts(top, expert_of, experts).numpy()
    functional = found > hypergeometric_threshold(units, size, number, alpha)
    share = np.where(functional, found / size, 0).sum(0) / np.maximum(functional.sum(0), 1)
    chance = stats.hypergeom(units, size, number)
    return Enrichment(found, chance.sf(found - 1), shrunk_log_odds(found, units, size, number),
                      functional, share)  # fmt: skip


def shrunk_log_odds(
    count: NDArray[np.int64], units: int, size: int, number: int
) -> NDArray[np.float64]:
    """Log odds ratios, shrunk by as much as sampling alone would scatter them.

    Half a neuron is added to every cell (Haldane and Anscombe); within a column the true ratios are
    taken for normal around 0, with the variance of largest likelihood.

    Args:
        count: Long ``[E, K]``.
        units: Neurons of the layer.
        size: Neurons of an expert.
        number: Top neurons of a column.

    Returns:
        Float64 ``[E, K]``.
    """
    cells = np.stack([count, size - count, number - count, units - size - number + count]) + 0.5
    ratio = np.log(cells[0] * cells[3] / (cells[1] * cells[2]))
    error = (1 / cells).sum(0)
    spread = _spread(ratio**2, error)
    return np.asarray(ratio * spread / (spread + error))


def _spread(squares: NDArray[np.float64], error: NDArray[np.float64]) -> NDArray[np.float64]:
    """Variance s of largest likelihood where squares are of normals of variance s + error, [K]."""
    low, high = np.zeros(squares.shape[1]), squares.max(0)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        rising = ((squares - middle - error) / (middle + error) ** 2).sum(0) > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    return np.asarray(low)


def share_between(values: Tensor, expert_of: Tensor, experts: int) -> Tensor:
    """Share of the variance of neurons' scores that lies between experts (eta squared).

    Threshold-free. A random balanced partition gives (E - 1) / (U - 1) on average.

    Args:
        values: Float ``[U, K]``.
        expert_of: Long ``[U]``.
        experts: E, equally large.

    Returns:
        Float64 ``[K]``; 0 for a constant column.

    Example:
        >>> share_between(torch.tensor([[1.0], [1.0], [3.0], [3.0]]), torch.tensor([0, 0, 1, 1]), 2)
        tensor([1.], dtype=torch.float64)
    """
    away = values.double() - values.double().mean(0)
    sums = away.new_zeros(experts, away.shape[1]).index_add_(0, expert_of, away)
    between = sums.square().sum(0) * experts / len(values)
    whole = away.square().sum(0)
    return torch.where(whole > 0, between / whole.clamp_min(torch.finfo(whole.dtype).tiny), 0.0)
