"""Part ``speed``: seconds of an FFN with most experts really left out, beside the whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from brodmann.backbones.activations import ffn_activation
from brodmann.config.studies import StudyConfig
from brodmann.lab.prepare import Prepared
from brodmann.neurons.moe.layers import seen_tokens
from brodmann.neurons.moe.measures import chosen_count, ffn_flops, sparse_flops
from brodmann.neurons.moe.routers import MlpRouter, ranked
from brodmann.neurons.moe.sparse import dense_ffn, sparse_ffn
from brodmann.neurons.moe.weights import Shape, ffn_weights
from brodmann.neurons.partition.build import by_clustering
from brodmann.neurons.partition.rows import neuron_rows
from brodmann.report.findings import Finding, Row, Table
from brodmann.studies.examined import examine
from brodmann.studies.measuring import Measured
from brodmann.studies.modularity.partitions import experts_of
from brodmann.studies.moefication.routed import layers_of
from brodmann.studies.moefication.settings import check_size, settings
from brodmann.studies.study import Outcome, Part
from brodmann.studies.suite import Job, Suite, grid

TEXTS = (1, 32)
"""Texts of a timed batch; a single token comes first."""
PAIRS = 40
"""Timed passes of each."""


def speed(
    prepared: Prepared, expert_size: int, at: float, texts: list[int], pairs: int
) -> Measured:
    """Seconds of the first FFN of a run: whole, and with the experts that a router chooses.

    The two take turns on the same states of test texts, on one thread of the CPU. The router is
    one with the shape of the learned one (its weights do not matter for time), and its time counts.

    Args:
        prepared: A run that is done.
        expert_size: Neurons of an expert.
        at: Share of experts.
        texts: Texts of a batch.
        pairs: Timed passes of each.

    Returns:
        ``<name>`` float64 ``[2, pairs]``: dense, sparse; ``batches`` names them in order.
    """
    examined = examine(prepared)
    layer = layers_of(examined)[0]
    experts = experts_of({layer.name: layer.shape.units}, expert_size)
    rows = neuron_rows(examined.subject.model, layer.ffn)
    partition = by_clustering({layer.name: rows}, experts)
    activation = ffn_activation(examined.assembly.tuned.backbone)
    weights = ffn_weights(examined.subject.model, layer.ffn, activation)
    weights = weights.ordered(partition.members(layer.name))
    router, count = MlpRouter(partition.means(layer.name, rows)), chosen_count(at, experts)
    batches = examined.batches("test", max(texts))
    states = torch.cat([seen[layer.name][0].cpu()
                        for seen in seen_tokens(examined.subject, batches, [layer])])  # fmt: skip
    whole = len(states)
    sizes = {"1 token": 1, **{f"{n} text{'s' * (n > 1)}": max(1, whole * n // max(texts))
                              for n in texts}}  # fmt: skip
    tensors = {}
    with torch.inference_mode():
        for name, tokens in sizes.items():
            part = states[:tokens]

            def sparse(part: Tensor = part) -> Tensor:
                return sparse_ffn(weights, part, ranked(router(part))[:, :count], experts)

            def dense(part: Tensor = part) -> Tensor:
                return dense_ffn(weights, part)

            tensors[name] = in_turn((dense, sparse), pairs)
    shape = [layer.shape.units, layer.shape.width, layer.shape.into]
    told = {"batches": list(sizes), "tokens": sizes, "shape": shape, "experts": experts}
    return Measured(tensors, {**told, "count": count, "sites": []})


def in_turn(works: Sequence[Callable[[], Any]], pairs: int) -> Tensor:
    """Seconds of pieces of work that take turns on one thread, ``[works, pairs]``."""
    seconds = torch.empty(len(works), pairs, dtype=torch.float64)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for turn in range(-3, pairs):
            for place, work in enumerate(works):
                started = time.perf_counter()
                work()
                if turn >= 0:
                    seconds[place, turn] = time.perf_counter() - started
    finally:
        torch.set_num_threads(threads)
    return seconds


def jobs(config: StudyConfig) -> list[Job]:
    """One run would do; all are there anyway."""
    return grid(config)


def find(suite: Suite) -> Outcome:
    """A table of times; nothing is judged by it."""
    own = settings(suite.config)
    arguments = {"expert_size": own.expert_size, "at": own.at, "texts": list(TEXTS),
                 "pairs": PAIRS}  # fmt: skip
    (timed,) = suite.measure("timing", speed, grid(suite.config)[:1], arguments)
    table = speed_table(timed)
    finding = Finding(
        part="speed", title="What is really saved", summary=_summary(table), tables=[table],
        notes=["Sparse execution sorts tokens by expert and does two small matrix products for "
               "each expert; FLOPs that are saved are not seconds that are saved."],
    )  # fmt: skip
    return Outcome(finding)


def speed_table(timed: Measured) -> Table:
    """Medians of both, and of their ratio."""
    shape, experts, count = Shape(*timed.info["shape"]), timed.info["experts"], timed.info["count"]
    flops = sparse_flops(shape, experts, count, "mlp") / ffn_flops(shape)
    rows = [_times(timed, name, flops) for name in timed.info["batches"]]
    return Table(
        "moefication_speed", "Seconds of the first FFN, dense and sparse",
        f"{count} of {experts} experts, the router's time included; one CPU thread, in turns. "
        "Above 1, sparse execution is slower.", rows,
    )  # fmt: skip


def _times(timed: Measured, name: str, flops: float) -> Row:
    dense, sparse = timed.tensors[name].numpy()
    ratio = sparse / dense
    return {
        "batch": name, "tokens": timed.info["tokens"][name],
        "dense, ms": 1000 * float(np.median(dense)), "sparse, ms": 1000 * float(np.median(sparse)),
        "sparse over dense": float(np.median(ratio)), "FLOPs over dense": flops,
        "verdict": "slower" if np.median(ratio) > 1 else "faster",
    }  # fmt: skip


def _summary(table: Table) -> str:
    told = [f"{row['sparse over dense']:.2f} times the dense FFN's time for {row['batch']}"
            for row in table.rows]  # fmt: skip
    return f"Really leaving experts out takes {', '.join(told)} (above 1: slower)."


SPEED = Part("speed", (), jobs, find, check_size)
"""Part ``speed``."""
