"""The activation functions of FFNs: where each family keeps its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from brodmann.backbones.backbone import Backbone
from brodmann.errors import RunError

_BERT = "intermediate.intermediate_act_fn"
PATHS = {
    **dict.fromkeys(("bert", "roberta", "electra", "deberta-v2"), _BERT),
    **dict.fromkeys(("llama", "mistral", "qwen3", "gemma"), "mlp.act_fn"),
    **dict.fromkeys(("modernbert", "gpt2", "gpt_neox", "timm_vit"), "mlp.act"),
    **dict.fromkeys(("t5", "t5_gated"), "layer.1.DenseReluDense.act"),
    "opt": "activation_fn",
    "vit": "mlp.activation_fn",
}
"""Family -> path in a block. Of a gated FFN it is the gate's."""


def ffn_activation(backbone: Backbone) -> Callable[[Tensor], Tensor]:
    """The activation function of a backbone's FFNs.

    Args:
        backbone: Of a family in ``PATHS``.

    Returns:
        The first block's; all blocks have the same.

    Raises:
        RunError: The installed library keeps it elsewhere.
    """
    found: Any = backbone.blocks[0]
    for name in PATHS[backbone.family.name].split("."):
        found = getattr(found, name, None)
    if not callable(found):
        raise RunError(f"the activation function of {backbone.family.name} is not where "
                       "brodmann.backbones.activations says")  # fmt: skip
    return found


def has_exact_zeros(backbone: Backbone) -> bool:
    """Whether neurons that do not fire are exactly zero, as ReLU makes them.

    Leaving those out changes nothing; of GELU and SiLU, whose neurons all say something, it does.
    """
    return isinstance(ffn_activation(backbone), nn.ReLU)
