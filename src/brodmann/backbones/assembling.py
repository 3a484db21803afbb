"""Putting prompts and [MASK] beside a text: where each layout has them."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from brodmann.backbones.backbone import Backbone
from brodmann.backbones.inputs import Inputs


def assemble(
    backbone: Backbone,
    batch: Mapping[str, Tensor],
    prompts: Tensor | None,
    layout: str,
    with_mask: bool,
) -> Inputs:
    """Put prompts and [MASK] beside a text.

    Layouts: encoders ``paper``: [MASK] P [CLS] x [SEP] (Wang et al. 2022, eq. 1), ``cls_first``:
    [CLS] [MASK] P x [SEP]; decoders: padding x P, read at the last position; encoder-decoders:
    P x </s> in the encoder.

    Args:
        backbone: Names the kind and the embeddings.
        batch: ``input_ids`` and ``attention_mask`` [B, T] (and ``predicted`` as in ``Inputs``), or
            ``pixel_values`` [B, C, H, W].
        prompts: Vectors [P, width], or None.
        layout: ``paper`` or ``cls_first``; looked at for encoders only.
        with_mask: Whether the read-out wants a [MASK].

    Returns:
        What ``Backbone.hidden`` takes.
    """
    if backbone.modality == "image":
        return Inputs(batch["pixel_values"], prompts=prompts)
    ids, mask = batch["input_ids"], batch["attention_mask"]
    embeds = backbone.embed(ids)
    block = _block(backbone, prompts, with_mask, embeds.dtype)
    at = _place(backbone.kind, layout, ids.shape[1])
    put = _Inserter(at, len(block))
    mask = put(mask, 1)
    return Inputs(
        embeds=torch.cat([embeds[:, :at], block.expand(len(ids), -1, -1), embeds[:, at:]], dim=1),
        attention_mask=mask,
        token_type_ids=_types(backbone, batch, put),
        position_ids=_positions(backbone, mask),
        read=_read(backbone.kind, at, len(block), with_mask),
        with_mask=with_mask,
        cls=0 if at else len(block),
        prompt=slice(at + int(with_mask), at + len(block)),
        content=put((backbone.is_content(ids) & batch["attention_mask"].bool()), False),
        predicted=batch.get("predicted"),
    )


class _Inserter:
    """Puts a constant where the block of prompts goes."""

    def __init__(self, at: int, count: int) -> None:
        self.at, self.count = at, count

    def __call__(self, values: Tensor, fill: int | bool) -> Tensor:
        block = values.new_full((len(values), self.count), fill)
        return torch.cat([values[:, : self.at], block, values[:, self.at :]], dim=1)


def _block(
    backbone: Backbone, prompts: Tensor | None, with_mask: bool, dtype: torch.dtype
) -> Tensor:
    parts = [backbone.mask_embedding()] if with_mask else []
    parts += [prompts.to(dtype)] if prompts is not None else []
    empty = torch.empty(0, backbone.width, dtype=dtype, device=backbone.device)
    return torch.cat([empty, *parts])


def _place(kind: str, layout: str, length: int) -> int:
    if kind == "decoder":
        return length
    return 1 if kind == "encoder" and layout == "cls_first" else 0


_READ = {"decoder": -1, "encoder_decoder": 0}


def _read(kind: str, at: int, count: int, with_mask: bool) -> int:
    """[MASK], the last position, the decoder's first, or [CLS] where there is no [MASK]."""
    if kind in _READ:
        return _READ[kind]
    return at if with_mask else (0 if at else count)


def _types(backbone: Backbone, batch: Mapping[str, Tensor], put: _Inserter) -> Tensor | None:
    types = batch.get("token_type_ids")
    return put(types, 0) if types is not None and backbone.family.takes_types else None


def _positions(backbone: Backbone, mask: Tensor) -> Tensor | None:
    if backbone.kind != "decoder" or not backbone.family.takes_positions:
        return None
    return (mask.cumsum(-1) - 1).clamp(min=0)
