"""Matrices of tasks by tasks: same type against cross type, and Mantel's test."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import ArrayLike

from brodmann.errors import RunError
from brodmann.neurons.statistics.permutation import (
    exact_p_value,
    groupings,
    labelings,
    p_value,
    smallest_p,
)

ENUMERATED = 8
"""Up to so many tasks (40,320 orders) every permutation is tried."""
FEW = 10_000
"""Up to so many groupings every one is tried."""


@dataclass(frozen=True)
class MatrixTest:
    """A statistic of a matrix beside its permutation of tasks.

    Attributes:
        effect: Observed, minus the mean of the null.
        p_greater: That it is as large by chance.
        p_less: That it is as small by chance.
        smallest_p: The smallest p that these tasks can give.
        null: float ``[B]``: the permuted statistics, less their mean.
    """

    effect: float
    p_greater: float
    p_less: float
    smallest_p: float
    null: np.ndarray


def same_type(types: Sequence[Hashable]) -> np.ndarray:
    """float64 ``[T, T]``: 1 where two tasks are of one type.

    Example:
        >>> same_type(["a", "b", "a"]).tolist()
        [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 1.0]]
    """
    return np.array([[float(one == two) for two in types] for one in types])


def main_effects(count: int) -> list[np.ndarray]:
    """Covariates that take off how strong each row and each column is by itself.

    A source that harms every task, or a task that everything harms, is no effect of types; where
    types differ in size it would seem to be one.

    Args:
        count: T, the tasks.

    Returns:
        float64 ``[T, T]`` each, 2 T of them.

    Example:
        >>> hub = [[0, 0, 9, 9], [0, 0, 9, 9], [0, 0, 0, 9], [0, 0, 9, 0]]
        >>> types = ["a", "b", "c", "c"]
        >>> own = type_effect(hub, types, main_effects(4))
        >>> round(type_effect(hub, types), 2), round(abs(own), 2)
        (5.4, 0.0)
    """
    whole = np.eye(count)
    rows = [np.repeat(row[:, None], count, axis=1) for row in whole]
    return [*rows, *(row.T for row in rows)]


def beyond_margins(matrix: ArrayLike, steps: int = 200) -> np.ndarray:
    """What is left of a matrix after "fragility of the row times strength of the column".

    Goodman's (1968) quasi-independence: products with the row and column sums of the pairs off the
    diagonal, by iterative proportional fitting; negative entries count as 0 in the fit. A source
    that harms every task in proportion to the task's fragility leaves nothing.

    Args:
        matrix: float ``[T, T]``.
        steps: Of the fit.

    Returns:
        float64 ``[T, T]``, 0 on the diagonal.

    Raises:
        RunError: As :func:`type_effect`.

    Example:
        >>> hub = np.outer([1.0, 2.0, 3.0, 4.0], [5.0, 5.0, 0.0, 1.0])
        >>> bool(np.abs(beyond_margins(hub)).max() < 1e-6)
        True
    """
    square = _square(matrix)
    positive, off = square.clip(min=0), 1.0 - np.eye(len(square))
    row, column = np.ones(len(square)), np.ones(len(square))
    for _ in range(steps):
        row = positive.sum(1) / np.maximum(off @ column, 1e-300)
        column = positive.sum(0) / np.maximum(off.T @ row, 1e-300)
    return np.asarray(square - off * np.outer(row, column))


def type_effect(
    matrix: ArrayLike, types: Sequence[Hashable], covariates: Sequence[ArrayLike] = ()
) -> float:
    """Mean of same-type pairs minus mean of cross-type pairs, the diagonal left out.

    With covariates it is the coefficient of "same type" in a regression that has them too.

    Args:
        matrix: float ``[T, T]``; both directions count.
        types: One per task.
        covariates: float ``[T, T]`` each: same format, both pairs of texts, same label set.

    Raises:
        RunError: Shapes that do not fit; no same-type or no cross-type pair; covariates that
            leave nothing of the types.

    Example:
        >>> round(type_effect([[0, 3, 1], [3, 0, 1], [2, 2, 0]], ["a", "a", "b"]), 3)
        1.5
    """
    square = _square(matrix)
    return float((_type_weights(square, types, covariates) * square).sum())


def type_test(
    matrix: ArrayLike,
    types: Sequence[Hashable],
    covariates: Sequence[ArrayLike] = (),
    draws: int = 9999,
    seed: int = 0,
) -> MatrixTest:
    """The type effect against permuted tasks (Freedman and Lane 1983 where there are covariates).

    What the covariates explain is taken off the matrix, the tasks of the rest are permuted (rows
    and columns together), and the effect is computed again with the same types and covariates.
    All groupings without covariates, all permutations with them up to eight tasks; random
    permutations where those are too many.

    Args:
        matrix: float ``[T, T]``.
        types: One per task.
        covariates: float ``[T, T]`` each.
        draws: Random permutations, where there are too many.
        seed: Of the random permutations.

    Raises:
        RunError: As :func:`type_effect`.
    """
    square = _square(matrix)
    weights = _type_weights(square, types, covariates)
    rest = square - _explained(square, covariates)
    if not covariates and labelings(types) <= FEW:
        null = _of_groupings(rest, np.array(list(groupings(types))))
        return _tested(float((weights * rest).sum()), null, True, 1 / len(null))
    return _permuted(weights, rest, draws, seed, labelings(types))


def _of_groupings(rest: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Same-type mean minus cross-type mean under every grouping ``[M, T]``."""
    same = (groups[:, :, None] == groups[:, None, :]) & ~np.eye(len(rest), dtype=bool)
    count, pairs = same[0].sum(), len(rest) * (len(rest) - 1)
    within = np.einsum("mij,ij->m", same, rest)
    return np.asarray(within / count - (rest.sum() - within) / (pairs - count))


