"""LoRA and IA3 against merged weights, written by hand."""

import copy

import pytest
import torch
from tests.methods.building import batch_for, fresh, logits_of, tuned_model

from brodmann.config.schema import BitfitConfig, FullConfig, Ia3Config, LoraConfig
from brodmann.errors import RequestError
from brodmann.methods import build_method

FAMILIES = ["bert", "gpt2", "llama", "t5", "timm_vit"]


def randomised(family, settings):
    model = tuned_model(family, settings)
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for name, parameter in model.trained().items():
            if not name.startswith("readout."):
                parameter += 0.3 * torch.randn(parameter.shape, generator=generator)
    return model


def merged(model, merge):
    """A copy of the model in which each injected layer is a plain projection again."""
    plain = copy.deepcopy(model)
    backbone = plain.backbone.model
    layers = {n: m for n, m in backbone.named_modules() if hasattr(m, "base_layer")}
    with torch.no_grad():
        for name, layer in layers.items():
            merge(layer, layer.base_layer, type(layer.base_layer).__name__ == "Conv1D")
            parent, _, child = name.rpartition(".")
            setattr(backbone.get_submodule(parent), child, layer.base_layer)
    return plain, len(layers)


def merge_lora(layer, base, transposed):
    update = 2.0 * layer.lora_B["default"].weight @ layer.lora_A["default"].weight
    base.weight += update.T if transposed else update


def merge_ia3(layer, base, transposed):
    factor = layer.ia3_l["default"]
    by_input = factor.shape[0] == 1
    base.weight *= factor.T if transposed else factor
    if base.bias is not None and not by_input:
        base.bias *= factor[:, 0]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("settings", "merge"),
    [
        pytest.param(LoraConfig(rank=4, alpha=8.0), merge_lora, id="lora"),
        pytest.param(Ia3Config(), merge_ia3, id="ia3"),
    ],
)
def test_equals_merged_weights(family, settings, merge):
    model = randomised(family, settings)
    plain, layers = merged(model, merge)
    assert layers >= 2 * len(model.backbone.blocks) - 2
    batch = batch_for(model.backbone)
    bare = tuned_model(family, settings, attach=False)
    torch.testing.assert_close(
        logits_of(model, batch), logits_of(plain, batch), rtol=1e-4, atol=1e-5
    )
    assert not torch.allclose(logits_of(model, batch), logits_of(bare, batch), atol=1e-4)


@pytest.mark.parametrize("settings", [LoraConfig(), Ia3Config()], ids=["lora", "ia3"])
def test_injected_weights_are_fp32_in_a_half_precision_backbone(settings):
    backbone = fresh("llama", "bfloat16")
    build_method(settings, backbone, torch.Generator())
    dtypes = {p.requires_grad: p.dtype for p in backbone.parameters()}
    assert dtypes == {True: torch.float32, False: torch.bfloat16}


@pytest.mark.parametrize("settings", [BitfitConfig(), FullConfig()], ids=["bitfit", "full"])
def test_own_weights_are_not_trained_in_half_precision(settings):
    with pytest.raises(RequestError, match=r"model.dtype=bfloat16: .* type model.dtype=float32"):
        build_method(settings, fresh("bert", "bfloat16"), torch.Generator())


def test_lora_leaves_the_base_weights_where_they_are():
    backbone = fresh("bert")
    before = {p.data_ptr() for p in backbone.parameters()}
    build_method(LoraConfig(), backbone, torch.Generator())
    after = {p.data_ptr() for p in backbone.parameters() if not p.requires_grad}
    assert before == after
