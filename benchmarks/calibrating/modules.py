"""Planted experts, found by clusters of weights, by the paper's rule and by silencing them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from brodmann.neurons.arms import run_arms
from brodmann.neurons.interventions import Intervention
from brodmann.neurons.partition.build import at_random, by_clustering
from brodmann.neurons.partition.enrichment import enrichment, share_between
from brodmann.neurons.partition.partition import Partition, agreement
from brodmann.neurons.scores.columns import Columns, join
from brodmann.neurons.scores.pooled import Pooled
from brodmann.neurons.scores.ranking import auroc
from brodmann.neurons.scores.resampling import permuted
from brodmann.neurons.stream import stream
from brodmann.neurons.tokens import Reading
from brodmann.playground.planted import MODULES, PlantedFunction, World

WORLDS = 5
PERMUTATIONS = 20
TOP = 0.05
BEST = 3
"""Experts of a block that are silenced for each function: those of highest mean strength."""
LIMIT = 1_000_000_000


def strengths(one: PlantedFunction, draws: int) -> tuple[dict[str, Tensor], Tensor, Columns]:
    """Distance of AUROC from one half, site -> ``[U, K + K * draws]``; logits; labels."""
    truth = one.columns("test", None)
    kept = Pooled(Reading("mask"), one.subject.sites, truth.rows, LIMIT)
    logits = stream(one.subject, one.batches("test", None), [kept])["logits"]
    every = join(truth, permuted(truth, draws, seed=0))
    return {site: (auroc(values[:, 0], every) - 0.5).abs()
            for site, values in kept.compute().items()}, logits, truth  # fmt: skip


def accuracies(logits: Tensor, truth: Columns) -> NDArray[np.float64]:
    """Of every question, ``[..., K]``."""
    right = ((logits > 0) == truth.values).double() * truth.row_weights()
    return (right.sum(-2) / truth.row_weights().sum(0)).numpy()


def of_rule(scores: Tensor, partition: Partition, site: str) -> NDArray[np.bool_]:
    """Whether the paper's rule fires in any expert, for every column."""
    number = round(TOP * len(scores))
    top = torch.zeros_like(scores, dtype=torch.bool)
    top.scatter_(0, scores.topk(number, dim=0).indices, True)
    found = enrichment(top, partition.expert_of[site], partition.experts)
    return np.asarray(found.functional.any(0))


def of_function(world: World, one: PlantedFunction) -> Iterator[dict[str, float]]:
    """What each block tells of a function."""
    assert world.modules is not None
    scores, logits, truth = strengths(one, PERMUTATIONS)
    count, partition = len(one.questions), world.modules.partition
    dealt = at_random({site: len(values) for site, values in scores.items()}, partition.experts, 1)
    for site, values in scores.items():
        said = of_rule(values, partition, site)
        shares = share_between(values, partition.expert_of[site], partition.experts)
        carriers = world.carriers[one.questions[0]].get(site)
        yield {
            "accuracy": float(accuracies(logits, truth).mean()),
            "AUROC of carriers": float("nan") if carriers is None
            else 0.5 + float(values[carriers, :count].mean()),
            "rule fires": float(said[:count].mean()),
            "permuted labels": float(said[count:].mean()),
            "random experts": float(of_rule(values[:, :count], dealt, site).mean()),
            "between experts": float(shares[:count].mean()),
            "permuted, between": float(shares[count:].mean()),
        }  # fmt: skip


def best_experts(world: World, one: PlantedFunction) -> Mapping[str, Tensor]:
    """Masks of the experts of highest mean strength of each block."""
    assert world.modules is not None
    partition = world.modules.partition
    scores, _, truth = strengths(one, 1)
    chosen = {site: partition.means(site, values[:, : len(truth)].mean(1)).topk(BEST).indices
              for site, values in scores.items()}  # fmt: skip
    return partition.selection({site: best.tolist() for site, best in chosen.items()}).masks


def damages(world: World, functions: list[PlantedFunction]) -> NDArray[np.float64]:
    """Accuracy that each function (rows) loses without the best experts of each (columns)."""
    arms = [Intervention("zero", best_experts(world, one)) for one in functions]
    lost = []
    for one in functions:
        found = run_arms(one.subject, one.batches("test", None), [(), *arms])["logits"]
        clean, *others = accuracies(found, one.columns("test", None)).mean(1)
        lost.append(clean - np.array(others))
    return np.array(lost)


def of_world(case: str, seed: int) -> dict[str, float]:
    """All that is told of one world."""
    world = MODULES[case](seed)
    assert world.modules is not None
    functions = [PlantedFunction(world, name) for name in world.functions]
    rows = [row for one in functions for row in of_function(world, one)]
    found = by_clustering(functions[0].rows(), world.modules.partition.experts, (0, 1, 2))
    lost = damages(world, functions)
    away = ~np.eye(len(lost), dtype=bool)
    return {
        "agreement": min(agreement(found, world.modules.partition).values()),
        **{name: float(np.mean([row[name] for row in rows])) for name in rows[0]},
        "own loss": float(lost.diagonal().mean()), "others' loss": float(lost[away].mean()),
    }  # fmt: skip


def modules(quick: bool) -> list[dict[str, Any]]:
    """A row for every case, means over worlds."""
    rows = []
    for case in MODULES:
        found = [of_world(case, seed) for seed in range(1 if quick else WORLDS)]
        means = {name: float(np.mean([one[name] for one in found])) for name in found[0]}
        rows.append({"case": case, **means})
    return rows
