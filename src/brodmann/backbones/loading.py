"""From a folder to a module, a tokenizer, an image transform; nothing but safetensors."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from brodmann.backbones.checkpoint import read_config
from brodmann.backbones.ffns import ffn_tensors, replace_ffns
from brodmann.backbones.shuffled import shuffle_weights
from brodmann.backbones.source import ModelSource
from brodmann.backbones.widths import narrow, narrow_class, read_widths
from brodmann.config.schema import ModelConfig


def load_model(source: ModelSource, model: ModelConfig, with_head: bool) -> nn.Module:
    """The module with its weights, with random ones, or with its own in other places.

    Args:
        source: A resolved checkpoint.
        model: Dtype, attention, initialisation.
        with_head: Whether the LM head is wanted.

    Raises:
        RequestError: ``model.pruned`` is of another backbone.
    """
    load = _load_timm if source.family.name == "timm_vit" else _load_transformers
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(model.init_seed)
        module = load(source, model, with_head)
    body = source.family.body if with_head else ""
    if source.pruned:
        replace_ffns(module, source.family, body, _pruned_ffns(source, model, with_head))
    if model.init == "shuffled":
        shuffle_weights(module, model.init_seed, body)
    return module.to(getattr(torch, model.dtype))


def _pruned_ffns(source: ModelSource, model: ModelConfig, with_head: bool) -> dict[str, Tensor]:
    """FFNs of a file, or of a checkpoint that ``save_pruned`` wrote."""
    from safetensors.torch import load_file

    path = source.pruned
    if path is None or path.is_file():
        return load_file(path) if path else {}
    other = load_model(replace(source, folder=path, pruned=None), model, with_head)
    return ffn_tensors(other, source.family, source.family.body if with_head else "")


def _load_transformers(source: ModelSource, model: ModelConfig, with_head: bool) -> nn.Module:
    import transformers

    transformers.utils.logging.disable_progress_bar()
    heads = {
        "encoder": transformers.AutoModelForMaskedLM,
        "decoder": transformers.AutoModelForCausalLM,
        "encoder_decoder": transformers.AutoModelForSeq2SeqLM,
    }
    auto: Any = heads[source.family.kind] if with_head else transformers.AutoModel
    options: dict[str, Any] = {"dtype": getattr(torch, model.dtype)}
    if model.attention == "eager":
        options["attn_implementation"] = "eager"
    if source.family.pooler and not with_head:
        options["add_pooling_layer"] = False
    body = source.family.body if with_head else ""
    table = read_widths(source.folder)
    if model.init == "random":
        config = transformers.AutoConfig.from_pretrained(
            source.folder, local_files_only=True, trust_remote_code=False
        )
        module = auto.from_config(config, trust_remote_code=False, **options)
        if table:
            narrow(module, source.family, body, table)
        return module
    options |= {"local_files_only": True, "use_safetensors": True}
    if not table:
        return auto.from_pretrained(source.folder, trust_remote_code=False, **options)
    return _load_narrow(source, auto, options, body, table)


def _load_narrow(
    source: ModelSource, auto: Any, options: dict[str, Any], body: str, table: dict[str, int]
) -> nn.Module:
    import transformers

    config = transformers.AutoConfig.from_pretrained(
        source.folder, local_files_only=True, trust_remote_code=False
    )
    extra = {name: value for name, value in options.items() if name == "add_pooling_layer"}
    with torch.device("meta"):
        whole = type(auto.from_config(config, trust_remote_code=False, **extra))
    module = narrow_class(whole, source.family, body, table).from_pretrained(
        source.folder, **options
    )
    module.__class__ = whole
    return module


def _load_timm(source: ModelSource, model: ModelConfig, with_head: bool) -> nn.Module:
    import timm
    from safetensors.torch import load_file

    config = read_config(source.folder)
    module = timm.create_model(
        config["architecture"], pretrained=False, num_classes=0, **config.get("model_args", {})
    )
    table = read_widths(source.folder)
    if table:
        narrow(module, source.family, "", table)
    if model.init != "random":
        weights: dict[str, Tensor] = {}
        for path in sorted(source.folder.glob("*.safetensors")):
            weights |= load_file(path)
        wanted = module.state_dict().keys()
        module.load_state_dict({name: weights[name] for name in wanted})
    return module


def load_tokenizer(source: ModelSource) -> Any:
    """The checkpoint's own tokenizer; without a padding token it pads with its end token."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(
        source.folder, local_files_only=True, trust_remote_code=False
    )
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    return tokenizer


def load_transform(source: ModelSource) -> Callable[[Any], Tensor]:
    """Resize to the backbone's image size and normalise as it was trained.

    Returns:
        Image (uint8 [h, w, 3] or PIL) -> float32 [3, H, W].
    """
    config = read_config(source.folder)
    pretrained = {**config.get("pretrained_cfg", {}), **_processor(source)}
    size = pretrained.get("size", {}).get("height") or config.get("image_size")
    size = int(size or pretrained.get("input_size", (3, 224, 224))[-1])
    mean = torch.tensor(pretrained.get("mean") or pretrained.get("image_mean") or [0.5] * 3)
    std = torch.tensor(pretrained.get("std") or pretrained.get("image_std") or [0.5] * 3)

    def transform(image: Any) -> Tensor:
        from PIL import Image

        picture = Image.fromarray(image) if isinstance(image, np.ndarray) else image
        resized = picture.convert("RGB").resize((size, size), Image.Resampling.BICUBIC)
        pixels = torch.from_numpy(np.array(resized)).permute(2, 0, 1).float() / 255
        return (pixels - mean[:, None, None]) / std[:, None, None]

    return transform


def _processor(source: ModelSource) -> dict[str, Any]:
    path = source.folder / "preprocessor_config.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}
