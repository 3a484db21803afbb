"""A pretrained transformer, frozen, with one way to feed it and one way to read it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from brodmann.backbones.family import SITES, Family
from brodmann.backbones.inputs import Inputs
from brodmann.backbones.loading import load_model, load_tokenizer, load_transform
from brodmann.backbones.source import ModelSource
from brodmann.config.schema import ModelConfig
from brodmann.errors import BrodmannError


class Backbone(nn.Module):
    """The real HF or timm module with its row of the table.

    Args:
        model: The module, unaltered.
        source: Where it came from.
        with_head: Whether it carries its LM head.

    Attributes:
        model: The module.
        family: Its row in the table of architectures.
        kind: ``encoder``, ``decoder``, ``encoder_decoder`` or ``vision``.
        modality: ``text`` or ``image``.
        tokenizer: Of a text backbone.
        transform: Of a vision backbone: image -> float [C, H, W].
        width: Width of input embeddings and prompts.
        hidden_size: Width of the last hidden states.
        max_positions: Tokens it can take; None without a limit.
        blocks: Its transformer blocks.
    """

    def __init__(self, model: nn.Module, source: ModelSource, with_head: bool) -> None:
        super().__init__()
        self.model = model
        self.family: Family = source.family
        self.kind = source.family.kind
        self.modality = "image" if self.kind == "vision" else "text"
        self.max_positions = source.max_positions
        self._body_path = source.family.body if with_head else ""
        self.blocks = self._find_blocks()
        self._check_sites()
        self.tokenizer: Any = None
        self.transform: Callable[[Any], Tensor] | None = None
        self._read_widths(source)
        self.requires_grad_(False)
        self.train(False)

    @property
    def body(self) -> Any:
        """The transformer without its LM head."""
        return self.model.get_submodule(self._body_path) if self._body_path else self.model

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.model.parameters()).device

    def _read_widths(self, source: ModelSource) -> None:
        if self.modality == "image":
            self.transform = load_transform(source)
            config = getattr(self.model, "config", None)
            self.width = int(config.hidden_size if config else self.model.embed_dim)  # type: ignore[arg-type]
            self.hidden_size = self.width
            return
        self.tokenizer = load_tokenizer(source)
        embedding = self.model.get_input_embeddings()  # type: ignore[operator]
        self.width = int(embedding.weight.shape[1])
        config = self.model.config
        self.hidden_size = int(getattr(config, "hidden_size", None) or config.d_model)  # type: ignore[union-attr, arg-type]
        special = torch.zeros(embedding.weight.shape[0], dtype=torch.bool)
        special[[i for i in self.tokenizer.all_special_ids if i < len(special)]] = True
        self.register_buffer("_special", special, persistent=False)

    def _find_blocks(self) -> list[nn.Module]:
        parent = self.body.get_submodule(self.family.blocks.removesuffix(".{}"))
        return list(parent.children())

    def _check_sites(self) -> None:
        """Every path of the family's row must exist in every block.

        Raises:
            BrodmannError: The installed library keeps this architecture elsewhere.
        """
        for index, block in enumerate(self.blocks):
            for site in (*SITES, "gate"):
                try:
                    block.get_submodule(getattr(self.family, site))
                except AttributeError as error:
                    raise BrodmannError(
                        f"block {index} of {self.family.name} has no {getattr(self.family, site)} "
                        f"({site}): mend its row in brodmann.backbones.families"
                    ) from error

    def embed(self, input_ids: Tensor) -> Tensor:
        """Input embeddings of tokens: [B, T] long -> [B, T, width]."""
        return self.model.get_input_embeddings()(input_ids)  # type: ignore[operator]

    def mask_embedding(self) -> Tensor:
        """The frozen vector of [MASK], [1, width]."""
        token = torch.tensor([self.tokenizer.mask_token_id], device=self.device)
        return self.embed(token)

    def is_content(self, input_ids: Tensor) -> Tensor:
        """Which tokens are text and not special: bool [B, T]."""
        return ~self._special[input_ids]  # type: ignore[index]

    def hidden(self, inputs: Inputs) -> Tensor:
        """Last hidden states.

        Args:
            inputs: What ``assemble`` made.

        Returns:
            [B, T, hidden_size]; of an encoder-decoder the decoder's first state [B, 1, d].
        """
        return _HIDDEN[self.kind](self, inputs)


def _text_hidden(backbone: Backbone, inputs: Inputs) -> Tensor:
    optional = {"token_type_ids": inputs.token_type_ids, "position_ids": inputs.position_ids}
    output = backbone.body(
        inputs_embeds=inputs.embeds,
        attention_mask=inputs.attention_mask,
        **{name: value for name, value in optional.items() if value is not None},
        **({"use_cache": False} if backbone.kind == "decoder" else {}),
    )
    return output.last_hidden_state


def _decoder_hidden(backbone: Backbone, inputs: Inputs) -> Tensor:
    model: Any = backbone.model
    encoded = model.encoder(
        inputs_embeds=inputs.embeds, attention_mask=inputs.attention_mask
    ).last_hidden_state
    start = torch.full(
        (len(encoded), 1), model.config.decoder_start_token_id, device=encoded.device
    )
    output = model.decoder(
        input_ids=start,
        encoder_hidden_states=encoded,
        encoder_attention_mask=inputs.repeat(len(encoded) // len(inputs.embeds)).attention_mask,
        use_cache=False,
    )
    return output.last_hidden_state


def _vision_hidden(backbone: Backbone, inputs: Inputs) -> Tensor:
    model: Any = backbone.model
    with _inserted(backbone, inputs.prompts):
        if backbone.family.name == "timm_vit":
            return model.forward_features(inputs.embeds)
        return model(pixel_values=inputs.embeds).last_hidden_state


_HIDDEN: dict[str, Callable[[Backbone, Inputs], Tensor]] = {
    "encoder": _text_hidden,
    "decoder": _text_hidden,
    "encoder_decoder": _decoder_hidden,
    "vision": _vision_hidden,
}
_VISION_ENDS = {"vit": ("embeddings", "layernorm"), "timm_vit": ("norm_pre", "norm")}
"""Family -> the modules after which prompts come in and before which they go out."""


@contextlib.contextmanager
def _inserted(backbone: Backbone, prompts: Tensor | None) -> Iterator[None]:
    """Prompts after the prefix tokens, from the first block to the last."""
    if prompts is None:
        yield
        return
    model: Any = backbone.model
    first, last = _VISION_ENDS[backbone.family.name]
    prefix, count = int(getattr(model, "num_prefix_tokens", 1)), len(prompts)

    def insert(module: nn.Module, arguments: Any, output: Tensor) -> Tensor:
        block = prompts.to(output.dtype).expand(len(output), -1, -1)
        return torch.cat([output[:, :prefix], block, output[:, prefix:]], dim=1)

    def strip(module: nn.Module, arguments: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        states = arguments[0]
        kept = torch.cat([states[:, :prefix], states[:, prefix + count :]], dim=1)
        return (kept, *arguments[1:])

    handles = [
        model.get_submodule(first).register_forward_hook(insert),
        model.get_submodule(last).register_forward_pre_hook(strip),
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def load_backbone(source: ModelSource, model: ModelConfig, readout: str) -> Backbone:
    """Load a backbone, frozen, in eval mode, in the configured dtype.

    Args:
        source: A resolved checkpoint.
        model: Dtype, attention, and whether weights are random.
        readout: Decides whether the LM head is loaded.
    """
    with_head = readout != "classifier"
    return Backbone(load_model(source, model, with_head), source, with_head)
