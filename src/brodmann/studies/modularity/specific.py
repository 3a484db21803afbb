"""EM-6: does harm to a function's experts stay with the function?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from brodmann.neurons.claims.evidence import POOLED, Evidence, not_measured
from brodmann.neurons.statistics.permutation import p_value, smallest_p
from brodmann.studies.functions.estimates import over_functions

FEW = "fewer than two functions whose questions the model answers"
"""Reason given where nothing can be compared."""


def specificity(
    relative: NDArray[np.float64], function_of: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Of every question: damage by its own function's experts minus that by the others'.

    Each source's mean damage to all questions is taken off first: experts that harm everything (a
    hub that is always on) are specific to nothing.

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
    centred = relative - relative.mean(1, keepdims=True)
    places = np.arange(relative.shape[1])
    own = centred[function_of, places]
    others = (centred.sum(0) - own) / (len(relative) - 1)
    return np.asarray(own - others)


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
    random = np.random.default_rng(seed)
    null = np.array([_mean(relative, random.permutation(function_of)) for _ in range(draws)])
    effect = _mean(relative, function_of)
    notes = {"left_out": ", ".join(left_out)} if left_out else {}
    pooled = Evidence(
        POOLED, estimate, float(p_value(effect, null)), smallest_p(draws), n=len(names),
        p_mirror=float(p_value(effect, null, "less")), notes=notes,
    )  # fmt: skip
    return [pooled, *_rows(seen)]


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
            rows.append(Evidence(name, estimate, estimate.p_value(), 0.0, n=len(values),
                                 own_test=True))  # fmt: skip
    return rows
