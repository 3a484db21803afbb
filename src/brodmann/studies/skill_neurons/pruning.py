"""Part ``pruning``: two per cent of the upper layers' neurons, and is it these (section 6.1)?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from brodmann.config.studies import SkillNeuronsSettings, StudyConfig
from brodmann.errors import RequestError, nearest
from brodmann.lab.prepare import Prepared
from brodmann.neurons.claims.evidence import Evidence, Sensitivity, not_measured
from brodmann.neurons.statistics.crossed import crossed_mean
from brodmann.report.findings import Finding
from brodmann.studies.evidence import pooled, row
from brodmann.studies.measuring import Measured, Measurement
from brodmann.studies.skill_neurons.kept import CONTROLS, SELECTIONS, folded, kept
from brodmann.studies.skill_neurons.pruned_runs import answers, latency, pruned_ffns
from brodmann.studies.skill_neurons.pruned_task import Array, PrunedTask
from brodmann.studies.skill_neurons.pruning_told import (
    accuracy_figure,
    latency_table,
    selection_figure,
    selection_table,
    summary,
)
from brodmann.studies.skill_neurons.settings import retuned, scans, settings, why_not
from brodmann.studies.study import Outcome, Part
from brodmann.studies.suite import Job, Suite, grid

LIMIT = 0.9
"""Share of the accuracy above the majority's that "keeps the task" stands for (SN-9a)."""
STARTS = {
    "tuned": "going on from the tuned prompts, as in the released code",
    "new": "from new random prompts",
}
"""``study.retune_from`` -> how it is told."""
BATCH_SIZES = (1, 32)
"""Examples in a timed pass."""
PAIRS = 50
"""Timed passes of each model."""


def jobs(config: StudyConfig) -> list[Job]:
    """A tuned prompt for every task and seed; pruned ones are trained once neurons are known.

    Raises:
        RequestError: ``study.retune_from`` is neither of its two words.
    """
    start = settings(config).retune_from
    if start not in STARTS:
        raise RequestError("study.retune_from", start, "this is not known", nearest(start, STARTS))
    return grid(config)


def find(suite: Suite) -> Outcome:
    """Table 4: parameters, accuracy after re-tuning, latency, beside three other selections."""
    competent = retuned(suite)
    runs = pruned_runs(suite, competent)
    found = [_kept(suite, runs, task) for task in competent]
    evidence = {
        "SN-9a": _rows(suite, {one.task: (one.share("skill") - LIMIT, ()) for one in found}),
        "SN-9b": _rows(suite, {one.task: _beyond(one) for one in found}),
    }
    own = settings(suite.config)
    finding = Finding(
        part="pruning", title="Keeping only a task's neurons",
        summary=summary(found, own.keep),
        tables=[selection_table(found), latency_table(_latency(suite, runs))] if found else [],
        figures=[accuracy_figure(found), selection_figure(found)] if found else [],
        notes=_notes(suite, competent),
    )  # fmt: skip
    return Outcome(finding, evidence)


def pruned_runs(suite: Suite, tasks: list[str]) -> dict[tuple[Job, str], Job]:
    """Prune the backbone for every run of some tasks, by every selection, and tune prompts anew.

    Args:
        suite: The study.
        tasks: Tasks that the method can do.

    Returns:
        (run, selection) -> the run on the pruned backbone, trained.
    """
    whole = [job for job in grid(suite.config) if job.task in tasks]
    if not whole:
        return {}
    own, known = settings(suite.config), scans(suite, grid(suite.config))
    places = [(job, name) for job in whole for name in SELECTIONS]
    inputs = [_inputs(suite, known[job], name, job.seed) for job, name in places]
    arguments = {"fold_kept": own.fold_kept}
    bases = [job for job, _ in places]
    suite.measure("cutting FFNs", pruned_ffns, bases, arguments, inputs)
    found = {}
    for place, one, extra in zip(places, suite.prepare(bases), inputs, strict=True):
        path = Measurement(pruned_ffns, one, arguments, extra).path
        more = (f"model.pruned={quoted(path)}", *_tuning(own, one))
        found[place] = Job(place[0].task, place[0].seed, more)
    suite.console.print("tuning prompts on pruned backbones")
    suite.train(list(found.values()))
    return found


def _tuning(own: SkillNeuronsSettings, whole: Prepared) -> list[str]:
    """Overrides that say from where prompts are tuned anew, and how long."""
    found = [f"training.epochs={own.retune_epochs}"] if own.retune_epochs else []
    if own.retune_from == "tuned":
        found.append(f"training.start={quoted(whole.folder / 'method.safetensors')}")
    return found


def quoted(path: Path) -> str:
    r"""A path as an override's value, whatever its name holds.

    Example:
        >>> print(quoted(Path("/a b/it's")))
        '/a b/it\'s'
    """
    return "'" + str(path.resolve()).replace("'", "\\'") + "'"


