"""Checkpoints whose FFNs differ in width: a table beside the weights, since no config says it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from brodmann.backbones.family import Family
from brodmann.errors import RequestError, RunError
from brodmann.neurons.pruning import Ffn, prune, widths

TABLE = "widths.json"
"""``{"widths": {"encoder.0.ffn": 61, ...}}``: neurons of every FFN."""


def find_ffns(model: nn.Module, family: Family, body: str) -> list[Ffn]:
    """The FFNs of a model's blocks.

    Args:
        model: Of that family.
        family: Its row.
        body: Path of the body in the model.
    """
    parent = family.block(0, body=body).removesuffix(".0")
    into = [field for field in ("ffn_in", "gate") if getattr(family, field)]
    return [
        Ffn(
            site=f"{family.stack}.{index}.ffn",
            into=tuple(family.site(field, index, body=body) for field in into),
            out=family.site("ffn_out", index, body=body),
            halves=2 if family.gated and not family.gate else 1,
        )
        for index in range(len(list(model.get_submodule(parent).children())))
    ]


def read_widths(folder: Path) -> dict[str, int]:
    """The table of a checkpoint; empty where its config says everything.

    Raises:
        RequestError: The file is there, but is no such table.
    """
    path = folder / TABLE
    if not path.is_file():
        return {}
    try:
        table = json.loads(path.read_text(encoding="utf-8"))["widths"]
        return {str(site): int(width) for site, width in table.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RequestError("model.path", path, "this is no table of widths",
                           "save the pruned model again") from error  # fmt: skip


def narrow(model: nn.Module, family: Family, body: str, table: Mapping[str, int]) -> None:
    """Give a model's FFNs the widths of a table, whatever their weights, in place.

    Args:
        model: Built by its config: every FFN as wide as the config says.
        family: Says where the FFNs are.
        body: Path of the body in the model.
        table: Name of every site -> neurons.

    Raises:
        RunError: The table is another model's.
    """
    ffns = find_ffns(model, family, body)
    found = widths(model, ffns)
    if table.keys() != found.keys() or any(table[site] > found[site] for site in table):
        raise RunError(f"{TABLE} does not fit the checkpoint's config: {dict(table)} in {found}")
    with torch.device("cpu"):
        keep = {site: torch.arange(found[site]) < width for site, width in table.items()}
        means = {site: torch.zeros(width) for site, width in found.items()}
    prune(model, ffns, keep, means)


def narrow_class(
    whole: type[Any], family: Family, body: str, table: Mapping[str, int]
) -> type[Any]:
    """A class of models that are built with the widths of a table, so that weights fit them."""

    def build(self: Any, *arguments: Any, **options: Any) -> None:
        whole.__init__(self, *arguments, **options)
        narrow(self, family, body, table)

    return type(whole.__name__, (whole,), {"__init__": build, "__module__": whole.__module__})
