"""What the best of many units scores by chance: average precision where no unit knows anything."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brodmann.errors import RunError

AT_ONCE = 2**22
"""Labels that are drawn at once."""


@dataclass(frozen=True)
class BestOf:
    """The largest average precision of N units whose scores are independent of the labels.

    Attributes:
        mean: Over repetitions.
        spread: Standard deviation over repetitions.
    """

    mean: float
    spread: float


def expected_best_precision(
    units: int, rows: int, prevalence: float = 0.5, either: bool = True, drawn: bool = False,
    repeats: int = 20, seed: int = 0,
) -> BestOf:  # fmt: skip
    """Simulate the best of N independent units without ties on labels that mean nothing.

    A permutation of labels that all units share is the null of a real layer, whose units are
    correlated; this is what is left when nothing is known of it but its width.

    Args:
        units: N.
        rows: Examples.
        prevalence: Share of positives.
        either: Whether a unit may stand for either class, as in "Emergent Modularity": the larger
            of the average precisions of the labels and of their opposite, by the same order.
        drawn: Whether every row's label is drawn with the prevalence, so that the share of
            positives varies; else their number is fixed (and rounded), as under permutation.
        repeats: Repetitions.
        seed: Of the draws.

    Raises:
        RunError: No unit, no repetition, or labels of one class.

    Example:
        >>> found = expected_best_precision(units=1, rows=400, repeats=50)
        >>> 0.49 < found.mean < 0.55
        True
    """
    positives = round(prevalence * rows)
    if units < 1 or repeats < 1 or not 0 < positives < rows:
        raise RunError(f"the best of {units} units on {positives} positives among {rows} rows, "
                       f"{repeats} times, has no value")  # fmt: skip
    random = np.random.default_rng(seed)
    counts = (
        random.binomial(rows, prevalence, repeats).clip(1, rows - 1)
        if drawn
        else [positives] * repeats
    )
    best = [_best(random, units, rows, int(count), either) for count in counts]
    return BestOf(float(np.mean(best)), float(np.std(best)))


def _best(
    random: np.random.Generator, units: int, rows: int, positives: int, either: bool
) -> float:
    labels = np.arange(rows) < positives
    width, found = max(1, AT_ONCE // rows), 0.0
    for start in range(0, units, width):
        count = min(width, units - start)
        ranked = random.permuted(np.tile(labels, (count, 1)), axis=1)
        found = max(found, float(_precision(ranked).max()))
        if either:
            found = max(found, float(_precision(~ranked).max()))
    return found


def _precision(ranked: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Average precision of labels in descending order of score, ``[U, N]`` to ``[U]``."""
    hits = ranked.cumsum(1)
    at = hits / np.arange(1, ranked.shape[1] + 1)
    return np.asarray((at * ranked).sum(1) / hits[:, -1])


def uninformed_precision(prevalence: float) -> float:
    """What a unit that knows nothing scores on average if it may stand for either class.

    The larger of both classes' shares, to which average precision tends on many examples; averages
    over sub-functions of different prevalence mix these levels.

    Example:
        >>> uninformed_precision(0.31)
        0.69
    """
    return max(prevalence, 1 - prevalence)
