"""How MoEfication is told: its tables, its summary, its notes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from brodmann.neurons.moe.measures import ffn_flops, sparse_flops
from brodmann.neurons.moe.weights import Shape
from brodmann.neurons.statistics.crossed import crossed_mean
from brodmann.report.findings import Row, Table
from brodmann.studies.measuring import Measured
from brodmann.studies.moefication.judged import RANDOM
from brodmann.studies.moefication.settings import settings
from brodmann.studies.moefication.task import MoefiedTask
from brodmann.studies.suite import Suite


def arms(one: MoefiedTask) -> list[tuple[str, str]]:
    """Kinds of partition with routers, random ones together."""
    return list(dict.fromkeys((name.partition(" ")[0], router) for name, router in one.right))


def accuracy_table(found: Sequence[MoefiedTask], info: Mapping[str, Any]) -> Table:
    """Accuracy and FLOPs by task, partition, router and share."""
    shape = Shape(*info["shape"])
    rows = [
        _row(one, kind, router, place, shape)
        for one in found for kind, router in arms(one) for place in range(len(one.shares))
    ]  # fmt: skip
    return Table(
        "moefication", "Accuracy with some experts (table 2 of the paper, and more)",
        "Experts are those that ran of all; a share that was asked for is rounded to whole ones. "
        "Test accuracy, mean over seeds (and over random partitions); the interval is that of the "
        "accuracy over the dense model's. FLOPs are those of the FFNs' matrices with the router's "
        "own, over the dense FFNs'.", rows,
    )  # fmt: skip


def _row(one: MoefiedTask, kind: str, router: str, place: int, shape: Shape) -> Row:
    relative = one.relative(kind, router, place)
    enough = relative.shape[1] > 1
    low, high = crossed_mean(relative).at_level(0.05) if enough else (None, None)
    cost = sparse_flops(shape, one.experts, one.counts[place], router)
    return {
        "task": one.task, "partition": kind, "router": router,
        "experts": f"{one.counts[place]} of {one.experts}",
        "dense": float(one.dense.mean()),
        "accuracy": float(one.accuracy(kind, router, place).mean()),
        "relative": float(relative.mean()), "low": low, "high": high,
        "above majority": float(one.above(kind, router, place).mean()),
        "captured": float(one.meant(one.captured, kind, router)[place]),
        "recall": float(one.meant(one.recall, kind, router)[place]),
        "FLOPs": cost / ffn_flops(shape),
    }  # fmt: skip


def routing_table(known: Iterable[Measured]) -> Table:
    """What the learned routers captured on validation, before training and at their best."""
    sums: dict[tuple[str, str], list[list[float]]] = {}
    for one in known:
        for key, captured in one.info["validation"].items():
            name, _, site = key.partition("/")
            sums.setdefault((name.partition(" ")[0], site), []).append(captured)
    rows: list[Row] = [
        {"partition": kind, "layer": site, "before training": float(np.mean(values, 0)[0]),
         "best epoch": float(np.mean(values, 0)[1])}
        for (kind, site), values in sums.items()
    ]  # fmt: skip
    return Table(
        "moefication_routers", "Learned routers",
        "Share of activity in the chosen experts on validation texts, mean over runs.", rows,
    )  # fmt: skip


def summary(found: Sequence[MoefiedTask], place: int) -> str:
    """What came out, in two sentences."""
    if not found:
        return "The method solves none of the tasks, so nothing was run through experts."
    first = found[0]
    experts = f"{first.counts[place]} of {first.experts} experts in every FFN"
    said = [f"Each token goes through {experts}."]
    for router in dict.fromkeys(router for _, router in first.right):
        told = [
            f"{_span([float(one.relative(kind, router, place).mean()) for one in found])} ({kind})"
            for kind in dict.fromkeys(kind for kind, _ in arms(first))
        ]
        said.append(f"With the router {router} the tasks keep {', '.join(told)} of the dense "
                    "model's accuracy.")  # fmt: skip
    return " ".join(said)


def _span(values: Sequence[float]) -> str:
    low, high = (f"{100 * value:.0f}" for value in (min(values), max(values)))
    return f"{low} %" if low == high else f"{low} to {high} %"


def notes(suite: Suite, tasks: Sequence[str], info: Mapping[str, Any] | None) -> list[str]:
    """What a reader must know."""
    own = settings(suite.config)
    said = [
        "All FFNs of the blocks are changed at once; each router sees the states as the layers "
        "below left them. Captured activity and recall are those on the dense model's states.",
        "Every seed has random partitions, starts of the clustering and routers of its own, so "
        "that the intervals hold all of them.",
        "A share of experts is rounded to the nearest number of them, one at least: "
        f"study.at={own.at:g} is what the claims are judged at.",
        f"Relative accuracy never falls to 0: {RANDOM} answers keep the majority's share, which is "
        "why the share above the majority stands beside it, and can take a support away.",
    ]
    if info is not None:
        said += _held(info)
    left = [task for task in suite.tasks if task not in tasks]
    return [*said, f"Not run (the method is not competent): {', '.join(left)}."] if left else said


def _held(info: Mapping[str, Any]) -> list[str]:
    """For which activation functions it holds."""
    if info["zeros"]:
        first = (
            "The FFNs have ReLU: neurons that do not fire are exactly zero, and leaving them out "
            "changes nothing. This is what the paper is about."
        )
    else:
        first = (
            "The FFNs have no ReLU: neurons that do not fire are small but not zero, and leaving "
            "them out changes what the dense FFN computes, even with the oracle. The paper's "
            "authors turn such models into ReLU ones first; here the model stays as it is."
        )
    second = {
        "positive": "Activity is the sum of positive activations, as in the paper.",
        "absolute": "Activity is the sum of absolute activations (study.share), since neurons are "
        "signed.",
    }[info["share"]]
    third = ["Gated FFNs: a neuron is act(gate) x up; routers are compared with study.rows."]
    fourth = ["Of the encoder-decoder only the encoder's FFNs are changed."]
    return [first, second, *(third if info["gated"] else []),
            *(fourth if info["kind"] == "encoder_decoder" else [])]  # fmt: skip
