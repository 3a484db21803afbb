"""What a run answers with some experts in every FFN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from brodmann.lab.prepare import Prepared
from brodmann.neurons.moe.layers import Layer
from brodmann.neurons.moe.masking import moefied
from brodmann.neurons.partition.partition import Partition
from brodmann.neurons.subject import Prepared as Ready
from brodmann.studies.examined import Examined, examine
from brodmann.studies.measuring import Measured
from brodmann.studies.moefication.routed import layers_of
from brodmann.studies.moefication.tables import Routers, router_table

ROWS = 128
"""Texts times shares that run at once."""


def answered(
    prepared: Prepared,
    names: Sequence[str],
    routers: Sequence[str],
    counts: Sequence[int],
    experts: int,
    share: str,
    test_rows: int | None,
    inputs: Mapping[str, Tensor],
) -> Measured:
    """Who is right where, all FFNs of the run going through their chosen experts at once.

    Args:
        prepared: A run that is done.
        names: Its partitions.
        routers: Which routers.
        counts: Experts per token.
        experts: E.
        share: What the oracle counts as activity.
        test_rows: Test texts.
        inputs: Partitions and routers, as ``routed`` gives them.

    Returns:
        ``right/<partition>/<router>`` bool ``[counts, N]``, ``dense`` bool ``[N]`` and ``labels``
        long ``[N]``.
    """
    examined = examine(prepared)
    layers = layers_of(examined)
    made = {
        name: Partition({one.name: inputs[f"expert/{name}/{one.name}"] for one in layers}, experts)
        for name in names
    }
    device = examined.assembly.tuned.backbone.device
    table = router_table(made, routers, share, inputs, device)
    labels = examined.labels("test", test_rows)
    found = {
        f"right/{name}/{kind}": torch.zeros(len(counts), len(labels), dtype=torch.bool)
        for name, kind in table
    }
    found["dense"] = torch.zeros(len(labels), dtype=torch.bool)
    with torch.inference_mode():
        for batch in examined.batches("test", test_rows):
            ready = examined.subject.prepare(batch)
            rows = ready.rows.cpu()
            dense = examined.subject.predict(ready.inputs).argmax(-1).cpu()
            found["dense"][rows] = dense == labels[rows]
            for key, answers in _answers(examined, ready, layers, made, table, counts):
                found[f"right/{key}"][:, rows] = answers == labels[rows]
    return Measured({**found, "labels": labels}, {
        "task": prepared.config.task.name, "seed": prepared.config.seed, "sites": [],
    })  # fmt: skip


def _answers(
    examined: Examined,
    ready: Ready,
    layers: Sequence[Layer],
    made: Mapping[str, Partition],
    table: Routers,
    counts: Sequence[int],
) -> list[tuple[str, Tensor]]:
    """Name of the arm -> predicted class, long ``[counts, B]``."""
    size = len(ready.rows)
    at_once = max(1, ROWS // size)
    parts = [counts[start : start + at_once] for start in range(0, len(counts), at_once)]
    found = []
    for (name, kind), routers in table.items():
        answers = []
        for part in parts:
            inputs = examined.subject.repeat(ready.inputs, len(part))
            with moefied(examined.subject.model, layers, made[name], routers, part):
                logits = examined.subject.predict(inputs)
            answers.append(logits.argmax(-1).view(len(part), size).cpu())
        found.append((f"{name}/{kind}", torch.cat(answers)))
    return found
