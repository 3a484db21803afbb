"""Steps of training as a person reads them: on an axis, and in a table."""

from __future__ import annotations

from collections.abc import Sequence

from brodmann.neurons.emergence.crossing import Crossing
from brodmann.neurons.emergence.series import octaves

STEP_AXIS = "step (each doubling takes equal room)"
"""Name of an axis over the steps of training."""
ROOM = 8
"""Ticks that an axis has room for."""
WHEN = {
    "from the start": "by the first checkpoint",
    "never": "not by the last one compared",
    "unknown before": "too noisy to tell",
}
"""State of a time that is not known -> how it is told."""


def bands(runs: int) -> str:
    """What the bands around a mean over runs are; nothing where there is one run."""
    return "bands: range of the runs" if runs > 1 else ""


def ticks(steps: Sequence[int]) -> dict[float, str]:
    """Places of checkpoints on an axis of octaves, with their steps; crowded ones are left out.

    Args:
        steps: Ascending, one at least; the first and the last are always named.

    Example:
        >>> ticks([0, 1, 3])
        {0.0: '0', 1.0: '1', 2.0: '3'}
        >>> list(ticks([0, 1, 1000, 1023]).values())
        ['0', '1,023']
    """
    places = octaves(steps).tolist()
    apart = (places[-1] - places[0]) / ROOM
    kept = {places[0]: f"{steps[0]:,}"}
    for place, step in list(zip(places, steps, strict=True))[1:-1]:
        if place - max(kept) >= apart and places[-1] - place >= apart:
            kept[place] = f"{step:,}"
    return kept | {places[-1]: f"{steps[-1]:,}"}


def when(time: Crossing) -> str:
    """The step of a passage, or why none is given.

    Example:
        >>> when(Crossing("reached", 3.0, 3.0)), when(Crossing("never", 3.0, float("inf")))
        ('7.0', 'not by the last one compared')
    """
    return WHEN.get(time.state, "–") if time.step is None else f"{time.step:,.1f}"
