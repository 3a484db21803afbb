"""Size of every test over worlds in which no neuron knows a label."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.calibrating.finders import best_by_permutation
from benchmarks.planted import suite_of
from brodmann.playground.planted import CASES, PlantedRun
from brodmann.studies.skill_neurons import predictivity
from brodmann.studies.skill_neurons.settings import scans
from brodmann.studies.skill_neurons.surrogate import surrogate_p
from brodmann.studies.suite import grid

ROWS = {"train": 160, "val": 160, "test": 160}
DRAWS = 99
TASKS = 10


def sizes(quick: bool) -> list[dict[str, Any]]:
    """Share of rejections at .05 and .01, with the simulation's 95 % band around the level."""
    found: dict[str, list[float]] = {}
    for seed in range(10 if quick else 100):
        for name, values in _of_world(seed).items():
            found.setdefault(name, []).extend(values)
    return [_row(name, np.array(values)) for name, values in found.items()]


def _of_world(seed: int) -> dict[str, list[float]]:
    world = CASES["nothing"](1000 + seed, tasks=TASKS, units=48)
    suite = suite_of(world, 1, ROWS, permutations=DRAWS, perturb_rows=64)
    known = list(scans(suite, grid(suite.config)).values())
    harmed = surrogate_p(suite, suite.tasks, suite.tasks)
    values = [best_by_permutation(PlantedRun(world, t, 0, ROWS), DRAWS) for t in suite.tasks]
    return {
        "Fisher's exact test of the chosen neuron on test (SN-1a)":
            [predictivity.exact(scan) for scan in known],
        "max-T over neurons and positions at selection (SN-1a)":
            [predictivity.max_t(scan) for scan in known],
        "max-T of AUROC": [p["auroc"] for p in values],
        "max-T of average precision": [p["precision"] for p in values],
        "surrogate of damage against matched controls (SN-3)":
            [harmed[task][0] for task in suite.tasks],
    }  # fmt: skip


def _row(name: str, p: np.ndarray) -> dict[str, Any]:
    band = [1.96 * (level * (1 - level) / len(p)) ** 0.5 for level in (0.05, 0.01)]
    at = [float((p <= level).mean()) for level in (0.05, 0.01)]
    return {
        "test": name, "nulls": len(p), "at .05": at[0], "band .05": f".05 ± {band[0]:.3f}",
        "at .01": at[1], "band .01": f".01 ± {band[1]:.3f}",
    }  # fmt: skip
