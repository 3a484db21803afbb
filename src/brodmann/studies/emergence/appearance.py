"""Part ``appearance``: when predictivity, functional experts and top neurons appear, and stay."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from brodmann.neurons.emergence.identity import agreements, presence, settled_at, survival
from brodmann.neurons.emergence.onset import course, half_time, unit_scores
from brodmann.neurons.emergence.settling import LEVELS
from brodmann.report.findings import Finding
from brodmann.studies.emergence.appearance_views import (
    Appeared,
    appearance_figure,
    appearance_table,
    half_table,
    partitions_figure,
    staying_figure,
    summary,
)
from brodmann.studies.emergence.followed import Followed, followed
from brodmann.studies.emergence.runs import jobs, settings
from brodmann.studies.functions.asked import Scans
from brodmann.studies.functions.estimates import beyond_permuted
from brodmann.studies.modularity.gathered import between, functional, serving
from brodmann.studies.study import Outcome, Part
from brodmann.studies.suite import Suite


def find(suite: Suite) -> Outcome:
    """Courses over the checkpoints; nothing is judged."""
    runs = followed(suite)
    seen = [appeared(run, settings(suite.config).alpha, suite) for run in runs]
    finding = Finding(
        part="appearance", title="When functions appear, and whether they stay",
        summary=summary(seen), tables=[half_table(seen), appearance_table(seen)],
        figures=[appearance_figure(seen), staying_figure(seen), partitions_figure(seen)],
        notes=["This part describes; no claim of the paper is judged by it."],
    )  # fmt: skip
    return Outcome(finding, {})


def appeared(run: Followed, alpha: float, suite: Suite) -> Appeared:
    """What appears in one run, checkpoint by checkpoint."""
    series, own = run.series(), settings(suite.config)
    courses: dict[str, NDArray[np.float64]] = {
        level: course(unit_scores(series, level, own.random_partitions)).mean(1) for level in LEVELS
    }
    serve = [{site: serving(scan, made, site, alpha) for site in scan.sites}
             for scan, made in zip(run.scans, run.partitions, strict=True)]  # fmt: skip
    return Appeared(
        steps=run.steps,
        held_out=run.over_steps(
            lambda scan, made: _beyond(
                scan, lambda site: scan.of("held_out", site).double().numpy()
            )
        ),
        functional=run.over_steps(
            lambda scan, made: _beyond(scan, lambda site: functional(scan, made, site, alpha))
        ),
        between=run.over_steps(lambda scan, made: _beyond(scan, lambda site: between(
            scan, "own", site))),
        courses=courses,
        half_times={level: half_time(run.steps, values) if values[-1] > 0 else None
                    for level, values in courses.items()},
        survival=survival(serve, run.partitions), presence=presence(series, own.top),
        agreements=agreements(run.partitions),
        partition_time=settled_at(run.steps, run.partitions),
        losses=tuple(entry.val_loss for entry in run.run.entries),
    )  # fmt: skip


def _beyond(found: Scans, of_site: Callable[[str], NDArray[np.float64]]) -> float:
    """Mean over layers and functions of a statistic less its mean under permuted labels."""
    values = np.mean([of_site(site) for site in found.sites], axis=0)
    return beyond_permuted(found.by_question(values))


APPEARANCE = Part("appearance", (), jobs, find)
"""The part."""
