"""P-values from permutations, the smallest that can be reached, and max-T over many units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from itertools import combinations
from math import comb, factorial
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from brodmann.errors import RunError

Side = Literal["greater", "less", "two-sided"]
"""Which values of a statistic speak against the null."""
TIE = 1e-10
"""Relative difference below which a permuted statistic counts as equal to the observed one."""


def p_value(observed: ArrayLike, null: ArrayLike, side: Side = "greater") -> np.ndarray:
    """Of b in B random permutations as extreme (ties count), p = (1 + b) / (1 + B).

    Phipson and Smyth (2010): valid, and never zero.

    Args:
        observed: float ``[...]``.
        null: float ``[B, ...]``, statistics under random permutations, the observed one not among
            them.
        side: ``two-sided`` doubles the smaller tail.

    Returns:
        float64 ``[...]``.

    Raises:
        RunError: No permutations, or statistics that are not numbers.

    Example:
        >>> float(p_value(3.0, [1.0, 2.0, 3.0, 0.0]))
        0.4
    """
    seen, drawn = _checked(observed, null)
    tails = [(1 + count) / (1 + len(drawn)) for count in _tail_counts(seen, drawn)]
    return _of_side(tails, side)


def exact_p_value(observed: ArrayLike, every: ArrayLike, side: Side = "greater") -> np.ndarray:
    """Share of all labelings as extreme as the observed one, which is among them.

    Args:
        observed: float ``[...]``.
        every: float ``[M, ...]``, the statistic of every labeling.
        side: As in :func:`p_value`.

    Raises:
        RunError: No labelings, or statistics that are not numbers.
    """
    seen, all_of_them = _checked(observed, every)
    counts = _tail_counts(seen, all_of_them)
    return _of_side([np.maximum(count, 1) / len(all_of_them) for count in counts], side)


def _checked(observed: ArrayLike, null: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    seen, drawn = np.asarray(observed, dtype=np.float64), np.asarray(null, dtype=np.float64)
    if drawn.shape[1:] != seen.shape or drawn.ndim != seen.ndim + 1 or len(drawn) == 0:
        raise RunError(f"a permutation test of shape {seen.shape} met a null of {drawn.shape}")
    if np.isnan(seen).any() or np.isnan(drawn).any():
        raise RunError("a permutation test met statistics that are not numbers")
    return seen, drawn


def _tail_counts(seen: np.ndarray, drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    slack = TIE * np.maximum(np.abs(seen), np.abs(drawn).max(axis=0))
    return (drawn >= seen - slack).sum(0), (drawn <= seen + slack).sum(0)


def _of_side(tails: Sequence[np.ndarray], side: Side) -> np.ndarray:
    upper, lower = tails
    both = np.minimum(1.0, 2 * np.minimum(upper, lower))
    return np.asarray({"greater": upper, "less": lower, "two-sided": both}[side])


def smallest_p(draws: int | None = None, labelings: int | None = None) -> float:
    """The smallest p that a permutation test can give, however strong the effect.

    Args:
        draws: Random permutations B; None where every labeling is enumerated.
        labelings: Labelings that differ, where there are few; None where they are countless.

    Example:
        >>> round(smallest_p(draws=20), 3), round(smallest_p(999, labelings=105), 4)
        (0.048, 0.0095)
    """
    bounds = [1 / (1 + draws)] if draws is not None else []
    bounds += [1 / labelings] if labelings is not None else []
    return max(bounds, default=0.0)


def labelings(types: Sequence[Hashable]) -> int:
    """Ways to group items as these types do; groups of one size are interchangeable.

    Example:
        >>> labelings(["sentiment"] * 3 + ["inference"] * 2 + ["topic"] * 2)
        105
    """
    sizes = list(Counter(types).values())
    ways, left = 1, len(types)
    for size in sizes:
        ways *= comb(left, size)
        left -= size
    for count in Counter(sizes).values():
        ways //= factorial(count)
    return ways


def groupings(types: Sequence[Hashable]) -> Iterator[np.ndarray]:
    """Every distinct grouping of the items into groups of the types' sizes, each once.

    Args:
        types: One per item.

    Yields:
        long ``[items]``: the number of each item's group; there are :func:`labelings` of them.
    """
    sizes = tuple(sorted(Counter(types).values(), reverse=True))
    yield from _place(np.full(len(types), -1), sizes, 0)


def _place(groups: np.ndarray, sizes: tuple[int, ...], number: int) -> Iterator[np.ndarray]:
    """The first free item goes into a group of each size that is left, with others."""
    free = np.flatnonzero(groups < 0)
    if len(free) == 0:
        yield groups.copy()
        return
    for size in sorted(set(sizes)):
        rest = list(sizes)
        rest.remove(size)
        for others in combinations(free[1:], size - 1):
            chosen = [free[0], *others]
            groups[chosen] = number
            yield from _place(groups, tuple(rest), number + 1)
            groups[chosen] = -1


def max_t(observed: ArrayLike, null: ArrayLike) -> np.ndarray:
    """Family-wise p of every unit against the largest statistic of each shared permutation.

    Westfall and Young (1993), single step. All units must share each permutation.

    Args:
        observed: float ``[U]``.
        null: float ``[B, U]``, or ``[B]``, the largest of each permutation, where that was
            streamed.

    Returns:
        float64 ``[U]``.

    Raises:
        RunError: No units or permutations, or statistics that are not numbers.
    """
    seen, drawn = np.asarray(observed, np.float64), np.asarray(null, np.float64)
    if seen.ndim != 1 or seen.size == 0:
        raise RunError(f"max-T needs one statistic per unit, got shape {seen.shape}")
    largest = drawn.max(axis=1) if drawn.ndim == 2 else drawn
    return p_value(seen, np.broadcast_to(largest[:, None], (len(largest), len(seen))))


def step_down(observed: ArrayLike, null: ArrayLike) -> np.ndarray:
    """Max-T in steps: each unit against the largest of those no more extreme than itself.

    Westfall and Young (1993), algorithm 4.1; never larger than :func:`max_t`.

    Args:
        observed: float ``[U]``.
        null: float ``[B, U]``.

    Returns:
        float64 ``[U]``.

    Raises:
        RunError: Shapes that do not fit, or statistics that are not numbers.
    """
    seen, drawn = _checked(observed, null)
    order = np.argsort(-seen, kind="stable")
    largest = np.maximum.accumulate(drawn[:, order[::-1]], axis=1)[:, ::-1]
    adjusted = np.empty(len(seen))
    adjusted[order] = np.maximum.accumulate(p_value(seen[order], largest))
    return adjusted
