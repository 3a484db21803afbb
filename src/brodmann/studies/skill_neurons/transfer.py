"""Part ``transfer``: do the neurons that prompts activate tell where they transfer (6.2)?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from safetensors.torch import load_file

from brodmann.config.studies import StudyConfig
from brodmann.neurons.claims.evidence import POOLED, Evidence, Sensitivity, not_measured
from brodmann.neurons.claims.pooling import RANDOM_TASKS
from brodmann.neurons.selection import Order
from brodmann.neurons.statistics.crossed import crossed_mean
from brodmann.neurons.statistics.permutation import smallest_p
from brodmann.report.findings import Finding
from brodmann.studies.evidence import (
    ONE_SEED,
    both_sides,
    incompetent,
    row,
    seeds_mean,
)
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.likeness import (
    Active,
    Masks,
    Target,
    cosines,
    everything,
    foretold,
    random_masks,
)
from brodmann.studies.skill_neurons.orders import own_order
from brodmann.studies.skill_neurons.settings import scans, settings
from brodmann.studies.skill_neurons.transfer_views import (
    Actives,
    Shots,
    bars_by_target,
    matrices,
    p_of_masks,
    pairs,
    table,
)
from brodmann.studies.skill_neurons.zero_shot import activated, zero_shot
from brodmann.studies.study import Outcome, Part
from brodmann.studies.suite import Job, Suite, grid, of_tasks

if TYPE_CHECKING:
    from torch import Tensor

SOURCES = 3
"""Fewest sources over which a rank correlation says anything."""
UNTOLD = f"fewer than {SOURCES} sources that the method can do, or all of them transfer alike"
"""Reason given where transfer cannot be foretold."""
MASK_SEED = 0
"""Every target and seed meets the same random permutations of units."""


def jobs(config: StudyConfig) -> list[Job]:
    """A tuned prompt for every task and seed."""
    return grid(config)


def find(suite: Suite) -> Outcome:
    """Likeness of activated neurons beside zero-shot transfer, per target."""
    reason = impossible(suite)
    title = "Activated skill neurons and the transfer of prompts"
    if reason:
        finding = Finding(part="transfer", title=title, summary=f"Not measured: {reason}.")
        return Outcome(finding, {"SN-10": [not_measured(POOLED, reason)]})
    wanted = of_tasks(suite.config, suite.competent())
    known, active = scans(suite, wanted), _activated(suite, wanted)
    shots = _shots(suite, wanted)
    targets = {task: _target(suite, task, known, active, shots) for task in suite.competent()}
    found = {task: target for task, target in targets.items() if target is not None}
    finding = Finding(
        part="transfer", title=title, summary=_summary(suite, found),
        tables=[table(found), pairs(suite, active, shots)] if found else [],
        figures=[*([matrices(active, shots)] if len(targets) > 1 else []),
                 *([bars_by_target(found)] if found else [])],
        notes=_notes(suite, found),
    )  # fmt: skip
    return Outcome(finding, {"SN-10": [*_evidence(suite, found), *incompetent(suite)]})


def impossible(suite: Suite) -> str:
    """Why nothing can transfer; empty where it can."""
    jobs = grid(suite.config)
    if any(one.data.modality == "image" for one in suite.prepare(jobs)):
        return "images have no empty text that a prompt could stand before"
    names = set(_trained(suite, jobs[0]))
    if not names:
        return "the method trains nothing that could transfer"
    if any(name.startswith("readout.") for name in names):
        return "a classifier that was tuned for one task's classes cannot be read out for another"
    return ""


def _trained(suite: Suite, job: Job) -> dict[str, Tensor]:
    (prepared,) = suite.prepare([job])
    path = prepared.folder / "method.safetensors"
    if not path.is_file():
        return {}
    prepared.folder.check()
    return load_file(path)


def _activated(suite: Suite, wanted: list[Job]) -> dict[Job, Active]:
    made = suite.measure("activating neurons", activated, wanted, {})
    return {
        job: {site: units.numpy() for site, units in one.by_site("active").items()}
        for job, one in zip(wanted, made, strict=True)
    }


def _shots(suite: Suite, wanted: list[Job]) -> dict[Job, dict[str, float]]:
    """Target's job -> source -> accuracy there, the own task's included."""
    tasks = list(dict.fromkeys(job.task for job in wanted))
    counts = {job: len(one.data.classes)
              for job, one in zip(wanted, suite.prepare(wanted), strict=True)}  # fmt: skip
    tensors = {job: _trained(suite, job) for job in wanted}
    sources = [[task for task in tasks if counts[Job(task, job.seed)] == counts[job]]
               for job in wanted]  # fmt: skip
    inputs = [
        {f"{task}/{name}": tensor for task in here
         for name, tensor in tensors[Job(task, job.seed)].items()}
        for job, here in zip(wanted, sources, strict=True)
    ]  # fmt: skip
    rows = settings(suite.config).test_rows
    arguments = [{"sources": here, "rows": rows} for here in sources]
    made = suite.measure("transferring prompts", zero_shot, wanted, arguments, inputs)
    return {
        job: dict(zip(one.info["sources"], one.tensors["right"].double().mean(1).tolist(),
                      strict=True))
        for job, one in zip(wanted, made, strict=True)
    }  # fmt: skip


def skill_mask(scan: Measured, scope: str, share: float) -> Masks:
    """The top share of a task's skill neurons, as one mask."""
    order = Order(own_order(scan, scope), scope)  # type: ignore[arg-type]
    return {site: mask.numpy()[None] for site, mask in order.top(share).masks.items()}


