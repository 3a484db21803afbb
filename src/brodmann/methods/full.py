"""Full fine-tuning: every weight of the backbone."""

from __future__ import annotations

import torch

from brodmann.backbones.backbone import Backbone
from brodmann.methods.base import Method
from brodmann.methods.bitfit import refuse_half


class Full(Method):
    """Nothing is frozen. Neurons are no longer those of the pretrained backbone."""

    def attach(self, backbone: Backbone, generator: torch.Generator) -> None:
        """Open every weight for training."""
        weights = list(backbone.model.parameters())
        refuse_half(weights, "full")
        for weight in weights:
            weight.requires_grad_(True)
        self.description = "every weight of the backbone"
