"""Part ``specificity``: do tasks of one type share their neurons, in rank and in effect (4.3)?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from brodmann.config.studies import StudyConfig
from brodmann.neurons.claims.evidence import Evidence
from brodmann.report.findings import Finding
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.perturbation import damages
from brodmann.studies.skill_neurons.settings import scans
from brodmann.studies.skill_neurons.specificity_views import (
    effect_figure,
    importance_table,
    layer_figures,
    notes,
    pairs_table,
    rank_figure,
    summary,
)
from brodmann.studies.skill_neurons.type_evidence import in_effect, in_ranks
from brodmann.studies.skill_neurons.type_losses import Answers, answers, importance_matrix, losses
from brodmann.studies.skill_neurons.type_ranks import correlations
from brodmann.studies.study import Outcome, Part
from brodmann.studies.suite import Job, Suite, grid

Scans = Mapping[Job, Measured]


def jobs(config: StudyConfig) -> list[Job]:
    """A tuned prompt for every task and seed."""
    return grid(config)


def find(suite: Suite) -> Outcome:
    """Rank correlations and neuronal importance between tasks, by type (figures 5, 6 and 14)."""
    known, harmed = scans(suite, grid(suite.config)), damages(suite, suite.tasks)
    ranks, said = correlations(suite, known), answers(suite, harmed)
    lost, raw = losses(said), importance_matrix(suite, harmed)
    evidence = judged(suite, known, ranks, said)
    finding = Finding(
        part="specificity", title="Tasks of one type",
        summary=summary(suite, ranks, lost, evidence),
        tables=[pairs_table(suite, ranks), importance_table(suite, raw, lost)],
        figures=[rank_figure(suite, ranks), effect_figure(suite, lost),
                 *layer_figures(suite, ranks)],
        notes=notes(suite),
    )  # fmt: skip
    return Outcome(finding, evidence)


def judged(
    suite: Suite, known: Scans, ranks: np.ndarray, said: list[Answers]
) -> dict[str, list[Evidence]]:
    """Rows of SN-4 and SN-5, from the scans and what ``correlations`` and ``answers`` gave."""
    return {"SN-4": in_ranks(suite, known, ranks), "SN-5": in_effect(suite, said)}


SPECIFICITY = Part("specificity", ("SN-4", "SN-5"), jobs, find)
