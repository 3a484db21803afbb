"""Part ``word_selectivity``: do random label words find the same neurons (section 4.4)?"""

from __future__ import annotations

import random
from collections.abc import Mapping

import numpy as np

from brodmann.backbones.words import single_token_words
from brodmann.config.studies import StudyConfig
from brodmann.neurons.claims.evidence import POOLED, Evidence, not_measured
from brodmann.neurons.statistics.intervals import Estimate
from brodmann.neurons.statistics.jackknife import of_pairs
from brodmann.report.findings import Figure, Finding, Row, Table
from brodmann.report.plots.bars import Bar, bars
from brodmann.studies.evidence import row
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.agreement import alike, by_chance
from brodmann.studies.skill_neurons.settings import retuned, scans, settings
from brodmann.studies.study import Outcome, Part
from brodmann.studies.suite import Job, Suite, grid

Scans = Mapping[Job, Measured]
"""Run -> its scan."""
LEAST = 0.8
"""Share of the way from floor to ceiling that counts as the same neurons (SN-6)."""


def jobs(config: StudyConfig) -> list[Job]:
    """Tuned prompts; those with random label words are known once the vocabulary is."""
    return grid(config)


def find(suite: Suite) -> Outcome:
    """Random label words against the task's own (section 4.4)."""
    problem = _untestable(suite)
    if problem:
        empty = Finding("word_selectivity", "Random label words", f"Not measured: {problem}.")
        return Outcome(empty, {"SN-6": [not_measured(POOLED, problem)]})
    words = {task: word_sets(suite, task) for task in retuned(suite)}
    wanted = [
        Job(task, seed, (f"task.label_words=[{','.join(chosen)}]",))
        for task, sets in words.items() for seed, chosen in zip(suite.seeds, sets, strict=False)
    ]  # fmt: skip
    suite.train(wanted)
    own, other = scans(suite, grid(suite.config)), scans(suite, wanted)
    ways = {task: _of_task(suite, own, other, task) for task in words}
    rows = [row(task, _estimate(way), len(way[0]), seeds=len(way[0]),
                competence=suite.competence(task),
                reliabilities={"between seeds, beyond the floor": _mean(way[1] - way[2])})
            for task, way in ways.items()]  # fmt: skip
    evidence = [_pooled(ways), *rows]
    table = _table(suite, words, ways)
    finding = Finding(
        part="word_selectivity", title="Random label words", summary=_summary(ways),
        tables=[table], figures=[_figure(ways)],
        notes=["Words are drawn from the tokenizer's whole alphabetic words, a set per seed."],
    )  # fmt: skip
    return Outcome(finding, {"SN-6": evidence})


def _untestable(suite: Suite) -> str:
    (first,) = suite.prepare([Job(suite.tasks[0], suite.seeds[0])])
    if "label_words" not in first.source.readouts[:1] and first.source.family.kind == "encoder":
        return f"{first.config.model.name} has no LM head, so it reads no label words"
    if first.source.family.kind == "vision":
        return "images have no label words"
    if min(len(suite.seeds), settings(suite.config).word_sets) < 3:
        return "fewer than three seeds or sets of words"
    if not suite.competent():
        return "the method is competent at no task"
    return ""


def word_sets(suite: Suite, task: str) -> list[list[str]]:
    """Random words for a task's classes, one set for each seed."""
    (first,) = suite.prepare([Job(task, suite.seeds[0])])
    known = single_token_words(first.source.folder, first.source.family.kind)
    words = [word for word in known if word not in first.config.task.label_words]
    count = len(first.data.classes)
    sets = settings(suite.config).word_sets
    return [
        random.Random(f"words {task} {seed}").sample(words, count) for seed in suite.seeds[:sets]
    ]


Ways = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Random words with own words, own with own (ceiling), permuted labels (floor): ``[S, S]`` each."""


def _of_task(suite: Suite, own: Scans, other: Scans, task: str) -> Ways:
    seeds = suite.seeds[: settings(suite.config).word_sets]
    of_other = {job.seed: scan for job, scan in other.items() if job.task == task}
    shape = (len(seeds), len(seeds))
    words, ceiling, floor = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for i, one in enumerate(seeds):
        for j, two in enumerate(seeds):
            if i != j:
                first, second = own[Job(task, one)], own[Job(task, two)]
                words[i, j] = alike(of_other[one], second)
                ceiling[i, j] = alike(first, second)
                floor[i, j] = by_chance(first, second)
    return words, ceiling, floor


def _share(means: np.ndarray) -> float:
    """How far random words reach beyond ``LEAST`` of the way; linear, so that it never explodes."""
    words, ceiling, floor = means
    return float(words - floor - LEAST * (ceiling - floor))


def _estimate(way: Ways) -> Estimate:
    return of_pairs(np.stack(way, -1), _share)


def _over_tasks(means: np.ndarray) -> float:
    """Mean over tasks of their shares, from ``[tasks, 3]``."""
    return float(np.mean([_share(of_task) for of_task in means]))


def _pooled(ways: Mapping[str, Ways]) -> Evidence:
    """Pairs share seeds, so that the mean over tasks has the jackknife's interval over seeds."""
    tables = np.stack([np.stack(way, -1) for way in ways.values()], 2)
    least = min(_mean(way[1] - way[2]) for way in ways.values())
    return row(
        POOLED, of_pairs(tables, _over_tasks), len(tables), seeds=len(tables),
        reliabilities={"between seeds, beyond the floor": least},
        notes={"generalises": "these tasks", "tasks": ", ".join(ways)},
    )  # fmt: skip


def _mean(table: np.ndarray) -> float:
    return float(table[~np.eye(len(table), dtype=bool)].mean())


def _table(suite: Suite, words: Mapping[str, list[list[str]]], ways: Mapping[str, Ways]) -> Table:
    rows: list[Row] = []
    for task, (random_words, ceiling, floor) in ways.items():
        rows.append({
            "task": task, "random words": _mean(random_words),
            "ceiling (own words)": _mean(ceiling),
            "floor (permuted labels)": _mean(floor),
            "beyond 0.8 of the way": _share(np.array([_mean(t) for t in ways[task]])),
            "words": "; ".join("/".join(chosen) for chosen in words[task]),
        })  # fmt: skip
    return Table(
        "random_words", "Rank correlation of predictivity under random and own label words",
        "Different seeds, disjoint validation halves, mean over layers.", rows,
    )  # fmt: skip


def _figure(ways: Mapping[str, Ways]) -> Figure:
    rows = [
        Bar(task, _mean(way[0]), reference=_mean(way[1]), chance=_mean(way[2]))
        for task, way in ways.items()
    ]
    return Figure(
        "random_words", "Do random label words find the same neurons?",
        "Bars that reach their diamonds: the words do not matter. Thin strokes are what permuted "
        "labels give.", "Two permutations of the labels, the same seeds and halves.",
        bars(rows, "rank correlation", "random words", "own words", "permuted labels", False),
        claim="SN-6", size=(6.4, 0.8 + 0.45 * len(rows)),
    )  # fmt: skip


def _summary(ways: Mapping[str, Ways]) -> str:
    words, ceiling, floor = np.mean([[_mean(table) for table in way] for way in ways.values()], 0)
    return (
        f"With random label words the ranking of neurons correlates {words:.2f} with that under "
        f"the task's own words; two seeds with the same words give {ceiling:.2f}, permuted labels "
        f"{floor:.2f}."
    )


WORD_SELECTIVITY = Part("word_selectivity", ("SN-6",), jobs, find)
"""Part ``word_selectivity``."""