def _target(
    suite: Suite, task: str, known: Mapping[Job, Measured], active: Actives, shots: Shots,
) -> Target | None:  # fmt: skip
    """One target, or None where it has too few sources or all of them transfer alike."""
    own = settings(suite.config)
    here = [name for name in shots[Job(task, suite.seeds[0])] if name != task]
    if len(here) < SOURCES:
        return None
    columns = []
    for seed in suite.seeds:
        job = Job(task, seed)
        accuracy = np.array([shots[job][name] for name in here])
        if np.ptp(accuracy) == 0:
            return None
        others = [active[Job(name, seed)] for name in here]
        mask = skill_mask(known[job], own.scope, own.transfer_share)
        drawn = random_masks(mask, own.masks, MASK_SEED)
        alike = [cosines(active[job], others, one)
                 for one in (everything(active[job]), mask, drawn)]  # fmt: skip
        told = [foretold(one, accuracy) for one in alike]
        columns.append((accuracy, alike[0][0], alike[1][0], told[0][0], told[1][0], told[2]))
    joined = [np.stack(column, axis=-1) for column in zip(*columns, strict=True)]
    return Target(here, *(table.T for table in joined[:3]), *joined[3:])


def _evidence(suite: Suite, found: Mapping[str, Target]) -> list[Evidence]:
    """Rows of SN-10: restricted minus unrestricted rank correlation."""
    least = smallest_p(draws=settings(suite.config).masks)
    if len(suite.seeds) < 2:
        return [not_measured(scope, ONE_SEED) for scope in (POOLED, *suite.competent())]
    rows = [
        _task_row(suite, task, found[task], least) if task in found else not_measured(task, UNTOLD)
        for task in suite.competent()
    ]
    if len(found) < 2:
        reason = f"{len(found)} target tasks have {SOURCES} source tasks that the method can do"
        return [not_measured(POOLED, reason), *rows]
    everyone = list(found.values())
    table = np.stack([one.rho - one.unrestricted_rho for one in everyone])
    notes = {"generalises": "tasks" if len(found) >= RANDOM_TASKS else "these tasks",
             "tasks": ", ".join(found)}  # fmt: skip
    together = row(POOLED, crossed_mean(table), len(found), p_of_masks(everyone), smallest_p=least,
                   seeds=len(suite.seeds), sensitivity=(_above_chance(everyone),),
                   notes=notes)  # fmt: skip
    return [both_sides(together, p_of_masks(everyone, "less")), *rows]


def _task_row(suite: Suite, task: str, one: Target, least: float) -> Evidence:
    gain = one.rho - one.unrestricted_rho
    equal = f"{len(one.sources)} sources give the same rank correlation with every seed"
    found = row(task, seeds_mean(list(gain)), len(suite.seeds), p_of_masks([one]),
                smallest_p=least, seeds=len(suite.seeds), competence=suite.competence(task),
                sensitivity=(_above_chance([one]),),
                untestable=(equal,) if np.ptp(gain) == 0 else ())  # fmt: skip
    return both_sides(found, p_of_masks([one], "less"))


def _above_chance(targets: list[Target]) -> Sensitivity:
    values = [one.rho.mean() - one.null.mean() for one in targets]
    return Sensitivity("against random masks' mean", float(np.mean(values)))


def _notes(suite: Suite, found: Mapping[str, Target]) -> list[str]:
    own, competent = settings(suite.config), suite.competent()
    notes = [
        f"Skill neurons: the top {100 * own.transfer_share:.0f} % by the scan's validation scores.",
        "Prompts are moved with nothing else; the target's label words are read out. Source and "
        "target prompts share the seed.",
    ]
    missing = [task for task in competent if task not in found]
    if missing:
        notes.append(
            f"Fewer than {SOURCES} competent sources with as many classes, or equal transfer from "
            f"all: {', '.join(missing)}."
        )
    left = [task for task in suite.tasks if task not in competent]
    if left:
        notes.append(f"The method is not competent at {', '.join(left)}: neither source nor "
                     "target.")  # fmt: skip
    return notes


def _summary(suite: Suite, found: Mapping[str, Target]) -> str:
    if not found:
        return (
            f"No target has {SOURCES} source tasks that the method can do and that transfer "
            "differently, so a rank correlation cannot be had."
        )
    everyone = list(found.values())
    whole, own, null = (
        float(np.mean([getattr(one, name).mean() for one in everyone]))
        for name in ("unrestricted_rho", "rho", "null")
    )
    return (
        f"Over {len(found)} target tasks, the cosine of activated neurons has a rank correlation "
        f"of {whole:.2f} with zero-shot accuracy; restricted to the target's skill neurons it is "
        f"{own:.2f}, to random neurons of the same layers {null:.2f} on average "
        f"(p = {p_of_masks(everyone):.3f}, {settings(suite.config).masks} masks)."
    )


TRANSFER = Part("transfer", ("SN-10",), jobs, find)
"""Part ``transfer``."""
