"""EM-6: does harm to a function's experts stay with the function?"""

from __future__ import annotations

from collections.abc import Sequence
from math import factorial, prod

import numpy as np
from numpy.typing import NDArray

from brodmann.neurons.claims.evidence import POOLED, Evidence, not_measured
from brodmann.neurons.statistics.permutation import p_value, smallest_p
from brodmann.studies.evidence import row
from brodmann.studies.functions.estimates import over_functions

FEW = "fewer than two functions whose questions the model answers"
"""Reason given where nothing can be compared."""


def specificity(
    relative: NDArray[np.float64], function_of: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Of every question: damage by its own function's experts minus that by the others'.

    Each source's mean damage is taken off first, functions counting alike however many questions
    they have: experts that harm everything (a hub that is always on) are specific to nothing.

    Args:
        relative: Damage by source to question, ``[F, Q]``.
        function_of: Row of each question's own function, long ``[Q]``.

    Returns:
        Float ``[Q]``.

    Example:
        >>> hub = np.array([[3.0, 3.0, 3.0, 3.0], [0.0, 0.0, 0.0, 0.0]])
        >>> specificity(hub, np.array([0, 0, 1, 1])).tolist()
        [0.0, 0.0, 0.0, 0.0]
    """
    centred = relative - _sources(relative, function_of)[:, None]
    places = np.arange(relative.shape[1])
    own = centred[function_of, places]
    others = (centred.sum(0) - own) / (len(relative) - 1)
    return np.asarray(own - others)


def beyond_strength(
    relative: NDArray[np.float64], function_of: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Damage that is not told by a source's strength times a question's fragility.

    Where the strongest source belongs to the most fragile function their product alone looks
    specific; nothing is left of it here.

    Args:
        relative: Damage by source to question, ``[F, Q]``.
        function_of: Row of each question's own function, long ``[Q]``.

    Returns:
        Float ``[F, Q]``; as it came where sources do no harm on average.

    Example:
        >>> product = np.outer([3.0, 1.0], [2.0, 2.0, 1.0, 1.0])
        >>> beyond_strength(product, np.array([0, 0, 1, 1])).tolist()
        [[0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
    """
    strength = _sources(relative, function_of)
    if strength.mean() <= 0:
        return relative
    return np.asarray(relative - np.outer(strength / strength.mean(), relative.mean(0)))


def _sources(relative: NDArray[np.float64], function_of: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean damage of every source over functions, ``[F]``."""
    functions = np.unique(function_of)
    return np.mean([relative[:, function_of == one].mean(1) for one in functions], axis=0)


def evidence_em6(
    relative: NDArray[np.float64], names: Sequence[str], draws: int, seed: int,
    left_out: Sequence[str],
) -> list[Evidence]:  # fmt: skip
    """EM-6: pooled, and by function.

    Args:
        relative: Damage by source to question, ``[F, Q]``, sources in the order of functions.
        names: Function of every question.
        draws: Permutations of questions over functions.
        seed: Of the permutations.
        left_out: Functions that could not be judged.
    """
    functions = list(dict.fromkeys(names))
    if len(functions) < 2:
        return [not_measured(POOLED, FEW)]
    function_of = np.array([functions.index(name) for name in names])
    seen = _by_function(specificity(relative, function_of), function_of, functions)
    estimate = over_functions(seen)
    if estimate is None:
        return [not_measured(POOLED, FEW)]
    tests = [_test(table, function_of, draws, seed)
             for table in (relative, beyond_strength(relative, function_of))]  # fmt: skip
    above, below = np.max(tests, axis=0)
    notes = {"left_out": ", ".join(left_out)} if left_out else {}
    pooled = Evidence(
        POOLED, estimate, float(above), smallest_p(draws, _dealings(function_of)), n=len(names),
        p_mirror=float(below), one_shot=True, notes=notes,
    )  # fmt: skip
    return [pooled, *_rows(seen)]


def _test(
    table: NDArray[np.float64], function_of: NDArray[np.int64], draws: int, seed: int
) -> tuple[float, float]:
    """How often questions dealt out at random are as specific, and as unspecific: two p-values."""
    random = np.random.default_rng(seed)
    null = np.array([_mean(table, random.permutation(function_of)) for _ in range(draws)])
    seen = _mean(table, function_of)
    return float(p_value(seen, null)), float(p_value(seen, null, "less"))


def _dealings(function_of: NDArray[np.int64]) -> int:
    """Ways to deal the questions out to functions of these sizes, which have names."""
    sizes = np.bincount(function_of).tolist()
    return factorial(sum(sizes)) // prod(map(factorial, sizes))


def _by_function(
    values: NDArray[np.float64], function_of: NDArray[np.int64], functions: Sequence[str]
) -> dict[str, NDArray[np.float64]]:
    return {name: values[function_of == place] for place, name in enumerate(functions)}


def _mean(relative: NDArray[np.float64], function_of: NDArray[np.int64]) -> float:
    values = specificity(relative, function_of)
    return float(np.mean([values[function_of == one].mean() for one in np.unique(function_of)]))


def _rows(seen: dict[str, NDArray[np.float64]]) -> list[Evidence]:
    rows = []
    for name, values in seen.items():
        estimate = over_functions({name: values})
        if estimate is not None:
            rows.append(row(name, estimate, len(values), one_shot=True))
    return rows
