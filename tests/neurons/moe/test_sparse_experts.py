"""Running some experts only, against loops over tokens and neurons, and against the real models."""

import pytest
import torch
from tests.tiny import FAMILY_NAMES, tiny_backbone

from brodmann.backbones.activations import PATHS, ffn_activation, has_exact_zeros
from brodmann.backbones.families import FAMILIES
from brodmann.backbones.widths import find_ffns
from brodmann.errors import RunError
from brodmann.neurons.moe.sparse import dense_ffn, masked_ffn, sparse_ffn
from brodmann.neurons.moe.weights import FfnWeights, ffn_shape, ffn_weights, neurons
from brodmann.neurons.pruning import Ffn

D, SIZE, E = 6, 3, 4
U = SIZE * E


def random(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def ffn(gated=False, biased=True):
    bias = {"up_bias": random(U, seed=3), "out_bias": random(D, seed=4)} if biased else {}
    gate = {"gate": random(U, D, seed=5)} if gated else {}
    if gated and biased:
        gate["gate_bias"] = random(U, seed=6)
    activation = torch.nn.functional.silu if gated else torch.relu
    return FfnWeights(random(U, D, seed=1), random(U, D, seed=2), activation, **bias, **gate)


def naive(weights, states, chosen):
    """Token by token, neuron by neuron."""
    rows = []
    for state, experts in zip(states, chosen, strict=True):
        total = torch.zeros(D, dtype=torch.float64)
        if weights.out_bias is not None:
            total += weights.out_bias
        for unit in range(U):
            if unit // SIZE in experts.tolist():
                value = weights.up[unit] @ state
                value += 0 if weights.up_bias is None else weights.up_bias[unit]
                if weights.gate is None:
                    value = weights.activation(value)
                else:
                    gate = weights.gate[unit] @ state
                    gate += 0 if weights.gate_bias is None else weights.gate_bias[unit]
                    value = weights.activation(gate) * value
                total += value * weights.out[unit]
        rows.append(total)
    return torch.stack(rows)


@pytest.mark.parametrize("gated", [False, True])
@pytest.mark.parametrize("biased", [False, True])
@pytest.mark.parametrize("tokens", [1, 2, 17])
@pytest.mark.parametrize("k", [1, 2, E])
def test_masked_and_sparse_are_what_loops_say(gated, biased, tokens, k):
    weights, states = ffn(gated, biased), random(tokens, D, seed=9)
    chosen = random(tokens, E, seed=10).topk(k, dim=1).indices
    wanted = naive(weights, states, chosen)
    assert torch.allclose(masked_ffn(weights, states, chosen, E), wanted)
    assert torch.allclose(sparse_ffn(weights, states, chosen, E), wanted)
    assert torch.allclose(dense_ffn(weights, states), wanted) == (k == E)


def test_an_expert_that_nobody_goes_to_is_left_out():
    weights, states = ffn(), random(5, D)
    chosen = torch.tensor([[2], [0], [2], [2], [0]])
    assert torch.allclose(sparse_ffn(weights, states, chosen, E), naive(weights, states, chosen))


@pytest.mark.parametrize("gated", [False, True])
def test_neurons_in_the_order_of_their_experts_answer_alike(gated):
    weights, states = ffn(gated), random(7, D)
    members = torch.randperm(U, generator=torch.Generator().manual_seed(0)).view(E, SIZE)
    ordered = weights.ordered(members)
    assert torch.allclose(dense_ffn(ordered, states), dense_ffn(weights, states))
    assert torch.equal(neurons(ordered, states), neurons(weights, states)[:, members.flatten()])
    with pytest.raises(RunError, match="not those of 12"):
        weights.ordered(members[:2])


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (torch.zeros(3, 2, dtype=torch.long), "do not fit 5 tokens"),
        (torch.zeros(5, 0, dtype=torch.long), "do not fit"),
        (torch.full((5, 1), E), "there are 4"),
        (torch.full((5, 1), -1), "there are 4"),
    ],
)
@pytest.mark.parametrize("run", [masked_ffn, sparse_ffn])
def test_choices_of_another_ffn_are_refused(run, chosen, said):
    with pytest.raises(RunError, match=said):
        run(ffn(), random(5, D), chosen, E)
    with pytest.raises(RunError, match="not 5 equal experts"):
        run(ffn(), random(5, D), torch.zeros(5, 1, dtype=torch.long), 5)


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_the_weights_answer_as_the_model_does(family):
    """What goes into the FFN and comes out of its last matrix, caught in a real forward pass."""
    backbone = tiny_backbone(family)
    activation = ffn_activation(backbone)
    caught = {}

    def keep(name, value):
        caught[name] = value.detach().flatten(0, -2)

    for place in find_ffns(backbone.model, backbone.family, backbone._body_path):
        into, out = (backbone.model.get_submodule(p) for p in (place.into[0], place.out))
        handles = [
            into.register_forward_pre_hook(lambda _, i: keep("states", i[0])),
            out.register_forward_pre_hook(lambda _, i: keep("neurons", i[0])),
            out.register_forward_hook(lambda _, i, o: keep("written", o)),
        ]
        with torch.no_grad():
            run(backbone)
        for handle in handles:
            handle.remove()
        weights = ffn_weights(backbone.model, place, activation)
        assert weights.shape == ffn_shape(backbone.model, place)
        assert weights.shape.into == 1 + backbone.family.gated
        assert torch.allclose(neurons(weights, caught["states"]), caught["neurons"], atol=1e-5)
        assert torch.allclose(dense_ffn(weights, caught["states"]), caught["written"], atol=1e-5)


def run(backbone):
    if backbone.modality == "image":
        return backbone.model(torch.randn(2, 3, 16, 16))
    ids = torch.arange(5, 17).view(2, 6)
    extra = {"decoder_input_ids": ids} if backbone.kind == "encoder_decoder" else {}
    return backbone.model(ids, **extra)


def test_every_family_has_an_activation_and_relu_is_known():
    assert set(PATHS) == set(FAMILIES)
    zeros = {family for family in FAMILY_NAMES if has_exact_zeros(tiny_backbone(family))}
    assert zeros == {"opt", "t5"}


def test_what_is_no_matrix_is_refused():
    backbone = tiny_backbone("bert")
    place = find_ffns(backbone.model, backbone.family, backbone._body_path)[0]
    wrong = Ffn(place.site, (place.into[0].rpartition(".")[0],), place.out)
    with pytest.raises(RunError, match="no linear layer"):
        ffn_weights(backbone.model, wrong, torch.relu)
