"""IA3: learned rescaling of keys, values and neurons (Liu et al. 2022, section 3.3)."""

from __future__ import annotations

import torch

from brodmann.backbones.backbone import Backbone
from brodmann.methods.base import Method
from brodmann.methods.peft_layers import fan_in_fan_out, inject
from brodmann.methods.sites import module_paths


class Ia3(Method):
    """One vector for each key, value and FFN; all ones at first.

    PEFT's ``feedforward_modules`` are rescaled at their input, which are the neurons. Where query,
    key and value are fused, the query is rescaled as well.
    """

    def attach(self, backbone: Backbone, generator: torch.Generator) -> None:
        """Put PEFT's IA3 layers around the projections."""
        from peft import IA3Config

        neurons = module_paths(backbone, "ffn_out")
        paths = module_paths(backbone, "key", "value", "ffn_out")
        config = IA3Config(
            target_modules=paths,
            feedforward_modules=neurons,
            fan_in_fan_out=fan_in_fan_out(backbone, paths),
        )
        inject(backbone, config, generator)
        self.description = f"IA3 vectors on {len(paths)} projections"
