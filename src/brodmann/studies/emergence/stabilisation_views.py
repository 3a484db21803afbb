"""What the part ``stabilisation`` shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from brodmann.neurons.claims.evidence import Evidence
from brodmann.neurons.emergence.evidence import Readings
from brodmann.neurons.emergence.series import octaves
from brodmann.neurons.emergence.settling import LEVELS
from brodmann.neurons.emergence.stability import LEAST
from brodmann.report.cells import estimate, number
from brodmann.report.findings import Figure, Row, Table
from brodmann.report.plots.curves import curves
from brodmann.report.plots.lines import Line
from brodmann.studies.emergence.followed import Followed
from brodmann.studies.emergence.told import STEP_AXIS, bands, ticks, when

ROLES = {"experts": "own", "neurons": "method", "random": "random"}
"""Level -> how its line looks."""
SPOKEN = {"experts": "experts", "neurons": "neurons", "random": "random groups"}
"""Level -> its name in a figure."""

READINGS = {
    "primary": "with the last checkpoint (judged)",
    "consecutive checkpoints": "with the next checkpoint",
    "last partition": "experts of the last checkpoint",
}
"""Reading of a run -> what is compared."""
DIVIDED = (
    f"Missing where a reliability is below {LEAST:g}, too low to divide by; above 1 "
    "where the reliabilities, which are estimates, are lower than the correlation itself."
)
"""Why corrected curves have gaps, and may exceed 1."""


def summary(runs: Sequence[Followed], row: Evidence) -> str:
    """What came out, in two sentences."""
    lead = (
        "it could not be told which of the two settles first" if row.effect is None
        else f"experts lead neurons by {estimate(row.effect, signed=True)} octaves (doublings of "
        "steps)"
    )  # fmt: skip
    return (
        f"{len(runs)} pre-training run{'s' if len(runs) > 1 else ''} of {len(runs[0].steps)} "
        f"checkpoints, to step {runs[0].steps[-1]:,}. The order of the neurons by predictivity, "
        f"and that of experts by the mean of theirs, is compared with that at the end; {lead}."
    )


def times_table(read: Sequence[Readings]) -> Table:
    """When every level of every run settles."""
    rows: list[Row] = []
    for place, readings in enumerate(read):
        for name, settling in readings.items():
            times = {level: settling.time(level) for level in LEVELS}
            rows.append({
                "run": place + 1, "compared": READINGS.get(name, name.replace("tau", "threshold")),
                **{f"{SPOKEN[level]} settle at": when(times[level]) for level in LEVELS},
                "experts before neurons, octaves": settling.lead("experts", "neurons"),
                "before random groups": settling.lead("experts", "random"),
                "uncorrected (the paper's)": settling.uncorrected_lead(),
            })  # fmt: skip
    return Table(
        "times", "When levels settle",
        "First step from which the corrected correlation stays above the threshold. Steps between "
        "two checkpoints are interpolated, so that they have fractions. 'too noisy to tell': the "
        f"halves agree too little before that step (reliability below {LEAST:g}). An octave is a "
        "doubling of steps; a lead is missing where it cannot be told.", rows,
    )  # fmt: skip


def curves_table(read: Sequence[Readings]) -> Table:
    """Every point of the primary curves."""
    rows: list[Row] = []
    for place, readings in enumerate(read):
        settling = readings["primary"]
        for level in LEVELS:
            one = settling.levels[level]
            points = zip(one.steps, one.corrected(), one.uncorrected(), one.reliability(),
                         strict=True)  # fmt: skip
            rows += [
                {"run": place + 1, "level": SPOKEN[level], "step": step, "corrected": number(fixed),
                 "uncorrected": number(raw), "reliability of a half": number(reliable)}
                for step, fixed, raw, reliable in points
            ]  # fmt: skip
    return Table(
        "stabilisation", "Agreement with the last checkpoint",
        "Rank correlation of predictivity with that at the last checkpoint, mean over layers and "
        f"questions; corrected for the level's own split-half reliability at both. {DIVIDED}", rows,
    )  # fmt: skip


def settling_figure(read: Sequence[Readings], name: str) -> Figure:
    """Corrected curves over octaves, mean over runs, the range of runs as band."""
    lines = []
    for level in LEVELS:
        points = np.stack([readings[name].levels[level].corrected() for readings in read])
        x = octaves(read[0][name].levels[level].steps).tolist()
        lines.append(Line(SPOKEN[level], x, points.mean(0).tolist(), ROLES[level],
                          points.min(0).tolist(), points.max(0).tolist()))  # fmt: skip
    last = name == "primary"
    against = "the last checkpoint" if last else "the next checkpoint"
    return Figure(
        f"settling_{'last' if last else 'next'}", f"Agreement with {against}",
        f"Rank correlation of predictivity with that at {against}, divided by the split-half "
        f"reliabilities of the level; mean over layers, questions and runs. {DIVIDED} "
        "The mean over runs is missing where that of one run is.",
        "Random groups: balanced random partitions into groups as large as the experts, the same "
        "ones at all checkpoints.",
        curves(lines, STEP_AXIS, "corrected correlation", "", read[0]["primary"].tau, "settled",
               bands(len(read)),
               ticks(read[0][name].levels["neurons"].steps)),
        claim="EM-8" if last else "",
    )  # fmt: skip


def rate_figure(runs: Sequence[Followed], read: Sequence[Readings]) -> Figure:
    """The curves against the learning rate: how much of settling is the schedule."""
    run, settling = runs[0], read[0]["consecutive checkpoints"]
    rates = [entry.lr or 0.0 for entry in run.run.entries]
    peak = max(rates) or 1.0
    x = octaves(run.steps).tolist()
    lines = [Line("learning rate / peak", x, [rate / peak for rate in rates])]
    for level in LEVELS:
        one = settling.levels[level]
        lines.append(Line(SPOKEN[level], octaves(one.steps).tolist(), one.corrected().tolist(),
                          ROLES[level]))  # fmt: skip
    return Figure(
        "settling_rate", "Settling beside the learning rate (first run)",
        "Agreement of neighbouring checkpoints rises towards one as the learning rate falls "
        "towards zero, whatever the model has learnt. The rate is drawn on the same axis, as a "
        f"share of its largest value. {DIVIDED}", "",
        curves(lines, STEP_AXIS, "corrected correlation; rate / peak", "", remark="",
               ticks=ticks(run.steps)),
    )  # fmt: skip
