"""Part ``origin``: do the neurons come from pre-training, and do other methods use them (5)?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from brodmann.config.studies import StudyConfig
from brodmann.neurons.claims.evidence import POOLED, Evidence, Sensitivity, not_measured
from brodmann.neurons.statistics.crossed import crossed_mean
from brodmann.report.findings import Finding
from brodmann.studies.evidence import both_sides, pooled, row
from brodmann.studies.skill_neurons.origin_views import (
    curve,
    harm_table,
    notes,
    origin_figure,
    origin_table,
    summary,
)
from brodmann.studies.skill_neurons.origins import (
    Origins,
    Scans,
    hard_prompts,
    likenesses,
    scanned,
    twins,
)
from brodmann.studies.skill_neurons.perturbation import damages, gap, gap_by_order, harm
from brodmann.studies.skill_neurons.settings import retuned, settings
from brodmann.studies.skill_neurons.single import balanced_table
from brodmann.studies.study import Outcome, Part
from brodmann.studies.suite import Job, Suite, grid, of_tasks


def jobs(config: StudyConfig) -> list[Job]:
    """Tuned prompts; other methods follow on tasks that the prompts can do."""
    return grid(config)


def find(suite: Suite) -> Outcome:
    """Table 3, figures 7, 8, 12 and 13."""
    again = retuned(suite)
    methods = {name: f"method={name}" for name in settings(suite.config).methods}
    tuned_twins = twins(suite, again, "random")
    others_wanted = [j for typed in methods.values() for j in of_tasks(suite.config, again, typed)]
    suite.train([*others_wanted, *tuned_twins])
    origins = scanned(suite, tuned_twins)
    others = {name: damages(suite, again, typed) for name, typed in methods.items()}
    evidence = {"SN-7": _from_pretraining(suite, origins), "SN-8": _shared(suite, others)}
    table = origin_table(suite, origins, hard_prompts(suite), likenesses(suite, origins))
    figures = [origin_figure(table)]
    figures += [curve(suite, found, name) for name, found in others.items() if found]
    finding = Finding(
        part="origin", title="Where the neurons come from, and who else uses them",
        summary=summary(table), tables=[table, harm_table(suite, others)],
        figures=figures, notes=notes(suite),
    )  # fmt: skip
    return Outcome(finding, evidence)


def _from_pretraining(suite: Suite, origins: Origins) -> list[Evidence]:
    """SN-7: untrained prompts on the pretrained backbone minus on twins (the better of the two)."""
    count = min(len(suite.seeds), settings(suite.config).twins)
    if count < 2:
        return [not_measured(POOLED, "fewer than two seeds or twins")]
    rows, values = [], {}
    alike, beyond = likenesses(suite, origins), {}
    for task in suite.competent():
        values[task] = beyond_twins(origins, task, count)
        twin_tuned = origins.scores("tuned_twin", task)
        if len(twin_tuned):
            beyond[task] = float((origins.scores("bare", task)[:count] - twin_tuned).mean())
        table = values[task]
        rows.append(row(task, crossed_mean(table), len(table), seeds=count,
                        competence=suite.competence(task),
                        sensitivity=_readings(alike, beyond, [task])))  # fmt: skip
    readings = _readings(alike, beyond, list(values))
    return [pooled(values, suite.tasks, sensitivity=readings), *rows]


def beyond_twins(origins: Origins, task: str, count: int) -> np.ndarray:
    """Best neuron of untrained prompts minus that of the better twin, ``[N, S]``.

    Both are on the same examples, so that their difficulty is in the interval.

    Args:
        origins: The scans.
        task: One of the tasks.
        count: Seeds that have twins.
    """
    kinds = ("random", "shuffled")
    tables = np.stack([balanced_table(origins.of(kind, task)) for kind in kinds])
    better = np.argmax([origins.scores(kind, task) for kind in kinds], axis=0)
    twin = tables[better, :, np.arange(count)].T
    return np.asarray(balanced_table(origins.of("bare", task)[:count]) - twin)


def _readings(
    alike: Mapping[str, float], beyond: Mapping[str, float], tasks: list[str]
) -> tuple[Sensitivity, ...]:
    """What else support asks for.

    Untrained prompts rank the neurons as tuned ones do, and do better than prompts that were tuned
    on the twin.
    """
    kinds = {
        "rank correlation of untrained with tuned prompts": alike,
        "prompts tuned on the random twin": beyond,
    }
    return tuple(
        Sensitivity(name, float(np.mean([values[task] for task in tasks if task in values])),
                    other_unit=True, second=True)
        for name, values in kinds.items() if any(task in values for task in tasks)
    )  # fmt: skip


def _shared(suite: Suite, others: Mapping[str, Scans]) -> list[Evidence]:
    """SN-8: the rows of SN-3 in models of every other method; pooled over methods."""
    rows: list[Evidence] = []
    heads: list[Evidence] = []
    tables: dict[str, list[np.ndarray]] = {}
    orders: dict[str, list[np.ndarray]] = {}
    for name, found in others.items():
        tasks = list(dict.fromkeys(job.task for job in found))
        able = suite.competent(f"method={name}", among=tasks)
        first, *of_method = harm(suite, found, able, f"method={name}")
        rows += [replace(one, scope=f"{name}: {one.scope}") for one in of_method]
        heads += [first] if first.interval is not None else []
        for task, values in _gaps(suite, found, able, name).items():
            tables.setdefault(task, []).append(values)
            runs = [found[Job(task, seed, (f"method={name}",))] for seed in suite.seeds]
            orders.setdefault(task, []).append(np.mean([gap_by_order(one) for one in runs], 0))
    if not tables:
        return [not_measured(POOLED, "no other method is competent at a task"), *rows]
    means = {task: np.mean(of_methods, 0) for task, of_methods in tables.items()}
    if not heads:
        return [pooled(means, list(means)), *rows]
    by_order = np.mean([np.mean(of_methods, 0) for of_methods in orders.values()], 0)
    alike = float(np.mean([other.effect for one in heads for other in one.sensitivity]))
    together = pooled(
        means, list(means), by_order, p_value=max(one.p_value for one in heads),
        smallest_p=max(one.smallest_p for one in heads), one_shot=True,
        sensitivity=(Sensitivity("in accuracy", alike),), untestable=heads[0].untestable,
        notes={"methods": ", ".join(others), "control_orders": len(by_order)},
    )  # fmt: skip
    return [both_sides(together, max(one.p_mirror or 0.0 for one in heads)), *rows]


def _gaps(suite: Suite, found: Scans, able: list[str], name: str) -> dict[str, np.ndarray]:
    more = (f"method={name}",)
    return {t: np.stack([gap(found[Job(t, s, more)]) for s in suite.seeds], 1) for t in able}


ORIGIN = Part("origin", ("SN-7", "SN-8"), jobs, find)
