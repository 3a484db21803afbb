"""A tuned model as the core examines it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from brodmann.backbones.inputs import Inputs
from brodmann.backbones.sites import block_paths, find_sites, token_masks, unsplit_blocks
from brodmann.methods.tuned import TunedModel
from brodmann.neurons.sites import Site, address
from brodmann.neurons.subject import Batch, Prepared


class TunedSubject:
    """A backbone with its method and read-out, in eval mode.

    Args:
        tuned: What was trained; switched to eval mode.
        sites: Patterns as for ``neurons.sites.address``; the neurons when not given.

    Attributes:
        model: The backbone's module.
        sites: The addressed sites.
        blocks: Paths of the transformer blocks.
        unsplit: Blocks whose inputs something after them reads again.
    """

    def __init__(self, tuned: TunedModel, sites: str | Sequence[str] = "*.ffn") -> None:
        self.tuned = tuned.eval()
        self.model = tuned.backbone.model
        self.sites: list[Site] = address(find_sites(tuned.backbone), sites)
        self.blocks = block_paths(tuned.backbone)
        self.unsplit = unsplit_blocks(tuned.backbone)

    def prepare(self, batch: Batch) -> Prepared:
        """Embed a batch and say what its positions are."""
        device = self.tuned.backbone.device
        batch = {name: values.to(device) for name, values in batch.items()}
        inputs = self.tuned.assemble(batch)
        masks = token_masks(self.tuned.backbone, inputs)
        rows = batch.get("index", torch.arange(len(inputs.embeds), device=device))
        return Prepared(inputs, masks, rows)

    def predict(self, inputs: Inputs) -> Tensor:
        """Logits, float ``[B, C]``."""
        return self.tuned.predict(inputs)

    def repeat(self, inputs: Inputs, times: int) -> Inputs:
        """The same batch several times over."""
        return inputs.repeat(times)


class StateSubject(TunedSubject):
    """A backbone whose answer is its state where it would be read, whatever its read-out is.

    For questions to the neurons alone, as to a backbone that is being pre-trained.
    """

    def predict(self, inputs: Inputs) -> Tensor:
        """Last hidden states, float ``[B, d]``."""
        return self.tuned.backbone.hidden(inputs)[:, inputs.read]
