"""Which planted neurons each finder finds, and how many it finds that are none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.planted import suite_of
from brodmann.neurons.arms import run_arms
from brodmann.neurons.interventions import Intervention
from brodmann.neurons.scores.columns import Columns, join, of_classes
from brodmann.neurons.scores.ranking import rankings
from brodmann.neurons.scores.resampling import permuted
from brodmann.neurons.statistics.intervals import mean_of_seeds
from brodmann.neurons.statistics.permutation import max_t
from brodmann.neurons.stream import stream
from brodmann.neurons.tokens import Reading
from brodmann.playground.planted import CASES, PlantedRun
from brodmann.studies.skill_neurons.settings import scans
from brodmann.studies.suite import Job, grid

SIGNALS = (0.8, 0.6, 0.45, 0.3, 0.2, 0.1)
DRAWS = 199
LEVEL = 0.05
ROWS = {"train": 400, "val": 400, "test": 200}


class Values:
    """A listener: all values of all sites at the first position."""

    reading = Reading("prompt")

    def __init__(self, sites: list[str]) -> None:
        self.sites = tuple(sites)
        self.kept: dict[str, list[Tensor]] = {site: [] for site in sites}

    def update(self, site: str, values: Tensor, rows: Tensor) -> None:
        """Keep a batch."""
        self.kept[site].append(values[:, 0])

    def compute(self) -> Tensor:
        """Float ``[N, sites * U]``."""
        return torch.cat([torch.cat(parts) for parts in self.kept.values()], 1)


def ranked(run: PlantedRun, draws: int) -> tuple[Mapping[str, Tensor], Columns]:
    """AUROC and AP, either sign, for the label and its permutations, ``[U, 1 + R]``."""
    listener = Values([site.name for site in run.subject.sites])
    stream(run.subject, run.batches("val", None), [listener])
    truth = of_classes(run.task, run.labels("val", None), run.classes)
    columns = join(truth, permuted(truth, draws, seed=0))
    values = listener.compute()
    up, down = rankings(values, columns), rankings(-values, columns)
    return {
        "auroc": torch.maximum(up.auroc, down.auroc),
        "precision": torch.maximum(up.precision, down.precision),
    }, columns


def best_by_permutation(run: PlantedRun, draws: int) -> dict[str, float]:
    """Family-wise p of the best neuron by each measure."""
    return {name: float(family_p(scores).min()) for name, scores in ranked(run, draws)[0].items()}


def family_p(scores: Tensor) -> np.ndarray:
    """Max-T p of every neuron; column 0 is the truth, the others are permutations."""
    return max_t(scores[:, 0].numpy(), scores[:, 1:].amax(0).numpy())


def damaged(run: PlantedRun) -> np.ndarray:
    """Bonferroni's p that zeroing one neuron raises the log-loss, for every neuron."""
    sites, units = [site.name for site in run.subject.sites], run.subject.sites[0].units
    arms: list[list[Intervention]] = [[]]
    for site in sites:
        for unit in range(units):
            masks = {site: torch.arange(units) == unit}
            arms.append([Intervention("zero", masks)])
    answers = run_arms(run.subject, run.batches("test", 100), arms, max_rows=2000)
    labels = run.labels("test", 100)[answers["rows"]]
    loss = -answers["logits"].log_softmax(-1)[:, torch.arange(len(labels)), labels]
    gaps = (loss[1:] - loss[0]).double().numpy()
    found = [mean_of_seeds(gap).p_value() if gap.any() else 1.0 for gap in gaps]
    return np.minimum(1.0, len(found) * np.array(found))


def finders(quick: bool) -> list[dict[str, Any]]:
    """Recall and false-discovery rate by finder and signal."""
    rows = []
    for signal in SIGNALS:
        found: dict[str, list[tuple[float, float]]] = {}
        for seed in range(1 if quick else 5):
            for name, pair in _of_world(signal, seed):
                found.setdefault(name, []).append(pair)
        for name, pairs in found.items():
            recall, false = np.mean(pairs, 0)
            rows.append({"signal": signal, "finder": name, "recall": float(recall),
                         "false discoveries": float(false), "tasks": len(pairs)})  # fmt: skip
    return rows


def _of_world(signal: float, seed: int) -> list[tuple[str, tuple[float, float]]]:
    world = CASES["plain"](seed, signal, spill=0.0)
    suite = suite_of(world, 1, ROWS, permutations=DRAWS)
    known, found = scans(suite, grid(suite.config)), []
    for task in world.tasks:
        run, scan = PlantedRun(world, task, 0, ROWS), known[Job(task, 0)]
        truth = np.concatenate([
            np.isin(np.arange(site.units), world.carriers[task][site.name])
            for site in run.subject.sites
        ])  # fmt: skip
        dev = np.concatenate([scan.tensors[f"dev/{s}"][:, 0].numpy() for s in scan.info["sites"]])
        p_values = {"predictivity, max-T": max_t(dev, scan.tensors["maxima"][0].numpy())}
        scores = ranked(run, DRAWS)[0]
        p_values |= {"AUROC, max-T": family_p(scores["auroc"]),
                     "average precision, max-T": family_p(scores["precision"]),
                     "zeroing one by one, Bonferroni": damaged(run)}  # fmt: skip
        found += [(name, _rates(p <= LEVEL, truth)) for name, p in p_values.items()]
    return found


def _rates(chosen: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    recall = float((chosen & truth).sum() / truth.sum())
    return recall, float((chosen & ~truth).sum() / max(chosen.sum(), 1))
