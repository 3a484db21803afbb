"""Tiny models for the tests of methods: built from the real parts, on tiny random checkpoints."""

import numpy as np
import torch
from tests.methods.rows import Stock
from tests.tiny import readout_of, tiny_backbone

from brodmann.backbones.backbone import Backbone
from brodmann.config.schema import MethodConfig
from brodmann.methods import TunedModel, build_method
from brodmann.methods.base import Method


class Bare(Method):
    """No method: the backbone as it is."""

    def attach(self, backbone: Backbone, generator: torch.Generator) -> None:
        """Do nothing."""


def fresh(family: str, dtype: str = "float32") -> Backbone:
    """A freshly loaded tiny backbone."""
    return tiny_backbone(family, dtype)


def tuned_model(
    family: str,
    settings: MethodConfig,
    seed: int = 0,
    attach: bool = True,
    dtype: str = "float32",
) -> TunedModel:
    """Backbone, method and read-out of a family; the same seed gives the same model."""
    backbone, generator = fresh(family, dtype), torch.Generator().manual_seed(seed)
    method = (build_method if attach else Bare)(settings, backbone, generator)
    return TunedModel(backbone, method, readout_of(backbone))


def stock(family: str) -> Stock:
    """Shapes of a backbone before any method."""
    backbone = fresh(family)
    named = dict(backbone.model.named_parameters(remove_duplicate=False))
    return Stock(
        family=family,
        width=backbone.width,
        hidden=backbone.hidden_size,
        blocks=len(backbone.blocks),
        weights={name: tuple(p.shape) for name, p in named.items()},
        storages={name: p.data_ptr() for name, p in named.items()},
    )


def batch_for(backbone: Backbone, seed: int = 0) -> dict[str, torch.Tensor]:
    """Four examples: texts of different lengths, padded as the family wants it, or images."""
    generator = torch.Generator().manual_seed(seed)
    targets = {"label": torch.tensor([0, 1, 1, 0]), "index": torch.arange(4)}
    if backbone.modality == "image":
        noise = np.random.default_rng(seed).integers(0, 256, (4, 20, 20, 3), dtype=np.uint8)
        return {"pixel_values": torch.stack([backbone.transform(x) for x in noise]), **targets}
    ids = torch.randint(10, 40, (4, 7), generator=generator)
    lengths = torch.tensor([7, 3, 5, 6])
    mask = (torch.arange(7) < lengths[:, None]).long()
    if backbone.kind == "decoder":
        mask = mask.flip(1)
    pad = backbone.tokenizer.pad_token_id or 0
    return {"input_ids": ids.where(mask.bool(), pad), "attention_mask": mask, **targets}


def logits_of(model: TunedModel, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """Logits in eval mode; the mode is put back."""
    training = model.training
    with torch.inference_mode():
        logits = model.eval()(batch).clone()
    model.train(training)
    return logits


def train_steps(model: TunedModel, batch: dict[str, torch.Tensor], steps: int = 3) -> None:
    """A few steps of AdamW; models without trained tensors are left alone."""
    trained = model.trained()
    if not trained:
        return
    torch.manual_seed(0)
    optimizer = torch.optim.AdamW(trained.values(), lr=0.01)
    model.train()
    for _ in range(steps):
        model.zero_grad()
        torch.nn.functional.cross_entropy(model(batch), batch["label"]).backward()
        optimizer.step()
