"""A backbone as an ordinary checkpoint: what ``model=hf model.path=FOLDER`` loads again."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import torch

from brodmann.backbones.backbone import Backbone
from brodmann.backbones.checkpoint import weight_files, weights_digest
from brodmann.backbones.widths import TABLE, find_ffns
from brodmann.neurons.pruning import widths


def save_backbone(backbone: Backbone, folder: Path) -> str:
    """Write config, weights (safetensors, float32) and tokenizer.

    Args:
        backbone: Of transformers; its weights may have been trained.
        folder: An empty folder.

    Returns:
        Digest of the weights (``backbones.checkpoint.weights_digest``).
    """
    model: Any = backbone.model
    whole = next(model.parameters()).dtype == torch.float32
    (model if whole else copy.deepcopy(model).float()).save_pretrained(folder)
    _save_tokenizer(backbone.tokenizer, folder)
    table = widths(model, find_ffns(model, backbone.family, backbone._body_path))
    told = getattr(model.config, backbone.family.ffn_width, None) or 4 * backbone.hidden_size
    if set(table.values()) != {told}:
        (folder / TABLE).write_text(json.dumps({"widths": table}, indent=1), encoding="utf-8")
    return weights_digest(weight_files(folder))


def _save_tokenizer(tokenizer: Any, folder: Path) -> None:
    """Fast tokenizers would write down the truncation and padding of their last call."""
    core = getattr(tokenizer, "backend_tokenizer", None)
    if core is not None:
        core.no_truncation()
        core.no_padding()
    tokenizer.save_pretrained(folder)
