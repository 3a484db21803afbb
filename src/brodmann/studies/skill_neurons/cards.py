"""The neurons that the report tells of, one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from brodmann.lab.prepare import Prepared
from brodmann.neurons.capture import capture
from brodmann.report.findings import Card, Shaded
from brodmann.studies.examined import Examined, examine
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.settings import settings
from brodmann.studies.suite import Job, Suite

SHOWN = 4
"""Texts at either end."""
WORDS = 10
"""Nearest words that a card shows."""
LONGEST = 60
"""Tokens of a text that are shown."""


def cards(suite: Suite, found: Mapping[Job, Measured]) -> list[Card]:
    """A card for the best neurons of each task, first seed."""
    jobs = [Job(task, suite.seeds[0]) for task in suite.tasks]
    rows = settings(suite.config).test_rows
    arguments = [{"rows": rows, "units": _units(found[job])} for job in jobs]
    portraits = suite.measure("portraits of neurons", portrait, jobs, arguments)
    return [
        _card(suite, found, job, place, one)
        for job, one in zip(jobs, portraits, strict=True)
        for place in range(len(one.info["units"]))
    ]


def _units(scan: Measured) -> list[dict[str, Any]]:
    """The best neuron of each column, and of the first column the next ones."""
    count = len(scan.info["top"]) // len(scan.info["columns"])
    places = [index * count for index in range(len(scan.info["columns"]))]
    if len(places) == 1:
        places = list(range(count))
    chosen = []
    for place in places:
        order = scan.tensors["values"][:, place].argsort()
        rows = [*order.flip(0)[:SHOWN].tolist(), *order[:SHOWN].tolist()]
        chosen.append({**scan.info["top"][place], "place": place, "rows": rows})
    return chosen


def portrait(prepared: Prepared, rows: int | None, units: Sequence[Mapping[str, Any]]) -> Measured:
    """Activations of neurons at every token of the texts that drive them highest and lowest.

    Args:
        prepared: The run.
        rows: Test examples that the rows count in.
        units: ``site``, ``unit``, and ``rows``: which examples.

    Returns:
        No tensors; ``units``: their texts as (tokens, values, class), and nearest words.
    """
    examined = examine(prepared)
    told = []
    for unit in units:
        texts = [_shaded(examined, unit, row, rows) for row in unit["rows"]]
        told.append({**unit, "texts": texts, "words": nearest_words(examined, unit)})
    return Measured({}, {"units": told, "sites": []})


def _shaded(
    examined: Examined, unit: Mapping[str, Any], row: int, rows: int | None
) -> tuple[list[str], list[float], str]:
    index = examined.subset("test", rows)[[row]]
    batch = examined.assembly.test.batch(index)
    site = next(s for s in examined.subject.sites if s.name == unit["site"])
    kept: list[Tensor] = []
    prepared = examined.subject.prepare(batch)
    with torch.inference_mode(), capture(
        examined.subject.model, [site], 1, lambda _, values: kept.append(values[0])
    ):  # fmt: skip
        examined.subject.predict(prepared.inputs)
    content = prepared.masks.content[0]
    values = kept[0][content, unit["unit"]].float().tolist()[:LONGEST]
    name = examined.prepared.data.classes[int(batch["label"])]
    return _tokens(examined, batch)[: len(values)], values, name


def _tokens(examined: Examined, batch: Mapping[str, Tensor]) -> list[str]:
    """The text's own tokens, readable; empty for images."""
    if "input_ids" not in batch:
        return []
    backbone = examined.assembly.tuned.backbone
    ids = batch["input_ids"][0]
    kept = backbone.is_content(ids[None])[0] & batch["attention_mask"][0].bool()
    tokenizer: Any = backbone.tokenizer
    return [tokenizer.decode([int(i)]).strip() or "·" for i in ids[kept]]


def nearest_words(examined: Examined, unit: Mapping[str, Any]) -> list[str]:
    """Words whose input embedding is nearest to the neuron's output weights (section 4.4)."""
    backbone = examined.assembly.tuned.backbone
    if backbone.modality != "text":
        return []
    site = next(s for s in examined.subject.sites if s.name == unit["site"])
    module: Any = backbone.model.get_submodule(site.path)
    module = getattr(module, "base_layer", module)
    weight = module.weight.detach().float()
    vector = weight[unit["unit"]] if type(module).__name__ == "Conv1D" else weight[:, unit["unit"]]
    model: Any = backbone.model
    table = model.get_input_embeddings().weight.detach().float()
    if table.shape[1] != len(vector):
        return []
    near = torch.cosine_similarity(table, vector[None], dim=1)
    tokenizer: Any = backbone.tokenizer
    found = [tokenizer.decode([i]).strip() for i in near.argsort(descending=True)[:40].tolist()]
    return [word for word in dict.fromkeys(found) if word][:WORDS]


def _read(scan: Measured, unit: Mapping[str, Any], column: int) -> dict[str, str | float]:
    """Where a neuron is read, from which value on, and what being above it means."""
    place = f"{1 + int(unit['position'])} of {scan.info['positions']} ({scan.info['policy']})"
    classes = scan.info["classes"]
    name = classes[1] if len(scan.info["columns"]) == 1 else classes[column]
    return {"read at position": place, "threshold": float(unit["threshold"]),
            "above it means": name if unit["sign"] > 0 else f"not {name}"}  # fmt: skip


def _card(
    suite: Suite, found: Mapping[Job, Measured], job: Job, place: int, told: Measured
) -> Card:
    unit, scan = told.info["units"][place], found[job]
    values = scan.tensors["values"][:, unit["place"]].numpy()
    labels = scan.tensors["labels"].numpy()
    texts = [Shaded(tokens, shades, label) for tokens, shades, label in unit["texts"]]
    column = unit["place"] * len(scan.info["columns"]) // len(scan.info["top"])
    here = scan.tensors[f"test/{unit['site']}"][unit["unit"], column]
    return Card(
        unit=f"{unit['site']}:{unit['unit']}", task=job.task,
        facts={
            "validation score": float(unit["dev"]), "test score": float(here),
            **_read(scan, unit, column),
            "s.d. over tokens": float(scan.tensors[f"std/{unit['site']}"][unit["unit"]]),
            "output norm": float(scan.tensors[f"norm/{unit['site']}"][unit["unit"]]),
        },
        by_class={
            name: values[labels == index][:200].astype(float).tolist()
            for index, name in enumerate(scan.info["classes"])
        },
        highest=[text for text in texts[:SHOWN] if text.tokens],
        lowest=[text for text in texts[SHOWN:] if text.tokens],
        words=unit["words"],
        elsewhere={
            task: float(np.max(found[Job(task, job.seed)].tensors[f"test/{unit['site']}"]
                               [unit["unit"]].numpy()))
            for task in suite.tasks if task != job.task
        },
    )  # fmt: skip