def mantel(
    first: ArrayLike,
    second: ArrayLike,
    covariates: Sequence[ArrayLike] = (),
    draws: int = 9999,
    seed: int = 0,
) -> MatrixTest:
    """Correlation of two matrices off the diagonal, covariates taken off both (Mantel 1967).

    Args:
        first: float ``[T, T]``.
        second: float ``[T, T]``.
        covariates: float ``[T, T]`` each (Smouse, Long and Sokal 1986).
        draws: Random permutations, above eight tasks.
        seed: Of the random permutations.

    Raises:
        RunError: Shapes that do not fit; nothing left of a matrix.
    """
    one, two = _square(first), _square(second)
    weights, rest = (m - _explained(m, covariates) for m in (one, two))
    scale = np.sqrt((weights**2).sum() * (rest**2).sum())
    if scale <= 1e-12 * max(np.sqrt((one**2).sum() * (two**2).sum()), 1e-300):
        raise RunError("a matrix is constant, or the covariates explain all of it")
    return _permuted(weights / scale, rest, draws, seed, None)


def _square(matrix: ArrayLike) -> np.ndarray:
    """A copy with a zero diagonal."""
    square = np.array(matrix, dtype=np.float64)
    if square.ndim != 2 or square.shape[0] != square.shape[1] or len(square) < 3:
        raise RunError(f"a matrix of tasks needs three tasks and as many rows, got {square.shape}")
    np.fill_diagonal(square, 0.0)
    if not np.isfinite(square).all():
        raise RunError("a matrix of tasks has pairs that are not finite")
    return square


def _design(count: int, covariates: Sequence[ArrayLike]) -> np.ndarray:
    off = ~np.eye(count, dtype=bool)
    columns = [np.ones(count * (count - 1)), *(_square(c)[off] for c in covariates)]
    return np.stack(columns, axis=1)


def _explained(square: np.ndarray, covariates: Sequence[ArrayLike]) -> np.ndarray:
    """What a mean and the covariates explain of the pairs off the diagonal."""
    off = ~np.eye(len(square), dtype=bool)
    design = _design(len(square), covariates)
    explained = np.zeros_like(square)
    explained[off] = design @ np.linalg.lstsq(design, square[off], rcond=None)[0]
    return explained


def _type_weights(
    square: np.ndarray, types: Sequence[Hashable], covariates: Sequence[ArrayLike]
) -> np.ndarray:
    """Weights of the pairs whose sum is the coefficient of "same type" (Frisch and Waugh)."""
    if len(types) != len(square):
        raise RunError(f"{len(square)} tasks have {len(types)} types")
    same = _square(same_type(types))
    rest = same - _explained(same, covariates)
    size = float((rest**2).sum())
    if size <= 1e-9 * len(square) ** 2:
        raise RunError(
            "no pairs to compare: tasks of one type, of no common type, or the covariates"
        )
    return rest / size


def _permuted(
    weights: np.ndarray, rest: np.ndarray, draws: int, seed: int, ways: int | None
) -> MatrixTest:
    exact = len(rest) <= ENUMERATED
    orders = _orders(len(rest), draws, seed)
    null = np.einsum("ij,bij->b", weights, _reordered(rest, orders))
    least = _unchanged(weights, orders) if exact else smallest_p(draws, ways)
    return _tested(float((weights * rest).sum()), null, exact, least)


def _tested(observed: float, null: np.ndarray, exact: bool, least: float) -> MatrixTest:
    test, centre = exact_p_value if exact else p_value, float(null.mean())
    greater, less = float(test(observed, null, "greater")), float(test(observed, null, "less"))
    return MatrixTest(observed - centre, greater, less, least, null - centre)


def _orders(count: int, draws: int, seed: int) -> np.ndarray:
    if count <= ENUMERATED:
        return np.array(list(permutations(range(count))))
    generator = np.random.default_rng(seed)
    return np.array([generator.permutation(count) for _ in range(draws)])


def _reordered(matrix: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """Rows and columns together, by every order: ``[B, T, T]``."""
    return np.asarray(matrix[orders[:, :, None], orders[:, None, :]])


def _unchanged(weights: np.ndarray, orders: np.ndarray) -> float:
    """Share of the permutations that leave the comparison as it is: the smallest p of all."""
    close = np.isclose(_reordered(weights, orders), weights, atol=1e-9 * np.abs(weights).max())
    return float(close.all(axis=(1, 2)).mean())
