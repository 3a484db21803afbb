"""Part ``detection``: the best neuron of each layer (EM-1a; Figure 1, left, of the paper)."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from brodmann.config.studies import SpecializationSettings
from brodmann.neurons.claims.evidence import Evidence, Sensitivity
from brodmann.report.findings import Finding
from brodmann.studies.functions.asked import (
    Scans,
    of_model,
    scanned,
    scanned_models,
    twin,
)
from brodmann.studies.functions.estimates import beyond_permuted, permutation_rows
from brodmann.studies.specialization.detection_views import (
    best_table,
    layers_figure,
    layers_table,
    summary,
)
from brodmann.studies.study import Outcome, Part
from brodmann.studies.suite import Suite

FEWER = 99
"""Label permutations of a twin's scan: only its mean is wanted."""


def find(suite: Suite) -> Outcome:
    """Best neurons of the model and of its twins, beside permuted labels."""
    found = scanned(suite)
    twins = twin_scans(suite)
    rows = evidence(found, twins)
    finding = Finding(
        part="detection", title="The best neuron of each layer",
        summary=summary(found, rows[0]),
        tables=[best_table(found, twins), layers_table(found, twins)],
        figures=[layers_figure(found, twins, function) for function in found.functions],
        notes=[NOTE],
    )  # fmt: skip
    return Outcome(finding, {"EM-1a": rows})


NOTE = (
    "Average precision's chance level is the share of positives, and the best of many neurons on "
    "few examples lies above it by chance alone: raw values of different functions, layers or "
    "models do not compare. AUROC read on other examples than the neuron was chosen on has one "
    "chance level, one half."
)
"""Why held-out AUROC is judged and raw average precision only shown."""


def twin_scans(suite: Suite) -> list[Scans]:
    """Scans of the random-initialised twins."""
    own = cast(SpecializationSettings, suite.config.study)
    twins = [twin(number) for number in range(own.twins)]
    return scanned_models(suite, twins, min(FEWER, own.permutations))


def held_out(found: Scans, sites: list[str]) -> dict[str, NDArray[np.float64]]:
    """Function -> held-out AUROC beyond one half of the best neuron, ``[K, 1 + B]``."""
    each = np.stack([found.of("held_out", site).double().numpy() for site in sites])
    return found.by_question(each.mean(0))


def evidence(found: Scans, twins: list[Scans]) -> list[Evidence]:
    """EM-1a: pooled, by function, by layer."""
    whole = held_out(found, found.sites)
    layers = {site: held_out(found, [site]) for site in found.sites}
    precision = np.stack([found.of("held_precision", site).numpy() for site in found.sites])
    by_function = found.by_question(precision.mean(0))
    beside = [Sensitivity("average precision of the same neurons, chance taken off",
                          float(np.mean([one.mean() for one in by_function.values()])),
                          other_unit=True)]  # fmt: skip
    if twins:
        random = np.mean([beyond_permuted(held_out(one, one.sites)) for one in twins])
        beyond = beyond_permuted(whole) - float(random)
        beside.append(Sensitivity("beyond random-initialised twins", beyond, second=True))
    return permutation_rows(whole, layers, sensitivity=tuple(beside))


DETECTION = Part("detection", ("EM-1a",), of_model, find)
"""The part."""
