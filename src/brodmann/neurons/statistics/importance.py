"""What a disturbance of one task's neurons costs another: areas between curves (Skill Neurons)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from brodmann.errors import RunError
from brodmann.neurons.statistics.checks import finite


def area(control: ArrayLike, curve: ArrayLike, rates: ArrayLike) -> np.ndarray:
    """Area by which a curve lies below its control (trapezoid rule).

    Args:
        control: float ``[..., R]``: accuracy with the control's order of neurons.
        curve: float ``[..., R]``: accuracy with the order in question.
        rates: float ``[R]``, ascending: share of neurons disturbed.

    Returns:
        float64 ``[...]``, in the unit of the accuracy times that of the rates. For a loss, which
        rises, exchange the two.

    Raises:
        RunError: Fewer than two rates, or rates that do not ascend.

    Example:
        >>> float(area([90.0, 90.0, 90.0], [90.0, 80.0, 70.0], [0, 1, 2]))
        20.0
    """
    where = finite(rates, 1, "an area")
    if len(where) < 2 or (np.diff(where) <= 0).any():
        raise RunError("an area needs two rates at least, in ascending order")
    gap = np.asarray(control, dtype=np.float64) - np.asarray(curve, dtype=np.float64)
    return np.asarray(np.trapezoid(gap, where, axis=-1))


def importance(curves: ArrayLike, control: ArrayLike, rates: ArrayLike) -> np.ndarray:
    """Neuronal importance of each source's neurons to each evaluated task, raw areas.

    Wang et al. (2022), section 4.3: the area between the accuracy under disturbed random neurons
    and that under the source's neurons.

    Args:
        curves: float ``[sources, tasks, R]``: accuracy of each task under each source's order.
        control: float ``[tasks, R]``: accuracy under the random order.
        rates: float ``[R]``, ascending.

    Returns:
        float64 ``[sources, tasks]``.

    Raises:
        RunError: Shapes or rates that do not fit, or values that are not finite.
    """
    lines = finite(curves, 3, "neuronal importance")
    return area(finite(control, 2, "neuronal importance")[None], lines, rates)


def z_scores(areas: ArrayLike) -> np.ndarray:
    """Areas standardised over the sources within each task, as in the paper's figures 6 and 8.

    Population standard deviation. It hides the sizes: a task that nothing harms is stretched as
    much as one that everything harms.

    Args:
        areas: float ``[sources, tasks]``.

    Returns:
        float64 ``[sources, tasks]``; 0 in a task where all sources are alike.
    """
    table = finite(areas, 2, "z-scores")
    spread = table.std(axis=0)
    return (table - table.mean(axis=0)) / np.where(spread > 0, spread, 1.0)


def share_lost(accuracy: ArrayLike, intact: ArrayLike, majority: ArrayLike) -> np.ndarray:
    """Share of the accuracy above the majority's that a disturbance takes away.

    Args:
        accuracy: float ``[...]``: disturbed.
        intact: float ``[...]``, broadcast: undisturbed.
        majority: float ``[...]``, broadcast: of the training set's majority class on test.

    Returns:
        float64 ``[...]``; 1 where all of it is gone, negative where accuracy rose; NaN where the
        intact model is not above the majority.

    Example:
        >>> float(share_lost(0.7, 0.9, 0.5).round(3))
        0.5
    """
    after, before = np.asarray(accuracy, np.float64), np.asarray(intact, np.float64)
    room = before - np.asarray(majority, np.float64)
    lost, room = np.broadcast_arrays(before - after, room)
    return np.divide(lost, room, out=np.full(room.shape, np.nan), where=room > 0)
