"""Where methods put their layers: full module paths, all stacks of blocks included.

The family table lists the encoder's blocks of an encoder-decoder; ``DECODER`` adds the decoder's.
"""

from __future__ import annotations

from torch import nn

from brodmann.backbones.backbone import Backbone

DECODER_BLOCKS = "decoder.block"
"""Where T5's decoder blocks are, whose names differ from the encoder's."""
DECODER: dict[str, tuple[str, ...]] = {
    "ffn_out": ("layer.2.DenseReluDense.wo",),
    "attention_out": ("layer.0.SelfAttention.o", "layer.1.EncDecAttention.o"),
    "query": ("layer.0.SelfAttention.q", "layer.1.EncDecAttention.q"),
    "key": ("layer.0.SelfAttention.k", "layer.1.EncDecAttention.k"),
    "value": ("layer.0.SelfAttention.v", "layer.1.EncDecAttention.v"),
}
"""Modules of a T5 decoder block; cross-attention counts as attention."""


def module_paths(backbone: Backbone, *names: str) -> list[str]:
    """Paths of the named modules in every block, each once, in the order of the model.

    Args:
        backbone: A loaded backbone.
        names: Fields of ``Family`` that are paths in a block: ``query``, ``ffn_out``, ...

    Returns:
        Paths relative to ``backbone.model``; fused projections are named once.
    """
    wanted = {
        id(module) for block in backbone.blocks for module in _of_block(backbone, block, names)
    }
    if backbone.kind == "encoder_decoder":
        for block in backbone.model.get_submodule(DECODER_BLOCKS).children():
            wanted |= {id(block.get_submodule(path)) for name in names for path in DECODER[name]}
    return [path for path, module in backbone.model.named_modules() if id(module) in wanted]


def _of_block(backbone: Backbone, block: nn.Module, names: tuple[str, ...]) -> list[nn.Module]:
    return [block.get_submodule(getattr(backbone.family, name)) for name in names]


def out_features(module: nn.Module) -> int:
    """Width of a projection's output, for ``nn.Linear`` and GPT-2's ``Conv1D``.

    Example:
        >>> out_features(nn.Linear(3, 5))
        5
    """
    return int(module.nf if is_conv1d(module) else module.out_features)  # type: ignore[arg-type]


def is_conv1d(module: nn.Module) -> bool:
    """Whether a projection keeps its weight as ``[in, out]`` (GPT-2)."""
    return type(module).__name__ == "Conv1D"
