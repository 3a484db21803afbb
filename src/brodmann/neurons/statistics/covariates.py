"""Covariates of pairs of tasks: which of them can be told apart from the types."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from brodmann.errors import RunError
from brodmann.neurons.statistics.matrices import same_type

CONSTANT = "does not differ between pairs"
EXPLAINED = "says what the others say"
COLLINEAR = "cannot be told from the types"


@dataclass(frozen=True)
class Covariates:
    """Covariates of a type effect.

    Attributes:
        used: Name -> float64 ``[T, T]``, 1 where two tasks have one value.
        left_out: Name -> why it cannot be used.
    """

    used: Mapping[str, np.ndarray]
    left_out: Mapping[str, str]


def usable(types: Sequence[Hashable], traits: Mapping[str, Sequence[Hashable]]) -> Covariates:
    """Traits of tasks as covariates of their pairs, without those that no effect can be told from.

    In the order given, a trait is left out where it is the same for every pair, follows from the
    ones before it, or leaves, with them, nothing of "same type" (a rank that does not grow).

    Args:
        types: One per task.
        traits: Name -> value of every task, such as its number of texts.

    Raises:
        RunError: Values that are not one per task.

    Example:
        >>> found = usable(["a", "a", "b"], {"texts": [1, 1, 2], "words": ["x", "x", "x"]})
        >>> dict(found.left_out)["texts"]
        'cannot be told from the types'
    """
    off = ~np.eye(len(types), dtype=bool)
    same, design = same_type(types)[off], [np.ones(int(off.sum()))]
    used: dict[str, np.ndarray] = {}
    left_out: dict[str, str] = {}
    for name, values in traits.items():
        if len(values) != len(types):
            raise RunError(f"{len(types)} tasks have {len(values)} values of {name}")
        matrix = same_type(values)
        column = matrix[off]
        why = _why_not(column, design, same)
        if why:
            left_out[name] = why
        else:
            used[name] = matrix
            design.append(column)
    return Covariates(used, left_out)


def _why_not(column: np.ndarray, design: Sequence[np.ndarray], same: np.ndarray) -> str:
    if np.ptp(column) == 0:
        return CONSTANT
    rank = len(design) + 1
    if _rank([*design, column]) < rank:
        return EXPLAINED
    return COLLINEAR if _rank([*design, column, same]) < rank + 1 else ""


def _rank(columns: Sequence[np.ndarray]) -> int:
    return int(np.linalg.matrix_rank(np.stack(columns, 1)))
