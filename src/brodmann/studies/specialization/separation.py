"""Part ``separation``: do functions use different neurons (EM-1b, EM-2; Figure 1, right)?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from brodmann.neurons.claims.evidence import POOLED, Evidence, Sensitivity, not_measured
from brodmann.neurons.statistics.permutation import p_value, smallest_p
from brodmann.report.findings import Finding
from brodmann.studies.functions.asked import Scans, of_model, scanned
from brodmann.studies.functions.estimates import jackknifed
from brodmann.studies.specialization.detection import twin_scans
from brodmann.studies.specialization.exclusivity import evidence_em1b
from brodmann.studies.specialization.separation_views import (
    exclusive_table,
    function_table,
    similarity_figure,
    summary,
)
from brodmann.studies.specialization.similarity import gap, likeness
from brodmann.studies.study import Outcome, Part
from brodmann.studies.suite import Suite

FEW = "one of the functions has fewer than three questions, or there is one function only"
"""Reason given where within and across functions cannot be compared."""


def find(suite: Suite) -> Outcome:
    """Top neurons in common, and how many functions a neuron responds to."""
    found, twins = scanned(suite), twin_scans(suite)
    alike = likeness(found)
    exclusive, told = evidence_em1b(suite, found)
    rows = [evidence_em2(found, twins)]
    finding = Finding(
        part="separation", title="Neurons that functions share", summary=summary(found, rows[0]),
        tables=[function_table(found, alike[:, :, 0]), exclusive_table(told)],
        figures=[similarity_figure(found, alike[:, :, 0])],
    )  # fmt: skip
    return Outcome(finding, {"EM-1b": [exclusive], "EM-2": rows})


def evidence_em2(found: Scans, twins: list[Scans]) -> Evidence:
    """EM-2: likeness within functions minus across, minus the same under permuted labels."""
    alike, function_of = likeness(found), found.function_of
    if len(set(function_of.tolist())) < 2:
        return not_measured(POOLED, FEW)
    gaps = gap(alike, function_of)
    estimate = jackknifed(
        lambda kept: float(_centred(gap(alike[kept][:, kept], function_of[kept]))), function_of
    )
    if estimate is None:
        return not_measured(POOLED, FEW)
    beside: list[Sensitivity] = []
    if twins:
        random = sum(_centred(gap(likeness(one), function_of)) for one in twins) / len(twins)
        beside.append(Sensitivity("beyond random-initialised twins", _centred(gaps) - random,
                                  second=True))  # fmt: skip
    sides = {side: float(p_value(gaps[0], gaps[1:], side)) for side in ("greater", "less")}
    return Evidence(
        POOLED, estimate, sides["greater"], smallest_p(len(gaps) - 1), n=len(function_of),
        p_mirror=sides["less"], sensitivity=tuple(beside),
    )  # fmt: skip


def _centred(gaps: NDArray[np.float64]) -> float:
    """The gap less its mean under permuted labels."""
    return float(gaps[0] - gaps[1:].mean())


SEPARATION = Part("separation", ("EM-1b", "EM-2"), of_model, find)
"""The part."""
