"""LoRA: low-rank updates of the attention's query and value (Hu et al. 2022, section 4)."""

from __future__ import annotations

from typing import Self

import torch

from brodmann.backbones.backbone import Backbone
from brodmann.methods.base import Method
from brodmann.methods.peft_layers import fan_in_fan_out, inject
from brodmann.methods.sites import module_paths


class Lora(Method):
    """Query and value of every block; where the three are fused, the key changes with them."""

    def attach(self, backbone: Backbone, generator: torch.Generator) -> None:
        """Put PEFT's LoRA layers around the projections."""
        from peft import LoraConfig

        paths = module_paths(backbone, "query", "value")
        config = LoraConfig(
            r=self.settings.rank,
            lora_alpha=self.settings.alpha,
            lora_dropout=self.settings.dropout,
            target_modules=paths,
            fan_in_fan_out=fan_in_fan_out(backbone, paths),
        )
        layers = inject(backbone, config, generator)
        self._dropouts = tuple(layer.get_submodule("lora_dropout") for layer in layers)
        self.description = f"LoRA of rank {self.settings.rank} on {len(paths)} projections"

    def train(self, mode: bool = True) -> Self:
        """Switch LoRA's own dropout, which lives inside the backbone, with the method."""
        for dropout in self._dropouts:
            dropout.train(mode)
        return super().train(mode)
