"""The sites of a backbone, and what the positions of its inputs are."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from brodmann.backbones.backbone import Backbone
from brodmann.backbones.inputs import Inputs
from brodmann.neurons.sites import Site
from brodmann.neurons.tokens import TokenMasks

PRE_OUTPUT = {"ffn": "ffn_out", "attention": "attention_out"}
"""Kinds of site that are the input of a module -> field of ``Family``."""
OUTPUTS = ("query", "key", "value", "attention_out", "ffn_in", "ffn_out")
"""Linear layers whose outputs are sites of the same name; fused ones appear once, as ``query``."""


def find_sites(backbone: Backbone) -> list[Site]:
    """Every site of a backbone, block by block.

    Returns:
        ``<stack>.<block>.ffn`` and ``.attention`` (inputs of output projections), then one for
        the output of each linear layer.
    """
    sites = []
    for index in range(len(backbone.blocks)):
        rows = [(kind, field, "input") for kind, field in PRE_OUTPUT.items()]
        seen: set[str] = set()
        for field in OUTPUTS:
            path = getattr(backbone.family, field)
            if path not in seen:
                rows.append((field, field, "output"))
            seen.add(path)
        sites += [_site(backbone, index, *row) for row in rows]
    return sites


def _site(backbone: Backbone, index: int, kind: str, field: str, side: str) -> Site:
    path = backbone.family.site(field, index, body=backbone._body_path)
    units = widths(backbone.model.get_submodule(path))[side == "output"]
    return Site(f"{backbone.family.stack}.{index}.{kind}", index, kind, path, side, units)


def widths(module: nn.Module) -> tuple[int, int]:
    """Inputs and outputs of a linear layer, a GPT-2 ``Conv1D``, or either within PEFT's wrapper."""
    inner: Any = getattr(module, "base_layer", module)
    rows, columns = inner.weight.shape
    return (int(rows), int(columns)) if type(inner).__name__ == "Conv1D" else (columns, rows)


def output_norms(backbone: Backbone, site: Site) -> Tensor:
    """How strongly each unit of a pre-output site writes: the norm of its output weights.

    Returns:
        Float ``[U]``.
    """
    inner: Any = backbone.model.get_submodule(site.path)
    inner = getattr(inner, "base_layer", inner)
    return torch.linalg.vector_norm(
        inner.weight.detach().float(), dim=1 if type(inner).__name__ == "Conv1D" else 0
    )


def block_paths(backbone: Backbone) -> list[str]:
    """Paths of the blocks in ``backbone.model``."""
    family, body = backbone.family, backbone._body_path
    return [family.block(index, body=body) for index in range(len(backbone.blocks))]


REREAD = {"deberta-v2": ("encoder.conv", 0)}
"""Family -> a module of the body that reads a block's input again after it, and which block."""


def unsplit_blocks(backbone: Backbone) -> frozenset[int]:
    """Blocks at which a pass cannot go from one batch to several arms of it.

    Returns:
        Their indices: block 0 of a DeBERTa with its convolution, which adds up the block's input
        and output; none elsewhere.
    """
    path, block = REREAD.get(backbone.family.name, ("", 0))
    found: Any = backbone.body
    for name in filter(None, path.split(".")):
        found = getattr(found, name, None)
    return frozenset({block} if path and found is not None else ())


def token_masks(backbone: Backbone, inputs: Inputs, target: Tensor | None = None) -> TokenMasks:
    """What the positions of a batch are.

    Args:
        backbone: Says how images are laid out.
        inputs: What ``assemble`` made.
        target: Tokens that the examples name, bool ``[B, T]``.
    """
    if backbone.modality == "image":
        return _image_masks(backbone, inputs)
    attended = inputs.attention_mask.bool()  # type: ignore[union-attr]
    none = torch.zeros_like(attended)
    prompt, mask, cls = none.clone(), none.clone(), none.clone()
    prompt[:, inputs.prompt] = True
    if inputs.with_mask:
        mask[:, inputs.read] = True
    if backbone.kind == "encoder":
        cls[:, inputs.cls] = True
    return TokenMasks(attended, inputs.content, prompt, mask, cls,  # type: ignore[arg-type]
                      none if target is None else target)  # fmt: skip


def _image_masks(backbone: Backbone, inputs: Inputs) -> TokenMasks:
    model: Any = backbone.model
    prefix = int(getattr(model, "num_prefix_tokens", 1))
    timm = backbone.family.name == "timm_vit"
    embed = model.patch_embed if timm else model.embeddings.patch_embeddings
    prompts = 0 if inputs.prompts is None else len(inputs.prompts)
    count = prefix + prompts + int(embed.num_patches)
    positions = torch.arange(count, device=inputs.embeds.device).expand(len(inputs.embeds), -1)
    everything = torch.ones_like(positions, dtype=torch.bool)
    return TokenMasks(
        attended=everything,
        content=positions >= prefix + prompts,
        prompt=(positions >= prefix) & (positions < prefix + prompts),
        mask=~everything,
        cls=positions == 0,
        target=~everything,
    )
