"""From tables of values to rows of evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from brodmann.neurons.claims.evidence import POOLED, Evidence, incompetence, not_measured
from brodmann.neurons.claims.pooling import pool_tables, pool_tasks
from brodmann.neurons.statistics.intervals import Estimate, mean_of_seeds, variance_of_mean
from brodmann.neurons.statistics.levels import Interval, exit_level
from brodmann.studies.suite import Suite

NONE = "the method is competent at no task"
"""Reason given where there is nothing to pool."""
ONE_SEED = "one seed gives no interval"
"""Reason given where seeds are too few."""


def mirrored_p(interval: Interval, null: float = 0.0) -> float:
    """One-sided p that the effect is as small as this by chance."""
    return exit_level(interval, null, above=False) / 2


def row(
    scope: str, estimate: Estimate, n: int, p_value: float | None = None, **more: Any
) -> Evidence:
    """A row of evidence with the test of its own interval, or a sharper one.

    Args:
        scope: Task, layer, or ``pooled``.
        estimate: The effect, centred on its null's mean.
        n: Units of inference.
        p_value: Of the decisive test; the interval's own when None. The larger one counts.
        more: Further fields of ``Evidence``.
    """
    own = estimate.p_value()
    found = own if p_value is None else max(own, p_value)
    more = {"smallest_p": 0.0, "own_test": p_value is None, **more}
    return Evidence(scope, estimate, found, n=n, p_mirror=mirrored_p(estimate), **more)


def both_sides(found: Evidence, p_below: float) -> Evidence:
    """The row with the decisive test's other side: the larger p counts there as well.

    Args:
        found: A row with an interval, or one that was not measured, which stays as it is.
        p_below: One-sided p of the decisive test that the effect is as small by chance.
    """
    if found.p_mirror is None:
        return found
    return replace(found, p_mirror=max(found.p_mirror, p_below))


def with_controls(estimate: Estimate, by_order: ArrayLike) -> Estimate:
    """The estimate with the draw of its control orders in the interval.

    The effect is a mean over the orders that were drawn; others would have given another one.

    Args:
        estimate: Own minus the mean of the control orders.
        by_order: float ``[K]``: the effect against each control order alone, meaned over all that
            the estimate is meaned over. Fewer than two tell no variance and change nothing.
    """
    values = np.asarray(by_order, dtype=np.float64)
    if len(values) < 2:
        return estimate
    return replace(estimate, parts=(*estimate.parts, variance_of_mean(values)))


def pooled(
    values: Mapping[str, ArrayLike],
    everyone: Sequence[str],
    by_order: ArrayLike = (),
    **more: Any,
) -> Evidence:
    """The pooled row: mean over the tasks that could be judged, by seed.

    Args:
        values: Task -> effect by seed ``[S]``, or by example and seed ``[N, S]`` where examples
            were sampled.
        everyone: All tasks of the suite; those without values are named.
        by_order: float ``[K]``: the effect against each control order, as in
            :func:`with_controls`; empty where there are none.
        more: Further fields of ``Evidence``.
    """
    left_out = [task for task in everyone if task not in values]
    if not values:
        return not_measured(POOLED, NONE)
    tables = [np.asarray(table, dtype=np.float64) for table in values.values()]
    seeds = tables[0].shape[-1]
    if seeds < 2:
        return not_measured(POOLED, ONE_SEED)
    found = pool_tables(tables) if tables[0].ndim == 2 else pool_tasks(np.stack(tables))
    notes = {"generalises": found.generalises, "tasks": ", ".join(values)}
    if left_out:
        notes["left_out"] = "not competent: " + ", ".join(left_out)
    p_value = more.pop("p_value", None)
    more["notes"] = {**notes, **more.get("notes", {})}
    estimate = with_controls(found.interval, by_order)
    return row(POOLED, estimate, found.n, p_value, seeds=seeds, **more)


def incompetent(suite: Suite) -> list[Evidence]:
    """Rows of the tasks that the method cannot do, where these are not even measured."""
    able = suite.competent()
    return [
        not_measured(task, incompetence(suite.competence(task)))
        for task in suite.tasks if task not in able
    ]  # fmt: skip


def seeds_mean(values: Sequence[float]) -> Estimate:
    """Mean over seeds with Student's t."""
    return mean_of_seeds(np.asarray(values, dtype=np.float64))
