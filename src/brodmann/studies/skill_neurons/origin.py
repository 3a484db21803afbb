"""Part ``origin``: do the neurons come from pre-training, and do other methods use them (5)?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from brodmann.config.studies import StudyConfig
from brodmann.neurons.claims.evidence import POOLED, Evidence, not_measured
from brodmann.neurons.statistics.reliability import spearman
from brodmann.report.findings import Figure, Finding, Row, Table
from brodmann.report.plots.curves import curves
from brodmann.report.plots.forest import Effect, forest
from brodmann.report.plots.lines import Line
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.evidence import pooled, row, seeds_mean
from brodmann.studies.skill_neurons.perturbation import damages, gap, harm, mean_curves
from brodmann.studies.skill_neurons.settings import retuned, scans, settings
from brodmann.studies.skill_neurons.single import top_places
from brodmann.studies.study import Outcome, Part
from brodmann.studies.suite import Job, Suite, grid, of_tasks

Scans = Mapping[Job, Measured]
UNTRAINED = "method=frozen"


def twin(seed: int, kind: str = "random") -> tuple[str, ...]:
    """Overrides of an untrained prompt on a backbone that was never trained."""
    return (UNTRAINED, f"model.init={kind}", f"model.init_seed={seed}")


def jobs(config: StudyConfig) -> list[Job]:
    """Tuned prompts; other methods follow on tasks that the prompts can do."""
    return grid(config)


def find(suite: Suite) -> Outcome:
    """Table 3, figures 7, 8, 12 and 13."""
    able, again = suite.competent(), retuned(suite)
    tuned = scans(suite, grid(suite.config))
    bare = scans(suite, of_tasks(suite.config, able, UNTRAINED))
    twins, shuffled = (scans(suite, _twins(suite, able, kind)) for kind in ("random", "shuffled"))
    hard = _hard_prompts(suite)
    methods = {name: f"method={name}" for name in settings(suite.config).methods}
    suite.train([j for typed in methods.values() for j in of_tasks(suite.config, again, typed)])
    others = {name: damages(suite, again, typed) for name, typed in methods.items()}
    evidence = {
        "SN-7": _from_pretraining(suite, bare, twins, shuffled),
        "SN-8": _shared(suite, others),
    }
    table = _table(suite, tuned, bare, twins, shuffled, hard)
    figures = [_origin_figure(suite, table)]
    figures += [_curve(suite, found, name) for name, found in others.items() if found]
    finding = Finding(
        part="origin", title="Where the neurons come from, and who else uses them",
        summary=_summary(table), tables=[table, _harm_table(suite, others)],
        figures=figures, notes=_notes(suite),
    )  # fmt: skip
    return Outcome(finding, evidence)


def _twins(suite: Suite, tasks: list[str], kind: str) -> list[Job]:
    """A twin for each seed of the study, as far as ``study.twins`` goes."""
    seeds = suite.seeds[: settings(suite.config).twins]
    return [Job(task, seed, twin(seed, kind)) for task in tasks for seed in seeds]


def _hard_prompts(suite: Suite) -> dict[str, Measured]:
    """Task -> scan under its hand-written prompt; empty when none is given."""
    texts = settings(suite.config).hard_prompts
    if not texts:
        return {}
    each = texts * len(suite.tasks) if len(texts) == 1 else texts
    wanted = [
        Job(task, suite.seeds[0], (UNTRAINED, f'method.text="{text}"'))
        for task, text in zip(suite.tasks, each, strict=False)
    ]
    return {job.task: found for job, found in scans(suite, wanted).items()}


def best_score(scan: Measured) -> float:
    """Test score of the best neuron (chosen on validation), mean over columns."""
    found = []
    for column, place in enumerate(top_places(scan)):
        unit = scan.info["top"][place]
        found.append(float(scan.tensors[f"test/{unit['site']}"][unit["unit"], column]))
    return float(np.mean(found))


def _best(found: Scans, suite: Suite, task: str, more: str | None = None) -> np.ndarray:
    """By seed; twins have overrides of their own."""
    return np.array([
        best_score(scan) for job, scan in found.items()
        if job.task == task and (more is None or more in job.more)
    ])  # fmt: skip


def _from_pretraining(
    suite: Suite, bare: Scans, twins: Scans, shuffled: Scans
) -> list[Evidence]:  # fmt: skip
    """SN-7: untrained prompts on the pretrained backbone minus on twins (the better of the two)."""
    count = min(len(suite.seeds), settings(suite.config).twins)
    if count < 2:
        return [not_measured(POOLED, "fewer than two seeds or twins")]
    rows, values = [], {}
    for task in suite.competent():
        control = np.maximum(_best(twins, suite, task), _best(shuffled, suite, task))
        gap = _best(bare, suite, task)[:count] - control
        rows.append(row(task, seeds_mean(gap), count, seeds=count,
                        competence=suite.competence(task)))  # fmt: skip
        values[task] = gap
    return [pooled(values, suite.tasks), *rows]


def _shared(suite: Suite, others: Mapping[str, Scans]) -> list[Evidence]:
    """SN-8: the rows of SN-3 in models of every other method; pooled over methods."""
    rows: list[Evidence] = []
    heads: list[Evidence] = []
    tables: dict[str, list[np.ndarray]] = {}
    for name, found in others.items():
        able = suite.competent(f"method={name}", among=_tasks(found))
        first, *of_method = harm(suite, found, able, f"method={name}")
        rows += [replace(one, scope=f"{name}: {one.scope}") for one in of_method]
        heads += [first] if first.interval is not None else []
        for task, values in _gaps(suite, found, able, name).items():
            tables.setdefault(task, []).append(values)
    if not tables:
        return [not_measured(POOLED, "no other method is competent at a task"), *rows]
    means = {task: np.mean(of_methods, 0) for task, of_methods in tables.items()}
    p_value = max(one.p_value for one in heads)
    least = max(one.smallest_p for one in heads)
    reasons = heads[0].untestable
    return [pooled(means, list(means), p_value=p_value, smallest_p=least, one_shot=True,
                   untestable=reasons, notes={"methods": ", ".join(others)}), *rows]  # fmt: skip


def _tasks(found: Scans) -> list[str]:
    return list(dict.fromkeys(job.task for job in found))


def _gaps(suite: Suite, found: Scans, able: list[str], name: str) -> dict[str, np.ndarray]:
    more = (f"method={name}",)
    return {t: np.stack([gap(found[Job(t, s, more)]) for s in suite.seeds], 1) for t in able}


def _alike(one: Measured, two: Measured) -> float:
    """Rank correlation of two scans' scores, mean over layers and columns."""
    first, second = one.by_site("dev"), two.by_site("dev")
    found = [spearman(first[s].T.numpy(), second[s].T.numpy()) for s in first]
    return float(np.nanmean(np.concatenate(found)))


