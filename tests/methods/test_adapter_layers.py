"""Adapters against a reference by hand, and their hooks."""

import pytest
import torch
from tests.methods.building import batch_for, fresh, logits_of, tuned_model
from torch.nn.functional import gelu, layer_norm, linear

from brodmann.config.schema import AdapterConfig
from brodmann.errors import RequestError
from brodmann.methods import build_method
from brodmann.methods.adapter import Bottleneck


def hooks_of(module):
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in module.modules())


def randomise(method):
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for parameter in method.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.2)


def test_bottleneck_by_hand():
    layer = Bottleneck(3, 2, torch.Generator().manual_seed(0))
    with torch.no_grad():
        layer.down.weight.copy_(torch.tensor([[1.0, 0.0, -1.0], [0.0, 2.0, 0.0]]))
        layer.down.bias.copy_(torch.tensor([0.5, -1.0]))
        layer.up.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0], [2.0, 3.0]]))
        layer.up.bias.copy_(torch.tensor([0.0, 0.0, 1.0]))
    # down: (1 - 3 + 0.5, 4 - 1) = (-1.5, 3); relu: (0, 3); up: (0, 3, 10)
    assert torch.equal(layer(torch.tensor([1.0, 2.0, 3.0])), torch.tensor([1.0, 5.0, 13.0]))


def test_bottleneck_starts_as_identity_and_learns():
    layer = Bottleneck(64, 8, torch.Generator().manual_seed(0))
    x = torch.randn(5, 64)
    assert torch.equal(layer(x), x)
    assert layer.down.weight.std().item() == pytest.approx(64**-0.5, rel=0.1)
    layer(x).square().sum().backward()
    assert layer.up.weight.grad.abs().sum() > 0


def adapted(x, method, index):
    layer = method.adapters[index]
    inner = (x @ layer.down.weight.T + layer.down.bias).clamp(min=0)
    return x + inner @ layer.up.weight.T + layer.up.bias


def bert_block(block, x, heads, method, attention_adapter, ffn_adapter):
    """A BERT block written out; adapters are named by index or ``None``."""
    attention = block.attention

    def apply(projection, x):  # without the hooks of the module
        return linear(x, projection.weight, projection.bias)

    def split(projection):
        return apply(projection, x).unflatten(-1, (heads, -1)).transpose(1, 2)

    query, key, value = (split(getattr(attention.self, n)) for n in ("query", "key", "value"))
    weights = (query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5).softmax(-1)
    out = apply(attention.output.dense, (weights @ value).transpose(1, 2).flatten(2))
    if attention_adapter is not None:
        out = adapted(out, method, attention_adapter)
    norm = attention.output.LayerNorm
    x = layer_norm(out + x, x.shape[-1:], norm.weight, norm.bias, norm.eps)
    neurons = gelu(apply(block.intermediate.dense, x))
    out = adapted(apply(block.output.dense, neurons), method, ffn_adapter)
    norm = block.output.LayerNorm
    return layer_norm(out + x, x.shape[-1:], norm.weight, norm.bias, norm.eps)


@pytest.mark.parametrize(("variant", "places"), [("pfeiffer", [(None, 0), (None, 1)]),
                                                 ("houlsby", [(0, 1), (2, 3)])])  # fmt: skip
def test_places_in_the_block(variant, places):
    backbone = fresh("bert")
    heads = backbone.model.config.num_attention_heads
    assert backbone.model.config.hidden_act == "gelu"
    method = build_method(AdapterConfig(variant=variant, reduction=4), backbone, torch.Generator())
    randomise(method)
    x = torch.randn(2, 5, backbone.hidden_size, generator=torch.Generator().manual_seed(1))
    expected, got = x, x
    with torch.no_grad():
        for block, (first, second) in zip(backbone.blocks[:2], places, strict=True):
            expected = bert_block(block, expected, heads, method, first, second)
            output = block(got)
            got = output if isinstance(output, torch.Tensor) else output[0]
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("family", ["t5", "gpt2", "gpt_neox", "llama", "vit", "timm_vit", "opt"])
def test_every_adapter_takes_part(family):
    model = tuned_model(family, AdapterConfig(variant="houlsby", reduction=8))
    randomise(model.method)
    batch = batch_for(model.backbone)
    before = logits_of(model, batch)
    for adapter in model.method.adapters:
        kept = adapter.up.bias.detach().clone()
        with torch.no_grad():
            adapter.up.bias += torch.linspace(0, 1, len(kept))
            assert not torch.equal(logits_of(model, batch), before)
            adapter.up.bias.copy_(kept)
    assert torch.equal(logits_of(model, batch), before)


def test_paths_stay_and_hooks_are_removed():
    backbone = fresh("bert")
    paths, hooks = [n for n, _ in backbone.model.named_modules()], hooks_of(backbone)
    method = build_method(AdapterConfig(variant="houlsby"), backbone, torch.Generator())
    assert [n for n, _ in backbone.model.named_modules()] == paths
    assert hooks_of(backbone) == hooks + 2 * len(backbone.blocks)
    method.detach()
    assert hooks_of(backbone) == hooks


def test_half_precision_backbone_keeps_adapters_in_fp32():
    backbone = fresh("bert", "bfloat16")
    method = build_method(AdapterConfig(), backbone, torch.Generator())
    assert {p.dtype for p in method.parameters()} == {torch.float32}
    x = torch.randn(1, 3, backbone.hidden_size, dtype=torch.bfloat16)
    output = backbone.blocks[0](x)
    assert (output if isinstance(output, torch.Tensor) else output[0]).dtype == torch.bfloat16


def test_bottleneck_without_width_is_refused():
    with pytest.raises(RequestError, match=r"method.reduction=4096: .*type at most \d+"):
        build_method(AdapterConfig(reduction=4096), fresh("bert"), torch.Generator())