def _inputs(suite: Suite, scan: Measured, selection: str, seed: int) -> dict[str, torch.Tensor]:
    own = settings(suite.config)
    masks = kept(scan, selection, own.keep, own.prune_from, seed)
    means = folded(scan, masks)
    return {f"keep/{site}": mask for site, mask in masks.items()} | {
        f"mean/{site}": mean for site, mean in means.items()
    }


def _kept(suite: Suite, runs: Mapping[tuple[Job, str], Job], task: str) -> PrunedTask:
    whole = [Job(task, seed) for seed in suite.seeds]
    by_name = {name: [runs[job, name] for job in whole] for name in SELECTIONS}
    wanted = [*whole, *(job for jobs in by_name.values() for job in jobs)]
    rows = {"rows": settings(suite.config).test_rows}
    told = dict(zip(wanted, suite.measure("answers", answers, wanted, rows), strict=True))
    labels = told[whole[0]].tensors["labels"]
    (prepared,) = suite.prepare(whole[:1])
    usual = int(np.bincount(prepared.data.train.labels).argmax())
    sizes = [told[job].info["parameters"] for job in (whole[0], by_name["skill"][0])]
    return PrunedTask(
        task, float((labels == usual).double().mean()), _right(told, whole),
        {name: _right(told, jobs) for name, jobs in by_name.items()},
        {name: float(np.mean([suite.metrics(job)["val/accuracy"] for job in jobs]))
         for name, jobs in by_name.items()},
        (sizes[0], sizes[1]),
    )  # fmt: skip


def _right(told: Mapping[Job, Measured], jobs: list[Job]) -> Array:
    columns = [told[j].tensors["logits"].argmax(-1) == told[j].tensors["labels"] for j in jobs]
    return torch.stack(columns, 1).double().numpy()


def _beyond(one: PrunedTask) -> tuple[Array, tuple[Sensitivity, ...]]:
    """SN-9b of a task: against the control that validation names; beside it, the test's best."""
    hardest = min(float(one.lead(name).mean()) for name in CONTROLS)
    other = Sensitivity("against the selection that does best on test", hardest)
    return one.lead(one.best_control()), (other,)


def _rows(
    suite: Suite, tables: Mapping[str, tuple[Array, tuple[Sensitivity, ...]]]
) -> list[Evidence]:
    """The pooled row and a row per task, from values by example and seed."""
    found, values, others = [], {}, []
    for task in suite.tasks:
        if task not in tables:
            found.append(not_measured(task, why_not(suite, task)))
            continue
        table, sensitivity = tables[task]
        values[task] = table
        others += [one.effect for one in sensitivity]
        if table.shape[1] < 2:
            found.append(not_measured(task, "one seed gives no interval"))
            continue
        found.append(row(task, crossed_mean(table), len(table), seeds=table.shape[1],
                         competence=suite.competence(task), sensitivity=sensitivity))  # fmt: skip
    together = tuple(
        Sensitivity(one.name, float(np.mean(others)))
        for one in next((s for _, s in tables.values() if s), ())
    )
    return [pooled(values, list(tables), sensitivity=together), *found]


def _latency(suite: Suite, runs: Mapping[tuple[Job, str], Job]) -> Measured:
    """Of one run: widths, and so the time, are the same for all."""
    first = next(job for (_, name), job in runs.items() if name == "skill")
    arguments: dict[str, Any] = {"batch_sizes": list(BATCH_SIZES), "pairs": PAIRS}
    (found,) = suite.measure("timing", latency, [first], arguments)
    return found


def _notes(suite: Suite, competent: list[str]) -> list[str]:
    own = settings(suite.config)
    said = [
        "All four selections keep equally many neurons of every pruned layer, and their prompts "
        f"are tuned anew alike, {STARTS[own.retune_from]}.",
        "Removed neurons are held at their mean over the prompt positions of the training set, at "
        "every position, as in the released code.",
        "Latency: one CPU thread, the two models in turn within one process, logits at the "
        "read-out only.",
    ]
    if own.fold_kept:
        said.append("study.fold_kept: the bias holds the kept neurons' means too (the released "
                    "code's mistake).")  # fmt: skip
    if own.retune_epochs:
        (first,) = suite.prepare([Job(suite.tasks[0], suite.seeds[0])])
        said.append(
            f"Re-tuning takes {own.retune_epochs} epochs, the first tuning "
            f"{first.config.training.epochs}: what is kept may be understated, alike for all "
            "selections."
        )
    left = [task for task in suite.tasks if task not in competent]
    return [*said, f"Not pruned: {', '.join(left)}."] if left else said


PRUNING = Part("pruning", ("SN-9a", "SN-9b"), jobs, find)
"""Part ``pruning``."""
