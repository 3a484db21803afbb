"""Bottleneck adapters: small networks after sub-layers of each block.

Houlsby et al. 2019 (section 2.1: after attention and after the FFN) and Pfeiffer et al. 2021
(after the FFN only). An adapter acts on the output of the sub-layer's last projection, inside the
block's residual sum and before its LayerNorm, as in Houlsby et al.; the block's own dropout comes
after it. The Pfeiffer variant of the released code sits after the LayerNorm instead.

The adapters are reached by forward hooks on the real projections, so no module path changes.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils import skip_init

from brodmann.backbones.backbone import Backbone
from brodmann.errors import RequestError
from brodmann.methods.base import Method
from brodmann.methods.check import VARIANTS
from brodmann.methods.sites import module_paths, out_features


class Bottleneck(nn.Module):
    """``x + up(relu(down(x)))``, the identity at first.

    Args:
        width: Coordinates of the input and the output.
        inner: Coordinates of the bottleneck.
        generator: Source of the first weights: ``down`` is N(0, 1/width), the rest zero.
    """

    def __init__(self, width: int, inner: int, generator: torch.Generator) -> None:
        super().__init__()
        self.down = skip_init(nn.Linear, width, inner)
        self.up = skip_init(nn.Linear, inner, width)
        nn.init.normal_(self.down.weight, std=width**-0.5, generator=generator)
        for zero in (self.down.bias, self.up.weight, self.up.bias):
            nn.init.zeros_(zero)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Adapt hidden states ``[..., width]``; computed in fp32, returned in their own dtype."""
        change = self.up(functional.relu(self.down(x.to(self.down.weight.dtype))))
        return x + change.to(x.dtype)

    def after(self, module: nn.Module, args: object, output: torch.Tensor) -> torch.Tensor:
        """The forward hook: put this adapter behind a projection."""
        return self(output)


class Adapter(Method):
    """One adapter (``pfeiffer``) or two (``houlsby``) in every block, T5's decoder included.

    Attributes:
        adapters: The adapters, in the order of the model.
    """

    def attach(self, backbone: Backbone, generator: torch.Generator) -> None:
        """Create the adapters and hook them behind their projections."""
        inner = backbone.hidden_size // self.settings.reduction
        if inner < 1:
            raise RequestError(
                "method.reduction", self.settings.reduction,
                f"the backbone is only {backbone.hidden_size} wide",
                f"type at most {backbone.hidden_size}",
            )  # fmt: skip
        paths = module_paths(backbone, *VARIANTS[self.settings.variant])
        targets = [backbone.model.get_submodule(path) for path in paths]
        self.adapters = nn.ModuleList(
            Bottleneck(out_features(target), inner, generator) for target in targets
        )
        self._handles = [
            target.register_forward_hook(cast(Any, adapter).after)
            for target, adapter in zip(targets, self.adapters, strict=True)
        ]
        self.description = f"{len(targets)} adapters of width {inner} ({self.settings.variant})"
