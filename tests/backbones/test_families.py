"""Every family against the stock model: placement, padding, heads, sites."""

import pytest
import torch
import transformers
from tests.tiny import (
    FAMILY_NAMES,
    LABEL_WORDS,
    VOCABULARY,
    checkpoint,
    readout_of,
    source,
    tiny_backbone,
)

from brodmann.backbones.assembling import assemble
from brodmann.backbones.backbone import load_backbone
from brodmann.backbones.family import SITES
from brodmann.config.schema import ModelConfig

TEXT = [name for name in FAMILY_NAMES if "vit" not in name]
ENCODERS = ["bert", "roberta", "electra", "deberta-v2", "modernbert"]
DECODERS = ["gpt2", "opt", "gpt_neox", "llama", "mistral", "qwen3", "gemma"]
IDS = torch.tensor([[1, 12, 14, 16, 20, 2], [1, 30, 33, 2, 21, 2]])


def stock(family):
    autos = {"t5": "AutoModelForSeq2SeqLM", "t5_gated": "AutoModelForSeq2SeqLM"}
    autos |= dict.fromkeys(ENCODERS, "AutoModelForMaskedLM")
    auto = getattr(transformers, autos.get(family, "AutoModelForCausalLM"))
    return auto.from_pretrained(checkpoint(family), dtype=torch.float32).eval()


def ours(backbone, batch, with_mask=False, prompts=None, layout="paper"):
    readout = readout_of(backbone)
    inputs = assemble(backbone, batch, prompts, layout, with_mask)
    return readout(backbone.hidden(inputs), inputs), inputs


def batch_of(ids, mask=None):
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids) if mask is None else mask}


@pytest.mark.parametrize("family", TEXT)
@torch.no_grad()
def test_logits_equal_the_stock_models(family):
    backbone, model = tiny_backbone(family), stock(family)
    rows = [VOCABULARY.index(word) for word in LABEL_WORDS]
    if backbone.kind == "encoder":
        ids = torch.cat([torch.full((2, 1), VOCABULARY.index("<mask>")), IDS], dim=1)
        theirs = model(input_ids=ids).logits[:, 0, rows]
        logits, _ = ours(backbone, batch_of(IDS), with_mask=True)
    elif backbone.kind == "decoder":
        theirs = model(input_ids=IDS).logits[:, -1, rows]
        logits, _ = ours(backbone, batch_of(IDS))
    else:
        start = torch.zeros(2, 1, dtype=torch.long)
        theirs = model(input_ids=IDS, decoder_input_ids=start).logits[:, 0, rows]
        logits, _ = ours(backbone, batch_of(IDS))
    torch.testing.assert_close(logits, theirs, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("family", TEXT)
@torch.no_grad()
def test_padding_changes_nothing(family):
    backbone = tiny_backbone(family)
    prompts = torch.randn(3, backbone.width, generator=torch.Generator().manual_seed(1))
    pads = torch.zeros(2, 4, dtype=torch.long)
    sides = (pads, IDS) if backbone.kind == "decoder" else (IDS, pads)
    padded = torch.cat(sides, dim=1)
    mask = torch.cat([torch.ones_like(x) if x is IDS else x for x in sides], dim=1)
    with_mask = backbone.kind == "encoder"
    plain, a = ours(backbone, batch_of(IDS), with_mask, prompts)
    other, b = ours(backbone, batch_of(padded, mask), with_mask, prompts)
    torch.testing.assert_close(plain, other, atol=1e-5, rtol=1e-5)
    assert a.content.sum() == b.content.sum() == 7


@pytest.mark.parametrize("layout", ["paper", "cls_first"])
def test_layouts_of_an_encoder(layout):
    backbone = tiny_backbone("bert")
    prompts = torch.randn(3, backbone.width)
    inputs = assemble(backbone, batch_of(IDS), prompts, layout, with_mask=True)
    at = 0 if layout == "paper" else 1
    assert (inputs.read, inputs.prompt) == (at, slice(at + 1, at + 4))
    torch.testing.assert_close(inputs.embeds[0, inputs.prompt], prompts)
    torch.testing.assert_close(inputs.embeds[:, at], backbone.mask_embedding().expand(2, -1))
    torch.testing.assert_close(inputs.embeds[:, 4:][:, 1:], backbone.embed(IDS)[:, 1:])


@pytest.mark.parametrize("family", FAMILY_NAMES)
@torch.no_grad()
def test_every_site_is_there_and_fires_once(family):
    backbone, fired = tiny_backbone(family), []
    assert len(backbone.blocks) == 2
    widths = set()
    for block in backbone.blocks:
        for site in {getattr(backbone.family, site) for site in SITES}:
            block.get_submodule(site).register_forward_hook(lambda m, a, o: fired.append(m))
        block.get_submodule(backbone.family.ffn_out).register_forward_pre_hook(
            lambda m, a: widths.add(a[0].shape[-1])
        )
    forward(backbone)
    assert len(fired) == len(set(fired)) == 2 * len({getattr(backbone.family, s) for s in SITES})
    assert widths == {128 if family in ("gpt2", "timm_vit") else 64}


def forward(backbone, prompts=None):
    if backbone.modality == "image":
        pixels = torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
        batch = {"pixel_values": pixels}
    else:
        batch = batch_of(IDS)
    inputs = assemble(backbone, batch, prompts, "paper", with_mask=False)
    return backbone.hidden(inputs)


@pytest.mark.parametrize("family", ["vit", "timm_vit"])
@torch.no_grad()
def test_visual_prompts_come_in_and_go_out(family):
    backbone, lengths = tiny_backbone(family), []
    backbone.blocks[1].register_forward_hook(
        lambda m, a, o: lengths.append((o if isinstance(o, torch.Tensor) else o[0]).shape[1])
    )
    plain = forward(backbone)
    prompted = forward(backbone, torch.randn(3, backbone.width))
    assert plain.shape == prompted.shape == (2, 5, 32)
    assert lengths == [5, 8]
    assert not torch.equal(plain, prompted)
    torch.testing.assert_close(plain, forward(backbone), rtol=0, atol=0)


def test_the_configured_dtype_wins_over_the_checkpoints():
    for dtype in ("float32", "bfloat16"):
        config = ModelConfig(name="llama", path=str(checkpoint("llama", "bfloat16")), dtype=dtype)
        backbone = load_backbone(source("llama", "bfloat16"), config, "next_token")
        assert {p.dtype for p in backbone.parameters()} == {getattr(torch, dtype)}


def test_random_twins_differ_by_seed_and_repeat():
    def weights(seed):
        config = ModelConfig(name="x", path=str(checkpoint("bert")), init="random", init_seed=seed)
        found = source("bert", init="random", init_seed=seed)
        return found.digest, load_backbone(found, config, "label_words").blocks[0].state_dict()

    (a, one), (b, two), (c, three) = weights(0), weights(0), weights(1)
    assert a == b != c
    assert all(torch.equal(one[k], two[k]) for k in one)
    assert not torch.equal(one["output.dense.weight"], three["output.dense.weight"])


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_everything_is_frozen_and_in_eval_mode(family):
    backbone = tiny_backbone(family)
    assert not any(p.requires_grad for p in backbone.parameters())
    assert not any(m.training for m in backbone.modules())
