"""What runs say about EM-8: whether experts settle before neurons do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from brodmann.errors import RunError
from brodmann.neurons.claims.claim import Value
from brodmann.neurons.claims.evidence import POOLED, Evidence, Sensitivity
from brodmann.neurons.emergence.grouping import LevelName
from brodmann.neurons.emergence.settling import Settling, over_functions
from brodmann.neurons.statistics.intervals import Draws, Estimate, mean_of_seeds
from brodmann.neurons.statistics.levels import exit_level

Readings = Mapping[str, Settling]
"""Reading -> the levels of a run: ``primary``, and others that can only take away."""
CONSECUTIVE = "consecutive checkpoints"
"""Told, not judged: how alike neighbours are hangs on how far apart checkpoints were written."""
ONE_RUN = "one pre-training run: its interval is over functions and describes this run"


def evidence_em8(runs: Sequence[Readings], scope: str = POOLED) -> Evidence:
    """The lead of experts over neurons, in octaves, over pre-training runs.

    Student's t over runs. That experts lead random groups of their size as well is a second
    condition of support: without it averaging alone could be what settles early.

    Args:
        runs: One for each pre-training run, as ``readings`` gives them.
        scope: What the row is about.

    Raises:
        RunError: No run, or runs that were read in different ways.
    """
    if not runs or any(set(run) != set(runs[0]) for run in runs):
        raise RunError("evidence on EM-8 needs runs that were all read in the same ways")
    primary = [run["primary"] for run in runs]
    leads = _leads(primary)
    known = [value for value in leads if value is not None]
    interval = _interval(primary, known)
    tested = interval if len(runs) > 1 else None
    return Evidence(
        scope,
        interval,
        exit_level(tested, 0.0, above=True) / 2 if tested else 1.0,
        smallest_p=0.0,
        n=len(runs),
        p_mirror=exit_level(tested, 0.0, above=False) / 2 if tested else 1.0,
        own_test=True,
        seeds=len(runs),
        reliabilities=_reliabilities(primary),
        untestable=_untestable(primary, leads),
        sensitivity=_sensitivity(runs),
        notes=_notes(runs),
    )


def _leads(
    runs: Sequence[Settling], of: LevelName = "experts", over: LevelName = "neurons"
) -> list[float | None]:
    return [run.lead(of, over) for run in runs]


def _interval(primary: Sequence[Settling], known: Sequence[float]) -> Draws | Estimate | None:
    if len(primary) == 1:
        return over_functions(primary[0])
    return mean_of_seeds(known) if len(known) > 1 else None


def _untestable(primary: Sequence[Settling], leads: Sequence[float | None]) -> tuple[str, ...]:
    """Runs that do not tell which level was first; a single run; random groups that do not."""
    open_ = [
        f"run {place + 1} does not tell which settled first (experts: "
        f"{run.time('experts').state}, neurons: {run.time('neurons').state})"
        for place, (run, value) in enumerate(zip(primary, leads, strict=True))
        if value is None
    ]
    beside = [] if any(v is not None for v in _leads(primary, over="random")) else [
        "no run tells whether experts settle before random groups"
    ]  # fmt: skip
    return (*open_, *beside, *((ONE_RUN,) if len(primary) == 1 else ()))


def _reliabilities(primary: Sequence[Settling]) -> dict[str, float]:
    """Mean reliability of a half at the last checkpoint but one, by level."""
    return {
        f"{level} at the end": float(np.mean([run.levels[level].reliability()[-1]
                                              for run in primary]))
        for level in ("experts", "neurons")
    }  # fmt: skip


def _sensitivity(runs: Sequence[Readings]) -> tuple[Sensitivity, ...]:
    found = []
    beside = _mean(_leads([run["primary"] for run in runs], over="random"))
    if beside is not None:
        found.append(Sensitivity("lead over random groups", beside, second=True))
    for name in runs[0]:
        value = _mean(_leads([run[name] for run in runs]))
        if name not in ("primary", CONSECUTIVE) and value is not None:
            found.append(Sensitivity(name, value))
    return tuple(found)


def _notes(runs: Sequence[Readings]) -> dict[str, Value]:
    primary = [run["primary"] for run in runs]
    bounds = sum(run.time(level).step is None for run in primary for level in run.levels)
    told = {
        "lead_uncorrected": _mean([run.uncorrected_lead() for run in primary]),
        "lead_consecutive": _mean(_leads([run[CONSECUTIVE] for run in runs]))
        if CONSECUTIVE in runs[0] else None,
    }  # fmt: skip
    times = {
        f"octave_{level}": _mean([np.log2(1 + step) if step is not None else None
                                  for step in (run.time(level).step for run in primary)])
        for level in primary[0].levels
    }  # fmt: skip
    return {**told, **times, "censored_times": bounds}


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
