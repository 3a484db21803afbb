"""Part ``stabilisation``: what settles first, neurons or experts (EM-8; Figure 4 of the paper)?"""

from __future__ import annotations

from brodmann.neurons.emergence.evidence import Readings, evidence_em8
from brodmann.neurons.emergence.settling import readings
from brodmann.report.findings import Finding
from brodmann.studies.emergence.followed import Followed, followed
from brodmann.studies.emergence.runs import jobs, settings
from brodmann.studies.emergence.stabilisation_views import (
    curves_table,
    rate_figure,
    settling_figure,
    summary,
    times_table,
)
from brodmann.studies.study import Outcome, Part
from brodmann.studies.suite import Suite


def find(suite: Suite) -> Outcome:
    """Curves of all levels, the times at which they settle, and the lead of experts."""
    runs = followed(suite)
    read = [readings_of(suite, run) for run in runs]
    row = evidence_em8(read)
    finding = Finding(
        part="stabilisation", title="What settles first", summary=summary(runs, row),
        tables=[times_table(read), curves_table(read)],
        figures=[*(settling_figure(read, name) for name in ("primary", CONSECUTIVE)),
                 rate_figure(runs, read)],
        notes=NOTES,
    )  # fmt: skip
    return Outcome(finding, {"EM-8": [row]})


CONSECUTIVE = "consecutive checkpoints"
"""The paper's reading."""
NOTES = [
    "Means over many neurons are less noisy than single ones, so that experts seem to settle first "
    "even where nothing differs in time: correlations are taken between halves of the examples, "
    "and each level is divided by its own split-half reliability at both checkpoints.",
    "All levels are read off the same layers. Consecutive checkpoints agree the better the closer "
    "they are and the smaller the learning rate: that reading is shown, not judged.",
]  # fmt: skip
"""How the curves are to be read."""


def readings_of(suite: Suite, run: Followed) -> Readings:
    """EM-8's reading of a run, and the others."""
    own = settings(suite.config)
    return readings(run.series(), own.tau, draws=own.random_partitions, seed=own.draw_seed)


STABILISATION = Part("stabilisation", ("EM-8",), jobs, find)
"""The part."""
