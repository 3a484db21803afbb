"""Some experts in the real model: hooks against the sparse FFN put in by hand; planted ones."""

import pytest
import torch
from tests.neurons.moe.planted_experts import Planted, planted_partition
from tests.tiny import FAMILY_NAMES, tiny_backbone

from brodmann.backbones.activations import ffn_activation
from brodmann.backbones.sites import find_sites
from brodmann.backbones.widths import find_ffns
from brodmann.errors import RunError
from brodmann.neurons.moe.layers import find_layers, seen_tokens
from brodmann.neurons.moe.masking import moefied, top
from brodmann.neurons.moe.routers import Oracle, Similarity, ranked
from brodmann.neurons.moe.sparse import sparse_ffn
from brodmann.neurons.moe.weights import ffn_weights
from brodmann.neurons.partition.build import at_random
from brodmann.neurons.partition.rows import neuron_rows

E = 8


def layers_of(backbone):
    ffns = find_ffns(backbone.model, backbone.family, backbone._body_path)
    return find_layers(backbone.model, find_sites(backbone), ffns)


def answer(backbone):
    if backbone.modality == "image":
        pixels = torch.randn(4, 3, 16, 16, generator=torch.Generator().manual_seed(0))
        found = backbone.model(pixels)
        return found.last_hidden_state if hasattr(found, "last_hidden_state") else found
    ids = torch.arange(5, 29).view(4, 6)
    extra = {"decoder_input_ids": ids} if backbone.kind == "encoder_decoder" else {}
    return backbone.model(ids, **extra).logits


def by_hand(backbone, layers, partition, routers, k):
    """Outputs of every FFN's last matrix replaced by those of the sparse execution."""
    activation, given, handles = ffn_activation(backbone), {}, []
    for layer in layers:
        members = partition.members(layer.name)
        weights = ffn_weights(backbone.model, layer.ffn, activation).ordered(members)

        def keep(module, inputs, name=layer.name):
            given[name] = inputs[0].flatten(0, -2)

        def replace(module, inputs, output, name=layer.name, weights=weights):
            states = given[name]
            scores = routers[name](states, inputs[0].flatten(0, -2))
            written = sparse_ffn(weights, states, ranked(scores)[:, :k], E)
            return written.view_as(output)

        into, out = (backbone.model.get_submodule(p) for p in (layer.ffn.into[0], layer.ffn.out))
        handles += [into.register_forward_pre_hook(keep), out.register_forward_hook(replace)]
    found = answer(backbone)
    for handle in handles:
        handle.remove()
    return found


@pytest.mark.parametrize("family", FAMILY_NAMES)
@pytest.mark.parametrize("kind", ["oracle", "similarity"])
@torch.no_grad()
def test_masking_by_hooks_is_running_the_chosen_experts_only(family, kind):
    backbone = tiny_backbone(family)
    layers = layers_of(backbone)
    assert len(layers) == len(backbone.blocks)
    partition = at_random({layer.name: layer.shape.units for layer in layers}, E, seed=1)
    routers = {}
    for layer in layers:
        rows = neuron_rows(backbone.model, layer.ffn)
        routers[layer.name] = (
            Oracle(partition.members(layer.name), "absolute")
            if kind == "oracle"
            else Similarity(partition.means(layer.name, rows))
        )
    whole = answer(backbone)
    with moefied(backbone.model, layers, partition, routers, [E]):
        assert torch.equal(answer(backbone), whole)
    with moefied(backbone.model, layers, partition, routers, [3]):
        masked = answer(backbone)
    wanted = by_hand(backbone, layers, partition, routers, 3)
    assert torch.allclose(masked, wanted, atol=2e-5)
    assert not torch.allclose(masked, whole, atol=1e-3)
    assert torch.equal(answer(backbone), whole)
    with moefied(backbone.model, layers, partition, routers, [3, E]):
        halves = answer(backbone).chunk(2)
    assert torch.allclose(halves[0], masked.chunk(2)[0], atol=2e-5)
    assert torch.allclose(halves[1], whole.chunk(2)[1], atol=2e-5)


def test_what_cannot_be_chosen_is_refused():
    backbone = tiny_backbone("bert")
    layers = layers_of(backbone)
    partition = at_random({layer.name: layer.shape.units for layer in layers}, E)
    routers = {layer.name: Oracle(partition.members(layer.name)) for layer in layers}
    for counts in ([], [0], [E + 1]):
        with (
            pytest.raises(RunError, match="cannot be chosen"),
            moefied(backbone.model, layers, partition, routers, counts),
        ):
            pass
    with (
        pytest.raises(RunError, match="has no router"),
        moefied(backbone.model, layers, partition, {}, [1]),
    ):
        pass
    with pytest.raises(RunError, match="no 2 equal groups"):
        top(torch.rand(3, E), [1, 2])
    with pytest.raises(RunError, match="none of the FFNs"):
        find_layers(backbone.model, [], [layers[0].ffn])


@pytest.mark.parametrize("counts", [[3], [1, 4, 2], [E, E]])
def test_the_best_of_each_group_by_loops(counts):
    scores = torch.rand(6, E, generator=torch.Generator().manual_seed(0)).round(decimals=1)
    found = top(scores, counts)
    for token in range(6):
        count = counts[token * len(counts) // 6]
        order = sorted(range(E), key=lambda e, t=token: (-float(scores[t, e]), e))
        assert set(found[token].nonzero()[:, 0].tolist()) == set(order[:count])


@torch.no_grad()
def test_one_expert_is_enough_where_one_was_planted_and_not_where_it_was_not():
    subject = Planted()
    inputs, partition = subject.batch(20, 1)["values"], planted_partition(subject)
    whole = subject.predict(inputs)

    def answered(partition, k):
        routers = {"encoder.0.ffn": Oracle(partition.members("encoder.0.ffn"))}
        with moefied(subject.model, subject.layers, partition, routers, [k]):
            return subject.predict(inputs)

    assert torch.allclose(answered(partition, 1), whole, atol=1e-6)
    scattered = at_random({"encoder.0.ffn": len(subject.expert_of)}, subject.kinds, seed=3)
    assert not torch.allclose(answered(scattered, 1), whole, atol=1e-2)


def test_tokens_are_seen_without_padding_in_one_order():
    subject = Planted()
    batch = subject.batch(4, 2)
    (seen,) = seen_tokens(subject, [batch], subject.layers)
    states, neurons = seen["encoder.0.ffn"]
    kept = torch.ones(4, 5, dtype=torch.bool)
    kept[0, -1] = False
    assert torch.equal(states, batch["values"][kept])
    assert torch.allclose(neurons, subject.model.into(states).relu())
    assert not states.is_inference()
