"""Part ``damage``: what harming experts does, and to which function (EM-5a, EM-5b, EM-6)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from brodmann.neurons.claims.evidence import POOLED, Evidence, Sensitivity, not_measured
from brodmann.report.findings import Finding
from brodmann.studies.evidence import row, with_controls
from brodmann.studies.functions.asked import Scans, of_model, short
from brodmann.studies.functions.estimates import FEW, over_functions
from brodmann.studies.functions.probed import Asked, probed
from brodmann.studies.measuring import Measured
from brodmann.studies.modularity.chosen import OTHER_NOISES, Chosen, choose
from brodmann.studies.modularity.damage_views import (
    damage_table,
    dose_figure,
    matrix_figure,
    notes,
    summary,
)
from brodmann.studies.modularity.disturb import disturb
from brodmann.studies.modularity.experts import modelled
from brodmann.studies.modularity.harm import Harm, harm_of, knowing, relative
from brodmann.studies.modularity.partitions import settings
from brodmann.studies.modularity.specific import evidence_em6
from brodmann.studies.study import Outcome, Part
from brodmann.studies.suite import Suite

NOTHING = "the model answers no function's questions ten points better than chance"
"""Reason given where there is nothing to harm."""
RANDOM = ("random experts", "matched neurons")
"""Arms of equal size that a function's experts are compared with."""


def norms(asked: Asked) -> Measured:
    """Norms of the neurons' output weights, ``norm/<site>``."""
    found = probed(asked).norms()
    return Measured({f"norm/{site}": values for site, values in found.items()},
                    {"sites": list(found)})  # fmt: skip


def find(suite: Suite) -> Outcome:
    """Dose curves and the matrix of functions by functions."""
    harms = harmed(suite)
    own = settings(suite.config)
    able = knowing(harms)
    matrix, names = relative(harms, own.noise)
    rows = {
        "EM-5a": evidence_em5a(harms, own.noise), "EM-5b": evidence_em5b(harms, own.noise),
        "EM-6": evidence_em6(matrix, names, own.permutations, own.draw_seed,
                             [name for name in harms if name not in able]),
    }  # fmt: skip
    figures = [matrix_figure(matrix, names)] if len(able) > 1 else []
    finding = Finding(
        part="damage", title="What harming experts does", summary=summary(harms, own, rows),
        tables=[damage_table(harms, own)],
        figures=[*figures, *(dose_figure(harm, own) for harm in harms.values() if harm.questions)],
        notes=notes(harms, own),
    )  # fmt: skip
    return Outcome(finding, rows)


def harmed(suite: Suite) -> dict[str, Harm]:
    """Function -> what all arms do to its questions."""
    own, wanted = settings(suite.config), of_model(suite.config)
    model = modelled(suite)
    found, made = model.found, model.made
    (weights,) = suite.measure("reading weights", norms, wanted[:1], {})
    arms = {job.task: choose(found, made, weights.by_site("norm"), own, job.task)
            for job in wanted}  # fmt: skip
    arguments = [{"rows": own.damage_rows, "noises": [arm.noise for arm in arms[job.task]]}
                 for job in wanted]  # fmt: skip
    inputs = [_inputs(found, job.task, arms[job.task]) for job in wanted]
    measured = suite.measure("disturbing experts", disturb, wanted, arguments, inputs)
    return {short(job.task): harm_of(short(job.task), one, list(arms[job.task]))
            for job, one in zip(wanted, measured, strict=True)}  # fmt: skip


def _inputs(found: Scans, target: str, arms: Chosen) -> dict[str, Tensor]:
    asked = found.by_function[target]
    masks = {f"mask/{site}": torch.stack([mask[site] for mask in arms.values()]).to(torch.uint8)
             for site in found.sites}  # fmt: skip
    return masks | {f"std/{site}": asked.tensors[f"std/{site}"] for site in found.sites}


def evidence_em5a(harms: Mapping[str, Harm], noise: str) -> list[Evidence]:
    """EM-5a: own experts minus random experts and matched random neurons of equal size."""
    able = knowing(harms)
    if not able:
        return [not_measured(POOLED, NOTHING)]
    values = {name: _own(harms[name], noise) - _control(harms[name], noise) for name in able}
    draws = np.mean([
        _own(harms[name], noise).mean() - _draws(harms[name], noise).mean(1) for name in able
    ], axis=0)  # fmt: skip
    beside = [
        Sensitivity(f"against {kind} alone", float(np.mean([
            (_own(harms[name], noise) - harms[name].area(kind, noise).mean(0)).mean()
            for name in able])))
        for kind in RANDOM
    ]  # fmt: skip
    beside += [
        Sensitivity(f"{other} instead of {noise}, largest dose", float(np.mean([
            (harms[name].by_dose("experts", other, name)[0]
             - harms[name].by_dose("random experts", other)[0].mean(0)).mean() for name in able])))
        for other in OTHER_NOISES if other != noise
    ]  # fmt: skip
    return _rows(values, draws, tuple(beside))


def evidence_em5b(harms: Mapping[str, Harm], noise: str) -> list[Evidence]:
    """EM-5b: own experts minus as many of the function's most predictive neurons."""
    able = knowing(harms)
    if not able:
        return [not_measured(POOLED, NOTHING)]
    values = {name: _own(harms[name], noise) - harms[name].area("neurons", noise)[0]
              for name in able}  # fmt: skip
    return _rows(values, np.empty(0), ())


def _own(harm: Harm, noise: str) -> NDArray[np.float64]:
    """Damage by the function's own experts, mean over doses, ``[K]``."""
    return np.asarray(harm.area("experts", noise, harm.function)[0])


def _draws(harm: Harm, noise: str) -> NDArray[np.float64]:
    """Damage by each draw of a random arm, mean over doses and the two kinds, ``[draws, K]``."""
    return np.asarray(np.mean([harm.area(kind, noise) for kind in RANDOM], axis=0))


def _control(harm: Harm, noise: str) -> NDArray[np.float64]:
    return np.asarray(_draws(harm, noise).mean(0))


def _rows(
    values: Mapping[str, NDArray[np.float64]], draws: NDArray[np.float64],
    sensitivity: tuple[Sensitivity, ...],
) -> list[Evidence]:  # fmt: skip
    """Pooled with the draw of the controls in its interval, and by function."""
    rows = [_row(POOLED, values, draws, sensitivity)]
    return rows + [_row(name, {name: one}, np.empty(0), ()) for name, one in values.items()]


def _row(
    scope: str, values: Mapping[str, NDArray[np.float64]], draws: NDArray[np.float64],
    sensitivity: tuple[Sensitivity, ...],
) -> Evidence:  # fmt: skip
    estimate = over_functions(values)
    if estimate is None:
        return not_measured(scope, FEW)
    count = sum(map(len, values.values()))
    return row(scope, with_controls(estimate, draws), count, one_shot=True, sensitivity=sensitivity)


DAMAGE = Part("damage", ("EM-5a", "EM-5b", "EM-6"), of_model, find)
"""The part."""
