"""Coverage of the intervals over new examples and new seeds of planted models."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.planted import suite_of
from brodmann.neurons.statistics.intervals import Estimate, mean_of_seeds
from brodmann.neurons.statistics.jackknife import mean_of_pairs
from brodmann.neurons.statistics.rows import balanced_rows
from brodmann.playground.planted import CASES
from brodmann.studies.evidence import pooled
from brodmann.studies.skill_neurons import perturbation
from brodmann.studies.skill_neurons.agreement import pairs_of
from brodmann.studies.skill_neurons.settings import scans
from brodmann.studies.skill_neurons.single import column_labels, fired
from brodmann.studies.suite import Job, grid

POOL = {"train": 400, "val": 300, "test": 1000}
TASKS, SEEDS, EXAMPLES = 2, 24, 100
Tables = list[np.ndarray]


def coverage(quick: bool) -> list[dict[str, Any]]:
    """A row per estimand, scope and number of seeds."""
    repeats, rows = 200 if quick else 2000, []
    world = CASES["plain"](0, 0.5, tasks=TASKS, units=64)
    suite = suite_of(world, SEEDS, POOL, permutations=8, null_orders=3, random_orders=1,
                     rates=[0.0, 0.08, 0.17], perturb_rows=500)  # fmt: skip
    known = scans(suite, grid(suite.config))
    harmed = perturbation.damages(suite, suite.tasks)
    of_task = {t: [known[Job(t, s)] for s in suite.seeds] for t in suite.tasks}
    labels = [column_labels(of_task[t][0])[:, 0] for t in suite.tasks]
    said = [np.stack([fired(one)[:, 0] == y for one in of_task[t]], 1).astype(float)
            for t, y in zip(suite.tasks, labels, strict=True)]  # fmt: skip
    gaps = [np.stack([perturbation.gap(harmed[Job(t, s)]) for s in suite.seeds], 1)
            for t in suite.tasks]  # fmt: skip
    for seeds in (3, 5):
        rows += _rows("SN-1a", said, labels, seeds, repeats)
        rows += _rows("SN-3", gaps, None, seeds, repeats)
        rows.append(_pairs([pairs_of(of_task[t]).whole for t in suite.tasks], seeds, repeats))
    return rows


def _balanced(tables: Tables, labels: Tables | None) -> Tables:
    if labels is None:
        return tables
    return [balanced_rows(table, y) for table, y in zip(tables, labels, strict=True)]


def _rows(
    name: str, pool: Tables, labels: Tables | None, seeds: int, repeats: int
) -> list[dict[str, Any]]:
    """Of a task alone, of the pooled row, and of the pooled row over seeds alone."""
    truth = [float(table.mean()) for table in _balanced(pool, labels)]
    random = np.random.default_rng(seeds)
    hits: dict[str, list[bool]] = {"task": [], "pooled": [], "pooled, seeds alone": []}
    for _ in range(repeats):
        chosen = random.integers(pool[0].shape[1], size=seeds)
        drawn = [random.integers(len(table), size=EXAMPLES) for table in pool]
        made = [table[np.ix_(rows, chosen)] for table, rows in zip(pool, drawn, strict=True)]
        kept = None if labels is None else [y[r] for y, r in zip(labels, drawn, strict=True)]
        tables = _balanced(made, kept)
        hits["task"].append(_covers(_pooled(tables[:1]), truth[0]))
        hits["pooled"].append(_covers(_pooled(tables), float(np.mean(truth))))
        alone = mean_of_seeds(np.mean([table.mean(0) for table in tables], 0))
        hits["pooled, seeds alone"].append(_covers(alone, float(np.mean(truth))))
    return [_row(name, scope, seeds, values) for scope, values in hits.items()]


def _pooled(tables: Tables) -> Any:
    names = [str(index) for index in range(len(tables))]
    return pooled(dict(zip(names, tables, strict=True)), names).interval


def _pairs(pool: Tables, seeds: int, repeats: int) -> dict[str, Any]:
    """SN-2: seeds without replacement, since a pair needs two."""
    whole, random = np.mean(pool, 0), np.random.default_rng(seeds)
    off = ~np.eye(len(whole), dtype=bool)
    truth, hits = float(whole[off].mean()), []
    for _ in range(repeats):
        chosen = random.choice(len(whole), size=seeds, replace=False)
        hits.append(_covers(mean_of_pairs(whole[np.ix_(chosen, chosen)]), truth))
    return _row("SN-2", "pooled", seeds, hits)


def _covers(estimate: Estimate, truth: float) -> bool:
    low, high = estimate.at_level(0.05)
    return bool(low <= truth <= high)


def _row(name: str, scope: str, seeds: int, hits: list[bool]) -> dict[str, Any]:
    return {"claim": name, "row": scope, "seeds": seeds, "covered": float(np.mean(hits)),
            "repetitions": len(hits)}  # fmt: skip
