"""How many top neurons two questions share, chosen on different halves of their examples."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from brodmann.studies.functions.asked import Scans

CHUNK = 64
"""Labelings that are compared at a time."""


def likeness(found: Scans) -> NDArray[np.float64]:
    """Share of top neurons in common, beyond chance, mean over layers.

    One question's top neurons are of the first half of its examples, the other's of the second,
    and the other way round, so that a question is compared with itself as with any other: the
    diagonal is the split-half ceiling. Zhang et al. (2023), Figure 1, right, without halves.

    Args:
        found: The scans.

    Returns:
        Float64 ``[Q, Q, 1 + B]``, symmetric: under the labels and under each permutation.
    """
    return np.asarray(sum(_of_site(found, site) for site in found.sites) / len(found.sites))


def _of_site(found: Scans, site: str) -> NDArray[np.float64]:
    first, second = found.of("tops_a", site).long(), found.of("tops_b", site).long()
    shared = _shared(first, second, found.units(site))
    beyond = (shared + shared.swapaxes(0, 1)) / 2 - first.shape[2] / found.units(site)
    return np.asarray(beyond)


def _shared(first: Tensor, second: Tensor, units: int) -> NDArray[np.float64]:
    """Share of top neurons in common: ``[Q, L, T]`` twice -> ``[Q, Q, L]``."""
    questions, labelings, top = first.shape
    parts = []
    for start in range(0, labelings, CHUNK):
        one, two = (_indicators(tops[:, start : start + CHUNK], units) for tops in (first, second))
        parts.append(torch.einsum("qlu,rlu->qrl", one, two) / top)
    return np.asarray(torch.cat(parts, 2).double().numpy())


def _indicators(tops: Tensor, units: int) -> Tensor:
    """Which units are among the top: long ``[Q, L, T]`` -> float ``[Q, L, U]``."""
    return torch.zeros(*tops.shape[:2], units).scatter_(2, tops, 1.0)


def gap(alike: NDArray[np.float64], function_of: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean likeness of different questions of one function minus that across functions.

    Args:
        alike: Float ``[Q, Q, ...]``; the diagonal is not read.
        function_of: Long ``[Q]``.

    Returns:
        Float ``[...]``; functions count alike, whatever their number of questions.

    Example:
        >>> alike = np.array([[9, 0.5, 0.1], [0.5, 9, 0.1], [0.1, 0.1, 9.0]])
        >>> float(gap(alike, np.array([0, 0, 1])))
        0.4
    """
    same = function_of[:, None] == function_of
    other = ~np.eye(len(function_of), dtype=bool)
    within = [
        alike[(function_of == one)[:, None] & same & other].mean(0)
        for one in np.unique(function_of) if (function_of == one).sum() > 1
    ]  # fmt: skip
    names = np.unique(function_of)
    across = [
        alike[(function_of == one)[:, None] & (function_of == two)].mean(0)
        for i, one in enumerate(names) for two in names[i + 1 :]
    ]  # fmt: skip
    return np.asarray(np.mean(within, axis=0) - np.mean(across, axis=0))
