"""Means over crossed clusters: examples (or tasks) by seeds."""

from __future__ import annotations

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
    table = finite(values, 2, "a crossed mean")
    rows, seeds = table.shape
    if min(rows, seeds) < 2:
        raise RunError(f"a crossed mean needs two rows and two seeds, here are {rows} by {seeds}")
    by_row, by_seed = table.mean(1), table.mean(0)
    rest = table - by_row[:, None] - by_seed[None, :] + table.mean()
    df = (rows - 1) * (seeds - 1)
    shared = Part(float((rest**2).sum() / df / table.size), df)
    parts = (
        Part(float(by_row.var(ddof=1) / rows), rows - 1),
        Part(float(by_seed.var(ddof=1) / seeds), seeds - 1),
    )
    return Estimate(float(table.mean()), parts, (shared,), rule)
