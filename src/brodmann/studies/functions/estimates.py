"""From values of questions to rows of evidence: functions are these, questions were sampled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brodmann.neurons.claims.evidence import POOLED, Evidence, not_measured
from brodmann.neurons.statistics.intervals import Estimate, Part, variance_of_mean
from brodmann.neurons.statistics.jackknife import of_groups
from brodmann.neurons.statistics.permutation import p_value, smallest_p

FEW = "fewer than two questions give no interval"
"""Reason given for a function with one question."""


def over_functions(
    values: Mapping[str, ArrayLike], least: Mapping[str, float] | None = None
) -> Estimate | None:
    """Mean over functions of the means over their questions.

    Functions are fixed ("these functions"); questions were sampled, each with examples of its own,
    so that their spread holds the spread of examples as well. Variances add, with few degrees of
    freedom each.

    Args:
        values: Function -> float ``[K]``.
        least: Function -> least variance of a question: where a statistic is nearly discrete, all
            questions of a small model may have the same value by chance.

    Returns:
        None where a function has fewer than two questions.

    Example:
        >>> found = over_functions({"senses": [0.1, 0.3], "facts": [0.2, 0.2]})
        >>> round(found.effect, 3), len(found.parts)
        (0.2, 2)
    """
    tables = [np.asarray(one, dtype=np.float64) for one in values.values()]
    if not tables or min(len(one) for one in tables) < 2:
        return None
    share = 1 / len(tables) ** 2
    floors = [(least or {}).get(name, 0.0) for name in values]
    parts = [
        Part(max(part.variance, floor / len(one)), part.df)
        for part, floor, one in zip(map(variance_of_mean, tables), floors, tables, strict=True)
    ]
    return Estimate(
        float(np.mean([one.mean() for one in tables])),
        tuple(Part(part.variance * share, part.df) for part in parts),
    )


def beyond_permuted(values: Mapping[str, NDArray[np.float64]]) -> float:
    """Mean over functions of a statistic less its mean under permuted labels.

    Args:
        values: Function -> float ``[K, 1 + B]``.

    Example:
        >>> beyond_permuted({"senses": np.array([[0.5, 0.1, 0.3]])})
        0.3
    """
    return float(np.mean([(one[:, 0] - one[:, 1:].mean(1)).mean() for one in values.values()]))


def permutation_row(scope: str, values: Mapping[str, NDArray[np.float64]], **more: Any) -> Evidence:
    """A row about questions, with its shared label permutation as the test.

    Args:
        scope: ``pooled``, a function or a layer.
        values: Function -> float ``[K, 1 + B]``: the statistic under the labels and under each
            permutation.
        more: Further fields of ``Evidence``.

    Returns:
        The effect is the statistic less its mean under the permutations, question by question.
    """
    centred = {name: one[:, 0] - one[:, 1:].mean(1) for name, one in values.items()}
    least = {name: float(one[:, 1:].var(1).mean()) for name, one in values.items()}
    estimate = over_functions(centred, least)
    if estimate is None:
        return not_measured(scope, FEW)
    whole = np.mean([one.mean(0) for one in values.values()], axis=0)
    draws = len(whole) - 1
    tests = {side: float(p_value(whole[0], whole[1:], side)) for side in ("greater", "less")}
    return Evidence(
        scope, estimate, tests["greater"], smallest_p(draws), n=sum(map(len, values.values())),
        p_mirror=tests["less"], **more,
    )  # fmt: skip


def permutation_rows(
    values: Mapping[str, NDArray[np.float64]], layers: Mapping[str, Mapping[str, Any]],
    **more: Any,
) -> list[Evidence]:  # fmt: skip
    """The pooled row, one per function, one per layer.

    Args:
        values: Function -> float ``[K, 1 + B]``, mean over layers.
        layers: Layer -> the same of that layer alone.
        more: Further fields of the pooled row.
    """
    return [
        permutation_row(POOLED, values, **more),
        *(permutation_row(name, {name: one}) for name, one in values.items() if len(values) > 1),
        *(permutation_row(name, one) for name, one in layers.items()),
    ]


def jackknifed(
    statistic: Callable[[NDArray[np.int64]], float], function_of: NDArray[np.int64]
) -> Estimate | None:
    """A statistic of all questions, each question left out in turn within its function.

    Args:
        statistic: From the questions that are kept, ascending, to the statistic.
        function_of: Number of every question's function, ``[Q]``.

    Returns:
        None where a function has fewer than three questions.
    """
    everyone = np.arange(len(function_of))
    strata = [everyone[function_of == one] for one in np.unique(function_of)]
    if min(map(len, strata)) < 3:
        return None
    left = [[statistic(np.delete(everyone, q)) for q in stratum] for stratum in strata]
    return Estimate(statistic(everyone), (of_groups(left),))
