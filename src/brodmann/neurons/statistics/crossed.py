"""Means over crossed clusters: examples (or tasks) by seeds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from brodmann.errors import RunError
from brodmann.neurons.statistics.checks import finite
from brodmann.neurons.statistics.intervals import Estimate, Part, Rule


def crossed_mean(values: ArrayLike, rule: Rule = "quadrature") -> Estimate:
    """Mean of a table of rows by seeds, both random (two-way random effects, one value a cell).

    With mean squares A of rows, B of seeds and E of what is left, the variance of the mean is
    (A + B - E) / (rows * seeds): the variance of the row means plus that of the seed means, less
    what both contain. It holds without the normal assumption; the interval assumes t tails.

    Args:
        values: float ``[R, S]``: one value per row (example, document, task) and seed; a paired
            difference, a correctness, an influence value of :mod:`.rows`.
        rule: ``quadrature`` keeps small levels; ``satterthwaite`` is narrower and does not.

    Raises:
        RunError: Fewer than two rows or seeds, or values that are not finite.

    Example:
        >>> table = [[0.0, 0.2, 0.1], [1.0, 1.1, 1.2], [2.0, 2.3, 1.7], [3.0, 3.0, 3.0]]
        >>> estimate = crossed_mean(table)
        >>> round(estimate.effect, 3), round(estimate.variance**0.5, 3)
        (1.55, 0.62)
    """
    return stratified_mean([values], rule)


def stratified_mean(tables: Sequence[ArrayLike], rule: Rule = "quadrature") -> Estimate:
    """Mean over several tables whose rows differ (tasks with examples of their own), seeds common.

    Rows are random within their table, seeds are random and one and the same in all tables; the
    tables themselves are fixed. One table is a crossed mean.

    Args:
        tables: float ``[R_t, S]`` each; all count alike, however many rows they have.
        rule: As in :func:`crossed_mean`.

    Raises:
        RunError: No table, unequal seeds, fewer than two rows or seeds, values not finite.

    Example:
        >>> estimate = stratified_mean([[[0.0, 0.2], [1.0, 1.1]], [[2.0, 2.3], [3.0, 3.0]]])
        >>> round(estimate.effect, 3), len(estimate.parts)
        (1.575, 2)
    """
    known = [finite(table, 2, "a crossed mean") for table in tables]
    if not known or len({table.shape[1] for table in known}) > 1:
        raise RunError(f"tables of {[table.shape for table in known]} have no seeds in common")
    for rows, seeds in (table.shape for table in known):
        if min(rows, seeds) < 2:
            raise RunError(
                f"a crossed mean needs two rows and two seeds, here are {rows} by {seeds}"
            )
    share, seeds = 1 / len(known), known[0].shape[1]
    by_seed = share * np.sum([table.mean(0) for table in known], axis=0)
    of_rows = [share**2 * table.mean(1).var(ddof=1) / len(table) for table in known]
    rest = [share**2 * _rest(table) / table.size for table in known]
    df = sum(len(table) - 1 for table in known)
    parts = (
        Part(float(np.sum(of_rows)), df),
        Part(float(by_seed.var(ddof=1) / seeds), seeds - 1),
    )
    shared = Part(float(np.sum(rest)), df * (seeds - 1))
    return Estimate(float(by_seed.mean()), parts, (shared,), rule)


def _rest(table: np.ndarray) -> float:
    """Mean square of what neither rows nor seeds explain."""
    rest = table - table.mean(1, keepdims=True) - table.mean(0) + table.mean()
    return float((rest**2).sum() / ((len(table) - 1) * (table.shape[1] - 1)))
