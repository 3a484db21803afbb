"""Tiny tuned models of every family, as subjects, with a batch of uneven texts."""

import torch
from tests.tiny import readout_of, tiny_backbone

from brodmann.config.schema import PromptConfig
from brodmann.methods import TunedModel, TunedSubject, build_method

PROMPTS = 3
LENGTHS = (7, 4, 5, 2)


def subject(family, sites="*.ffn", settings=None):
    backbone = tiny_backbone(family)
    generator = torch.Generator().manual_seed(0)
    method = build_method(settings or PromptConfig(length=PROMPTS, init_std=0.5), backbone,
                          generator)  # fmt: skip
    return TunedSubject(TunedModel(backbone, method, readout_of(backbone)), sites)


def batch(examined, side=None, seed=0):
    """Texts of uneven lengths (or images), padded on the side that the backbone wants."""
    generator = torch.Generator().manual_seed(seed)
    backbone, rows = examined.tuned.backbone, torch.arange(len(LENGTHS)) + 10
    if backbone.modality == "image":
        return {"pixel_values": torch.randn(len(LENGTHS), 3, 16, 16, generator=generator),
                "index": rows}  # fmt: skip
    side = side or ("left" if backbone.kind == "decoder" else "right")
    longest = max(LENGTHS) + 2
    ids, mask = torch.zeros(2, len(LENGTHS), longest, dtype=torch.long)
    for row, length in enumerate(LENGTHS):
        text = torch.randint(5, 40, (length,), generator=generator)
        tokens = torch.cat([torch.tensor([1]), text, torch.tensor([2])])
        place = slice(0, len(tokens)) if side == "right" else slice(longest - len(tokens), None)
        ids[row, place], mask[row, place] = tokens, 1
    return {"input_ids": ids, "attention_mask": mask, "index": rows}
