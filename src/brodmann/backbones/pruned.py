"""Pruned backbones: made from whole ones, saved as checkpoints, loaded by one function."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from brodmann.backbones.backbone import Backbone, load_backbone
from brodmann.backbones.source import ModelSource, resolve_model
from brodmann.backbones.widths import TABLE, find_ffns
from brodmann.config.schema import ModelConfig
from brodmann.errors import RunError
from brodmann.neurons.pruning import prune, widths

BESIDE = ("*.json", "*.txt", "*.model")
"""What is copied along with the weights: config, tokenizer, image processor."""


def prune_backbone(
    backbone: Backbone,
    keep: Mapping[str, Tensor],
    means: Mapping[str, Tensor],
    fold_kept: bool = False,
) -> Backbone:
    """A copy of a backbone with fewer neurons; the whole one stays as it is.

    Args:
        backbone: Without a method.
        keep: Site name -> bool ``[U]``; sites that are not named stay whole.
        means: Site name -> float ``[U]``, folded into the output's bias for removed neurons.
        fold_kept: As in ``neurons.pruning.prune``.

    Raises:
        RunError: As ``neurons.pruning.prune``.
    """
    pruned = copy.deepcopy(backbone)
    ffns = find_ffns(pruned.model, pruned.family, pruned._body_path)
    prune(pruned.model, ffns, keep, means, fold_kept)
    return pruned


def save_pruned(backbone: Backbone, source: ModelSource, folder: Path) -> bool:
    """Write a pruned backbone as a checkpoint: safetensors, and a table of widths if needed.

    Where all blocks have one width and no bias was created, it is an ordinary checkpoint, which
    transformers loads; its config says the width.

    Args:
        backbone: What ``prune_backbone`` made.
        source: The checkpoint that the whole backbone came from.
        folder: Must not exist; it appears complete or not at all.

    Returns:
        Whether the checkpoint is an ordinary one.

    Raises:
        RunError: The folder exists.
    """
    if folder.exists():
        raise RunError(f"{folder} exists: remove it, or save elsewhere")
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for path in (path for pattern in BESIDE for path in source.folder.glob(pattern)):
        if path.name not in (TABLE, "model.safetensors.index.json"):
            shutil.copyfile(path, part / path.name)
    model: Any = backbone.model
    table = widths(model, find_ffns(model, backbone.family, backbone._body_path))
    config = _ordinary_config(backbone, table)
    if config is None:
        (part / TABLE).write_text(json.dumps({"widths": table}, indent=1), encoding="utf-8")
    if hasattr(model, "save_pretrained"):
        model.save_pretrained(part)
    else:
        tensors = {name: values.contiguous() for name, values in model.state_dict().items()}
        save_file(tensors, part / "model.safetensors")
    if config is not None:
        config.save_pretrained(part)
    part.rename(folder)
    return config is not None


def load_pruned(folder: Path, readout: str | None = None, dtype: str = "float32") -> Backbone:
    """Load what ``save_pruned`` wrote, frozen, in eval mode.

    ``model=hf model.path=FOLDER`` (``model=timm`` for timm's) does the same.

    Args:
        folder: The checkpoint.
        readout: Decides whether the LM head is loaded; the model's first one when not given.
        dtype: Of the weights.
    """
    model = ModelConfig(name=folder.name, path=str(folder), dtype=dtype)
    source = resolve_model(model, None)
    return load_backbone(source, model, readout or source.readouts[0])


def _ordinary_config(backbone: Backbone, table: Mapping[str, int]) -> Any | None:
    """The config from which the library itself builds a model of these shapes, if there is one."""
    model: Any = backbone.model
    if len(set(table.values())) > 1 or not backbone.family.ffn_width:
        return None
    config = copy.deepcopy(model.config)
    setattr(config, backbone.family.ffn_width, next(iter(table.values())))
    with torch.device("meta"):
        twin = type(model)(config)
    config.architectures = [type(model).__name__]
    return config if _shapes(model).items() <= _shapes(twin).items() else None


def _shapes(model: nn.Module) -> dict[str, torch.Size]:
    return {name: values.shape for name, values in model.state_dict().items()}
