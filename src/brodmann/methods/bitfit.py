"""BitFit: every bias of the backbone, and nothing else (Ben Zaken et al. 2022, section 3)."""

from __future__ import annotations

import torch
from torch import nn

from brodmann.backbones.backbone import Backbone
from brodmann.errors import RequestError
from brodmann.methods.base import Method


class Bitfit(Method):
    """The backbone's own biases, those of LayerNorm and of the LM head included.

    Biases of the LM head that belong to words other than the label words are not reached by the
    read-out, so they stay as they are.
    """

    def attach(self, backbone: Backbone, generator: torch.Generator) -> None:
        """Open the biases for training."""
        found = biases(backbone.model)
        if not any(biases(block) for block in backbone.blocks):
            raise RequestError(
                "method", "bitfit", f"the blocks of this {backbone.family.name} have no biases",
                "use method=lora, method=ia3, method=adapter or method=prompt",
            )  # fmt: skip
        refuse_half(found, "bitfit")
        for parameter in found:
            parameter.requires_grad_(True)
        self.description = f"{len(found)} bias vectors"


def biases(model: nn.Module) -> list[nn.Parameter]:
    """Every bias vector once, tied ones included once.

    Args:
        model: Any module.

    Returns:
        Parameters whose own name ends in ``bias`` (T5's ``relative_attention_bias`` is a module
        with a weight, not a bias).

    Example:
        >>> len(biases(nn.Sequential(nn.Linear(2, 2), nn.LayerNorm(2))))
        2
    """
    return [
        parameter
        for name, parameter in model.named_parameters()
        if name.rpartition(".")[2].endswith("bias")
    ]


def refuse_half(trained: list[nn.Parameter], method: str) -> None:
    """Refuse to train a backbone's own weights in half precision, where small updates are lost.

    Args:
        trained: The backbone's parameters that a method trains.
        method: The method's name, for the message.

    Raises:
        RequestError: One of them is of less than 32 bits.
    """
    half = {parameter.dtype for parameter in trained if parameter.element_size() < 4}
    if half:
        raise RequestError(
            "model.dtype", str(half.pop()).removeprefix("torch."),
            f"{method} would train these weights in half precision and lose small updates",
            "type model.dtype=float32 (and trainer.precision=bf16-mixed for speed)",
        )  # fmt: skip
