"""A planted transformer with a task's prompt, as the core examines it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from brodmann.neurons.sites import Site
from brodmann.neurons.subject import Batch, Prepared
from brodmann.neurons.tokens import TokenMasks
from brodmann.playground.planted.model import PlantedTransformer
from brodmann.playground.planted.texts import MASK, PAD


@dataclass(frozen=True)
class Inputs:
    """What the transformer reads.

    Attributes:
        embeds: Float ``[B, T, D]``: prompts, [MASK], text, padding.
        attended: Bool ``[B, T]``.
    """

    embeds: Tensor
    attended: Tensor


class PlantedSubject:
    """Prompts before [MASK] and the text; the answer is read at [MASK].

    Args:
        model: The transformer.
        prompt: Float ``[P, D]``.
        labels: Rows of the head that are the task's classes.

    Attributes:
        model: The transformer.
        sites: Its FFN neurons.
        blocks: Paths of its blocks.
        unsplit: None of them.
    """

    def __init__(self, model: PlantedTransformer, prompt: Tensor, labels: Sequence[int]) -> None:
        self.model, self.prompt, self.labels = model.eval(), prompt, list(labels)
        count = len(model.blocks)
        self.blocks = [f"blocks.{index}" for index in range(count)]
        units = int(model.blocks[0].ffn.out.in_features)  # type: ignore[union-attr, arg-type]
        self.sites = [
            Site(f"encoder.{i}.ffn", i, "ffn", f"blocks.{i}.ffn.out", "input", units)
            for i in range(count)
        ]
        self.unsplit: frozenset[int] = frozenset()

    def prepare(self, batch: Batch) -> Prepared:
        """Put the prompt and [MASK] in front of ``input_ids`` ``[B, T]``."""
        ids = batch["input_ids"]
        rows, count = len(ids), len(self.prompt)
        asked = torch.full((rows, 1), MASK)
        words = self.model.embedding(torch.cat([asked, ids], 1))
        embeds = torch.cat([self.prompt.expand(rows, -1, -1), words], 1)
        content = torch.cat([torch.zeros(rows, count + 1, dtype=torch.bool), ids != PAD], 1)
        first = torch.zeros_like(content)
        first[:, : count + 1] = True
        prompt, mask = first.clone(), torch.zeros_like(content)
        prompt[:, count], mask[:, count] = False, True
        attended, nowhere = content | first, torch.zeros_like(content)
        masks = TokenMasks(attended, content, prompt, mask, nowhere, nowhere)
        return Prepared(Inputs(embeds, attended), masks, batch["index"])

    def predict(self, inputs: Inputs) -> Tensor:
        """Logits of the task's label words, float ``[B, C]``."""
        states = self.model(inputs.embeds, inputs.attended)[:, len(self.prompt)]
        answers: Tensor = self.model.head(states)
        return answers[:, self.labels]

    def repeat(self, inputs: Inputs, times: int) -> Inputs:
        """The same batch several times over."""
        return Inputs(inputs.embeds.repeat(times, 1, 1), inputs.attended.repeat(times, 1))
