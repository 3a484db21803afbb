"""Pre-training: every weight of a backbone, by language modelling; what comes out is a backbone.

Masked tokens for encoders (Devlin et al. 2019, section 3.1, task 1; masks drawn anew for every
pass, Liu et al. 2019, section 4.1), the next token for decoders (Radford et al. 2019). Which tokens
are predicted is said by ``training.objectives``; the sequences are packed (``tasks.packing``).
"""

from __future__ import annotations

import torch

from brodmann.backbones.backbone import Backbone
from brodmann.methods.base import Method
from brodmann.methods.bitfit import refuse_half


class Pretrain(Method):
    """Every weight, biases and norms without weight decay."""

    spares_vectors = True

    def attach(self, backbone: Backbone, generator: torch.Generator) -> None:
        """Open every weight for training."""
        weights = list(backbone.model.parameters())
        refuse_half(weights, "pretrain")
        for weight in weights:
            weight.requires_grad_(True)
        self.description = "every weight of the backbone, by language modelling"
