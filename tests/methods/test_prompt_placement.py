"""Prompts against the stock model, called on embeddings that are put together by hand."""

from dataclasses import replace

import pytest
import torch
from tests.methods.building import batch_for, fresh, logits_of, tuned_model
from tests.tiny import FAMILY_NAMES

from brodmann.config.schema import FrozenConfig, PromptConfig
from brodmann.errors import RequestError
from brodmann.methods import build_method
from brodmann.methods.prompt import random_prompts

TEXT = [family for family in FAMILY_NAMES if not family.endswith("vit")]
ENCODERS = ["bert", "roberta", "electra", "deberta-v2", "modernbert"]
SETTINGS = PromptConfig(length=3, init_std=1.0)


def by_hand(model, ids, layout):
    """Logits of one text without padding, through the model's own forward and whole LM head."""
    backbone, prompts = model.backbone, model.method.prompts()
    embed = backbone.model.get_input_embeddings()
    text = embed(ids)
    if backbone.kind == "encoder":
        mask = embed(torch.tensor([backbone.tokenizer.mask_token_id]))
        parts = {
            "paper": [mask, prompts, text],
            "cls_first": [text[:1], mask, prompts, text[1:]],
        }[layout]
        read, more = {"paper": 0, "cls_first": 1}[layout], {}
    elif backbone.kind == "decoder":
        parts, read, more = [text, prompts], -1, {}
    else:
        start = torch.tensor([[backbone.model.config.decoder_start_token_id]])
        parts, read, more = [prompts, text], 0, {"decoder_input_ids": start}
    output = backbone.model(inputs_embeds=torch.cat(parts)[None], **more)
    return output.logits[0, read][model.readout.ids]


@pytest.mark.parametrize(
    ("family", "layout"),
    [(family, "paper") for family in TEXT] + [(family, "cls_first") for family in ENCODERS],
)
def test_text_prompts(family, layout):
    model = tuned_model(family, replace(SETTINGS, layout=layout)).eval()
    batch = batch_for(model.backbone)
    got = logits_of(model, batch)
    rows = zip(batch["input_ids"], batch["attention_mask"], got, strict=True)
    for ids, mask, logits in rows:
        with torch.no_grad():
            expected = by_hand(model, ids[mask.bool()], layout)
        torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-4)


def vision_states(backbone, pixels, prompts):
    """Hidden states of the patches and prefix tokens, the blocks applied one by one."""
    model = backbone.model
    if backbone.family.name == "vit":
        states, norm = model.embeddings(pixels), model.layernorm
    else:
        states, norm = model._pos_embed(model.patch_embed(pixels)), model.norm
    block = prompts.expand(len(pixels), -1, -1)
    states = torch.cat([states[:, :1], block, states[:, 1:]], dim=1)
    for layer in backbone.blocks:
        output = layer(states)
        states = output if isinstance(output, torch.Tensor) else output[0]
    return norm(torch.cat([states[:, :1], states[:, 1 + len(prompts) :]], dim=1))


@pytest.mark.parametrize("family", ["vit", "timm_vit"])
def test_visual_prompts(family):
    model = tuned_model(family, SETTINGS).eval()
    batch = batch_for(model.backbone)
    with torch.no_grad():
        states = vision_states(model.backbone, batch["pixel_values"], model.method.prompts())
        expected = model.readout.head(states[:, 0])
    torch.testing.assert_close(logits_of(model, batch), expected, rtol=1e-4, atol=1e-5)
    bare = tuned_model(family, SETTINGS, attach=False)
    assert not torch.allclose(logits_of(bare, batch), expected, atol=1e-4)


def test_initialisation():
    prompts = random_prompts(200, 500, 0.03, torch.Generator().manual_seed(0))
    assert prompts.std().item() == pytest.approx(0.03, rel=0.02)
    assert abs(prompts.mean().item()) < 1e-3
    model = tuned_model("bert", PromptConfig(length=5, init_std=0.03), seed=4)
    numbers = torch.randn(5, model.backbone.width, generator=torch.Generator().manual_seed(4))
    torch.testing.assert_close(model.method.soft.detach(), numbers * 0.03)
    assert model.method.description == f"5 soft prompts of width {model.backbone.width}"


def test_written_prompt_takes_the_place_of_its_tokens():
    backbone = fresh("bert")
    word = backbone.tokenizer.decode([12])
    words = f"{word} {word}"
    ids = backbone.tokenizer(words, add_special_tokens=False)["input_ids"]
    model = tuned_model("bert", FrozenConfig(text=words))
    table = model.backbone.model.get_input_embeddings().weight
    assert torch.equal(model.method.prompts(), table[ids])
    assert not model.trained()
    assert not dict(model.method.named_parameters())


def test_written_prompt_for_images_is_refused():
    with pytest.raises(RequestError, match="method.text=a photo: this backbone reads images"):
        build_method(FrozenConfig(text="a photo"), fresh("vit"), torch.Generator())


def test_half_precision_backbone_keeps_prompts_in_fp32():
    backbone = fresh("bert", "bfloat16")
    method = build_method(SETTINGS, backbone, torch.Generator())
    assert method.soft.dtype == torch.float32
