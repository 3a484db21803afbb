"""Everything that determines a nano backbone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Recipe:
    """Everything that determines the nano backbone.

    Attributes:
        objective: Masked words and summaries of the tasks' own corpus, in BERT's architecture.
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

    objective: ClassVar[str] = "summaries"
    layers: int = 4
    width: int = 128
    heads: int = 4
    steps: int = 1800
    batch: int = 32
    lr: float = 7e-4
    text_rate: float = 0.08
    summary_rate: float = 0.9
    protocol: int = 1


@dataclass(frozen=True)
class WorldRecipe:
    """Everything that determines a nano backbone of the world.

    Attributes:
        objective: ``causal`` (OPT's architecture, next-token prediction) or ``masked`` (BERT's,
            masked words); both with ReLU neurons.
        layers: Transformer blocks.
        width: Hidden size; FFN neurons are four times as many.
        heads: Attention heads.
        steps: Optimizer steps.
        batch: Documents per step.
        lr: Largest learning rate of the one cycle.
        text_rate: Share of the words that is masked.
        verdict_weight: How many words a word counts for that says what a text amounts to.
        protocol: Raised when the code below changes what comes out.
    """

    objective: str = "causal"
    layers: int = 4
    width: int = 128
    heads: int = 4
    steps: int = 2400
    batch: int = 32
    lr: float = 2e-3
    text_rate: float = 0.15
    verdict_weight: float = 6.0
    protocol: int = 1


AnyRecipe = Recipe | WorldRecipe
"""A recipe of either corpus."""
RECIPES: dict[str, AnyRecipe] = {
    "nano": Recipe(),
    "nano_causal": WorldRecipe(),
    "nano_world": WorldRecipe("masked"),
}
"""``model.name`` -> how the backbone is made."""
