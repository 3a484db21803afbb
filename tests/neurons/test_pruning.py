"""Sliced models against masked ones and against matrices cut by hand, on every family."""

import copy

import pytest
import torch
from tests.neurons import perturbing
from tests.neurons.examining import batch, subject
from tests.tiny import FAMILY_NAMES
from torch import nn
from torch.testing import assert_close

from brodmann.backbones.widths import find_ffns
from brodmann.errors import RunError
from brodmann.neurons.interventions import Intervention, intervene
from brodmann.neurons.pruning import Ffn, prune, widths


def ffns(examined):
    backbone = examined.tuned.backbone
    return find_ffns(backbone.model, backbone.family, backbone._body_path)


def selection(examined, seed=0):
    """Some neurons of every block, not as many in each."""
    generator = torch.Generator().manual_seed(seed)
    return {
        site.name: torch.rand(site.units, generator=generator) < 0.2 + 0.3 * index
        for index, site in enumerate(examined.sites)
    }


def means(examined, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return {site.name: torch.randn(site.units, generator=generator) for site in examined.sites}


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_the_sliced_model_equals_the_masked_one(family):
    examined = subject(family)
    keep, mean, prepared = selection(examined), means(examined), examined.prepare(batch(examined))
    removed = {site: ~mask for site, mask in keep.items()}
    change = Intervention("mean", removed, "all", values=mean)
    with torch.no_grad():
        whole = examined.predict(prepared.inputs)
        with intervene(examined.model, examined.sites, prepared, [change]):
            masked = examined.predict(prepared.inputs)
        prune(examined.model, ffns(examined), keep, mean)
        sliced = examined.predict(prepared.inputs)
    assert_close(sliced, masked, rtol=0, atol=1e-5)
    assert (sliced - whole).abs().max() > 1e-3
    assert widths(examined.model, ffns(examined)) == {s: int(m.sum()) for s, m in keep.items()}


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_every_matrix_of_the_ffn_is_cut(family):
    examined = subject(family)
    before = {name: p.numel() for name, p in examined.model.named_parameters()}
    keep, units = selection(examined), {site.name: site.units for site in examined.sites}
    prune(examined.model, ffns(examined), keep, means(examined))
    after = dict(examined.model.named_parameters())
    for ffn in ffns(examined):
        kept = int(keep[ffn.site].sum())
        for path in (*ffn.into, ffn.out):
            name = f"{path}.weight"
            assert after[name].numel() * units[ffn.site] == before.pop(name) * kept
            assert not after[name].requires_grad
        for path in ffn.into:
            if (bias := before.pop(f"{path}.bias", None)) is not None:
                assert after[f"{path}.bias"].numel() * units[ffn.site] == bias * kept
        assert examined.model.get_submodule(ffn.out).bias is not None
    assert all(after[name].numel() == count for name, count in before.items())


def test_the_gate_and_its_neuron_stay_together():
    """Keeping all neurons but one changes only what that one wrote."""
    for family in ("modernbert", "llama", "t5_gated"):
        examined = subject(family)
        site, prepared = examined.sites[0], examined.prepare(batch(examined))
        seen = []
        module = examined.model.get_submodule(site.path)
        handle = module.register_forward_pre_hook(lambda _, inputs, s=seen: s.append(inputs[0]))
        mask = torch.ones(site.units, dtype=torch.bool)
        mask[5] = False
        with torch.no_grad():
            examined.predict(prepared.inputs)
            prune(examined.model, ffns(examined), {site.name: mask}, means(examined))
            examined.predict(prepared.inputs)
        handle.remove()
        assert_close(seen[1], seen[0][..., mask])


def test_the_bias_against_a_loop():
    """Paper, section 6.1; kept neurons must not be counted (the released code counts them)."""
    linear, first = nn.Linear(5, 3), nn.Linear(2, 5)
    model = nn.ModuleDict({"first": first, "second": linear})
    old, weight = linear.bias.clone(), linear.weight.clone()
    mean, mask = torch.arange(5.0), torch.tensor([True, False, False, True, False])
    prune(model, [Ffn("f", ("first",), "second")], {"f": mask}, {"f": mean})
    wanted = old.clone()
    for row in range(3):
        for j in (1, 2, 4):
            wanted[row] += weight[row, j] * j
    assert_close(linear.bias, wanted)
    assert torch.equal(linear.weight, weight[:, [0, 3]])
    assert (linear.in_features, first.out_features) == (2, 2)


def test_layers_kept_whole_or_not_named_stay_as_they_are():
    examined = subject("llama")
    site = examined.sites[0]
    before = {name: tensor.clone() for name, tensor in examined.model.state_dict().items()}
    whole = {site.name: torch.ones(site.units, dtype=torch.bool)}
    prune(examined.model, ffns(examined), whole, {})
    after = examined.model.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (
            lambda keep, mean, last: keep.update({last: torch.zeros(64, dtype=torch.bool)}),
            "keep no",
        ),
        (lambda keep, mean, last: keep.update({last: torch.ones(63, dtype=torch.bool)}), "another"),
        (lambda keep, mean, last: keep.update({last: torch.ones(64)}), "another model"),
        (lambda keep, mean, last: keep.update({"encoder.9.ffn": keep[last]}), "no FFN of"),
        (lambda keep, mean, last: mean.pop(last), "finite mean"),
        (lambda keep, mean, last: mean.update({last: torch.full((64,), torch.nan)}), "finite mean"),
    ],
)
def test_what_cannot_be_pruned_is_refused_and_nothing_is_cut(change, match):
    examined = subject("bert")
    keep, mean = selection(examined), means(examined)
    change(keep, mean, examined.sites[-1].name)
    before = {name: tensor.shape for name, tensor in examined.model.state_dict().items()}
    with pytest.raises(RunError, match=match):
        prune(examined.model, ffns(examined), keep, mean)
    assert {name: t.shape for name, t in examined.model.state_dict().items()} == before


def test_a_model_with_a_method_in_its_ffn_is_refused():
    from brodmann.config.schema import Ia3Config

    examined = subject("bert", settings=Ia3Config())
    with pytest.raises(RunError, match="before attaching a method"):
        prune(examined.model, ffns(examined), selection(examined), means(examined))


def test_pruned_neurons_can_be_selected_again():
    examined = subject("bert")
    prune(examined.model, ffns(examined), selection(examined), means(examined))
    once = copy.deepcopy(examined.model)
    second = type(examined)(examined.tuned)
    assert [site.units for site in second.sites] == list(widths(once, ffns(examined)).values())
    keep = perturbing.masks(second, 0.9)
    prune(second.model, ffns(second), keep, means(second))
    assert widths(second.model, ffns(second)) == {s: int(m.sum()) for s, m in keep.items()}


def test_folding_the_kept_neurons_too_counts_their_mean_twice():
    torch.manual_seed(0)
    up, down = nn.Linear(4, 6), nn.Linear(6, 3)
    model = nn.ModuleDict({"up": up, "down": down})
    weight, bias = down.weight.detach().clone(), down.bias.detach().clone()
    keep, mean = torch.tensor([True, False, True, False, False, True]), torch.randn(6)
    prune(model, [Ffn("s", ("up",), "down")], {"s": keep}, {"s": mean}, fold_kept=True)
    wanted = bias.clone()
    for unit in range(6):
        wanted += weight[:, unit] * mean[unit]
    torch.testing.assert_close(model["down"].bias.detach(), wanted)
    assert model["down"].weight.shape == (3, 3)
