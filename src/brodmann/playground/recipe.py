"""Everything that determines the nano backbone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """Everything that determines the nano backbone.

    Attributes:
        layers: Transformer blocks.
        width: Hidden size; FFN neurons are four times as many.
        heads: Attention heads.
        steps: Optimizer steps.
        batch: Documents per step.
        lr: Largest learning rate of the one cycle.
        text_rate: Share of the texts' tokens that is masked.
        summary_rate: How often a summary word is masked.
        protocol: Raised when the code below changes what comes out.
    """

    layers: int = 4
    width: int = 128
    heads: int = 4
    steps: int = 1800
    batch: int = 32
    lr: float = 7e-4
    text_rate: float = 0.08
    summary_rate: float = 0.9
    protocol: int = 1
