"""Soft prompts: free vectors among the inputs, the only thing that is trained.

Prompt tuning (Lester et al. 2021, section 2; Wang et al. 2022, section 2.2) and, on a vision
backbone, shallow visual prompt tuning (Jia et al. 2022, section 3.2): vectors after [CLS], before
the patches, only at the first block. Where they stand is said by ``backbones.assembling``.
"""

from __future__ import annotations

import torch
from torch import nn

from brodmann.backbones.backbone import Backbone
from brodmann.methods.base import Method


class Prompt(Method):
    """``length`` vectors, drawn from N(0, init_std^2) and trained in fp32.

    Attributes:
        soft: The prompts, float ``[length, width]``.
    """

    def attach(self, backbone: Backbone, generator: torch.Generator) -> None:
        """Draw the prompts."""
        self.soft = nn.Parameter(
            random_prompts(self.settings.length, backbone.width, self.settings.init_std, generator)
        )
        self.description = f"{len(self.soft)} soft prompts of width {backbone.width}"

    def prompts(self) -> torch.Tensor:
        """The trained prompts, float ``[length, width]``."""
        return self.soft


def random_prompts(length: int, width: int, std: float, generator: torch.Generator) -> torch.Tensor:
    """Vectors from N(0, std^2).

    Args:
        length: Number of vectors.
        width: Width of the backbone's input embeddings.
        std: Standard deviation of each coordinate.
        generator: Source of the numbers.

    Returns:
        Float32 ``[length, width]``.

    Example:
        >>> random_prompts(3, 8, 0.03, torch.Generator().manual_seed(0)).shape
        torch.Size([3, 8])
    """
    return torch.randn(length, width, generator=generator).mul_(std)