def _table(
    suite: Suite, tuned: Scans, bare: Scans, twins: Scans, shuffled: Scans,
    hard: Mapping[str, Measured],
) -> Table:  # fmt: skip
    rows: list[Row] = []
    for task in suite.competent():
        alike = [
            _alike(tuned[Job(task, seed)], bare[Job(task, seed, (UNTRAINED,))])
            for seed in suite.seeds
        ]
        cells: dict[str, float | str | None] = {
            "task": task,
            "tuned prompts": float(_best(tuned, suite, task).mean()),
            "untrained prompts": float(_best(bare, suite, task).mean()),
            "random twin": float(_best(twins, suite, task).mean()),
            "shuffled twin": float(_best(shuffled, suite, task).mean()),
            "rank correlation, untrained with tuned": float(np.mean(alike)),
        }
        if task in hard:
            cells["hand-written prompt"] = best_score(hard[task])
        rows.append(cells)
    return Table(
        "origin", "Best neuron without tuning or without pre-training (table 3)",
        "Test score (chance 0.5) of the best neuron, mean over seeds.", rows,
    )  # fmt: skip


def _origin_figure(suite: Suite, table: Table) -> Figure:
    kinds = ("tuned prompts", "untrained prompts", "random twin", "shuffled twin")
    rows = [
        Effect(f"{r['task']}: {kind}", float(str(r[kind])) - 0.5, None, None, "inconclusive",
               pooled=kind == "tuned prompts")
        for r in table.rows for kind in kinds
    ]  # fmt: skip
    return Figure(
        "origin", "How much of the task single neurons know, by what was trained",
        "Test score of the best neuron above chance: with tuned prompts, with untrained ones, and "
        "on backbones that never learned anything.",
        "Random-initialised and weight-shuffled twins of the backbone, prompts untrained.",
        forest(rows, "score above chance"), claim="SN-7", size=(6.8, 0.8 + 0.22 * len(rows)),
    )  # fmt: skip


def _curve(suite: Suite, found: Scans, name: str) -> Figure:
    more = (f"method={name}",)
    able = _tasks(found)
    of_all = [[found[Job(task, seed, more)] for seed in suite.seeds] for task in able]
    rates = of_all[0][0].info["rates"]
    lines = []
    for kind, said in (("own", "prompt's neurons"), ("random", "random"), ("null", "matched null")):
        table = np.mean([mean_curves(one, kind, "right").mean(1) for one in of_all], 0)
        lines.append(Line(said, rates, table.mean(0).tolist(), kind))
    return Figure(
        f"origin_{name}", f"Accuracy of {name} while the prompts' neurons are disturbed",
        f"Mean over {len(able)} tasks. If {name} relies on the neurons that prompts find, their "
        "line falls below the others.",
        "Matched null: the same selector on permuted labels, matched on layer, s.d. and norm.",
        curves(lines), claim="SN-8",
    )  # fmt: skip


def _harm_table(suite: Suite, others: Mapping[str, Scans]) -> Table:
    rows: list[Row] = []
    for name, found in others.items():
        for task in _tasks(found):
            of_task = [found[Job(task, seed, (f"method={name}",))] for seed in suite.seeds]
            cells: dict[str, float | str] = {"method": name, "task": task}
            for kind in ("own", "random", "null"):
                ends = mean_curves(of_task, kind, "right").mean((0, 1))
                cells["intact"] = float(ends[0])
                cells[f"{kind}, highest rate"] = float(ends[-1])
            rows.append(cells)
    return Table(
        "other_methods", "Other methods under disturbance of the prompts' neurons (figures 7, 8)",
        "Accuracy, mean over seeds.", rows, shown=14,
    )  # fmt: skip


def _notes(suite: Suite) -> list[str]:
    if settings(suite.config).hard_prompts:
        return []
    return ["The paper does not give its hand-written prompts; type study.hard_prompts=['...']."]


def _summary(table: Table) -> str:
    able = list(table.rows)
    if not able:
        return "The method solves none of the tasks, so their origin cannot be asked."

    def mean(kind: str) -> float:
        return float(np.mean([float(str(r[kind])) for r in able]))

    return (
        f"Over {len(able)} tasks the best neuron scores {mean('tuned prompts'):.2f} on test under "
        f"tuned prompts, {mean('untrained prompts'):.2f} under untrained ones, "
        f"{mean('random twin'):.2f} on random-initialised and {mean('shuffled twin'):.2f} on "
        "weight-shuffled twins (chance 0.50)."
    )


ORIGIN = Part("origin", ("SN-7", "SN-8"), jobs, find)
