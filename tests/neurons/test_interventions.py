"""Interventions against one number at a time, on every family; draws; nesting; files; bad input."""

import pytest
import torch
from scipy import stats
from tests.neurons import perturbing
from tests.neurons.examining import batch, subject
from tests.tiny import FAMILY_NAMES
from torch.testing import assert_close

from brodmann.errors import RequestError, RunError
from brodmann.neurons.capture import capture
from brodmann.neurons.interventions import (
    KINDS,
    Intervention,
    Plan,
    intervene,
    load_interventions,
    save_interventions,
)
from brodmann.neurons.interventions.draws import choice, hash_bits, normal, stream_key
from brodmann.neurons.selection import order_by


def hooks(model):
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


@torch.no_grad()
def run(examined, texts, *changes):
    prepared = examined.prepare(texts)
    if not changes:
        return examined.predict(prepared.inputs)
    with intervene(examined.model, examined.sites, prepared, changes):
        return examined.predict(prepared.inputs)


def make(examined, kind, tokens="all", **settings):
    given = {"strength": KINDS[kind].idle + 0.7, **settings}
    return Intervention(kind, perturbing.masks(examined), tokens,
                        values=perturbing.values(examined, kind), **given)  # fmt: skip


@pytest.mark.parametrize("family", FAMILY_NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_equals_one_number_at_a_time(family, kind):
    examined = subject(family)
    texts, change = batch(examined), make(examined, kind, seed=3)
    found = run(examined, texts, change)
    assert_close(found, perturbing.logits(examined, texts, [change]), rtol=1e-4, atol=1e-5)
    assert (found - run(examined, texts)).abs().max() > 1e-4


@pytest.mark.parametrize("kind", ["noise", "resample", "permute"])
@pytest.mark.parametrize("tokens", ["prompt", "content", "last", "all"])
@pytest.mark.parametrize("family", ["bert", "llama"])
def test_draws_per_position_and_tokens(family, kind, tokens):
    examined = subject(family)
    texts = batch(examined)
    change = make(examined, kind, tokens, per="position", seed=5)
    assert_close(run(examined, texts, change), perturbing.logits(examined, texts, [change]),
                 rtol=1e-4, atol=1e-5)  # fmt: skip


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_outputs_of_linear_layers_are_changed_too(family):
    examined = subject(family, ["*.query", "*.attention", "*.ffn_out"])
    texts = batch(examined)
    changes = [make(examined, "noise", seed=1), make(examined, "scale", strength=1.5)]
    assert_close(run(examined, texts, *changes), perturbing.logits(examined, texts, changes),
                 rtol=1e-4, atol=1e-5)  # fmt: skip


@pytest.mark.parametrize("family", FAMILY_NAMES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("per", ["example", "position"])
def test_the_idle_strength_is_bit_equal(family, kind, per):
    examined = subject(family)
    texts, change = batch(examined), make(examined, kind, per=per, strength=KINDS[kind].idle)
    assert torch.equal(run(examined, texts, change), run(examined, texts))


@pytest.mark.parametrize("family", ["bert", "gpt2"])
def test_all_neurons_zeroed_leave_no_trace_of_the_ffn(family):
    examined = subject(family)
    masks = {site.name: torch.ones(site.units, dtype=torch.bool) for site in examined.sites}
    seen = []
    prepared = examined.prepare(batch(examined))
    with (
        torch.no_grad(),
        intervene(examined.model, examined.sites, prepared, [Intervention("zero", masks)]),
        capture(examined.model, examined.sites, 4, lambda _, values: seen.append(values.abs())),
    ):
        examined.predict(prepared.inputs)
    attended = prepared.masks.attended
    assert all((values[attended] == 0).all() for values in seen)
    assert any((values[~attended] > 0).any() for values in seen)


def test_both_padding_sides_get_the_same_draws():
    examined = subject("bert")
    changed = [
        perturb_of(examined, batch(examined, side), per) for side in ("right", "left")
        for per in ("example", "position")
    ]  # fmt: skip
    assert torch.equal(changed[0], changed[2])
    assert torch.equal(changed[1], changed[3])


def perturb_of(examined, texts, per):
    """What noise adds to attended tokens of the first site."""
    prepared, site = examined.prepare(texts), examined.sites[0]
    change = Intervention("noise", perturbing.masks(examined), per=per, seed=2)
    shape = (*prepared.masks.attended.shape, site.units)
    return Plan(examined.sites, prepared, [[change]])(site, torch.zeros(shape))[
        prepared.masks.attended
    ]


def test_nested_masks_and_strengths_share_draws():
    examined = subject("bert")
    prepared, site = examined.prepare(batch(examined)), examined.sites[1]
    order = order_by({s.name: torch.rand(s.units) for s in examined.sites}, "layer", 0)
    zeros = torch.zeros(*prepared.masks.attended.shape, site.units)

    def added(fraction, strength):
        change = Intervention("noise", order.top(fraction).masks, strength=strength, seed=4)
        return Plan(examined.sites, prepared, [[change]])(site, zeros)

    small, large = added(0.1, 0.5), added(0.4, 1.0)
    mask = order.top(0.1).masks[site.name]
    assert torch.equal(small[..., mask], large[..., mask] * 0.5)
    assert (small[..., ~mask] == 0).all()
    assert (large != 0).sum() > (small != 0).sum() > 0


def test_a_row_keeps_its_draws_in_any_batch():
    examined = subject("bert")
    texts = batch(examined)
    change = make(examined, "noise", per="position")
    turned = {name: tensor.flip(0) for name, tensor in texts.items()}
    one = {name: tensor[2:3] for name, tensor in texts.items()}
    whole = run(examined, texts, change)
    assert_close(run(examined, turned, change).flip(0), whole, rtol=1e-5, atol=1e-6)
    assert_close(run(examined, one, change), whole[2:3], rtol=1e-5, atol=1e-6)


def test_draws_are_normal_and_independent():
    key = stream_key(0, "encoder.0.ffn")
    rows, units = torch.arange(1000), torch.arange(300)
    draws = normal(hash_bits(key, rows[:, None], units))
    flat = draws.flatten().double().numpy()
    assert stats.kstest(flat, "norm").pvalue > 1e-3
    assert abs(stats.kurtosis(flat)) < 0.03
    assert abs((draws**2).mean() - 1) < 0.01
    for way in (draws, draws.T):
        correlation = torch.corrcoef(way)
        size = way.shape[1]
        off = correlation[~torch.eye(len(correlation), dtype=torch.bool)]
        assert abs(off.std() * size**0.5 - 1) < 0.05
    other = normal(hash_bits(stream_key(1, "encoder.0.ffn"), rows[:, None], units))
    place = normal(hash_bits(key, rows[:, None], torch.tensor(0), units))
    for second in (other, place):
        assert abs(torch.corrcoef(torch.stack([draws.flatten(), second.flatten()]))[0, 1]) < 0.01


def test_choices_are_uniform():
    bits = hash_bits(stream_key(0, ""), torch.arange(70_000))
    counts = torch.bincount(choice(bits, 7), minlength=7)
    assert len(counts) == 7
    assert stats.chisquare(counts.numpy()).pvalue > 1e-3


def test_resampling_takes_one_row_for_all_sites():
    examined = subject("bert")
    prepared = examined.prepare(batch(examined))
    bank = {s.name: torch.arange(9.0)[:, None].expand(9, s.units) for s in examined.sites}
    full = {s.name: torch.ones(s.units, dtype=torch.bool) for s in examined.sites}
    plan = Plan(examined.sites, prepared, [[Intervention("resample", full, values=bank)]])
    shape = prepared.masks.attended.shape
    found = [plan(s, torch.full((*shape, s.units), -1.0)) for s in examined.sites]
    rows = [values[prepared.masks.attended][:, 0] for values in found]
    assert torch.equal(rows[0], rows[1])
    assert len(rows[0].unique()) > 1


def test_interventions_nest_and_are_gone_after_an_exception():
    examined = subject("bert")
    texts, before = batch(examined), hooks(examined.model)
    first, second = make(examined, "noise"), make(examined, "scale", strength=0.3)
    prepared = examined.prepare(texts)
    with (
        torch.no_grad(),
        intervene(examined.model, examined.sites, prepared, [first]),
        intervene(examined.model, examined.sites, prepared, [second]) as firings,
    ):
        nested = examined.predict(prepared.inputs)
    assert set(firings.counts.values()) == {1}
    assert torch.equal(nested, run(examined, texts, first, second))
    with (
        pytest.raises(ValueError, match="inside"),
        intervene(examined.model, examined.sites, prepared, [first]),
    ):
        raise ValueError("inside")
    assert hooks(examined.model) == before


def test_gradients_flow_through_an_intervention():
    examined = subject("bert")
    prepared = examined.prepare(batch(examined))
    with intervene(examined.model, examined.sites, prepared, [make(examined, "noise")]):
        examined.predict(prepared.inputs).sum().backward()
    assert examined.tuned.method.soft.grad.abs().sum() > 0


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_low_precision_keeps_its_dtype(dtype):
    examined = subject("bert")
    prepared, site = examined.prepare(batch(examined)), examined.sites[0]
    values = torch.randn(*prepared.masks.attended.shape, site.units).to(dtype)
    for kind in KINDS:
        plan = Plan(examined.sites, prepared, [[make(examined, kind)]])
        assert plan(site, values).dtype == dtype


@pytest.mark.parametrize("kind", KINDS)
def test_files_are_bit_equal(tmp_path, kind):
    examined = subject("bert")
    changes = [make(examined, kind, "prompt", per="position", seed=9, strength=0.1 + 0.2),
               make(examined, "zero")]  # fmt: skip
    save_interventions(tmp_path / "one.safetensors", changes)
    loaded = load_interventions(tmp_path / "one.safetensors")
    assert [path.name for path in tmp_path.iterdir()] == ["one.safetensors"]
    for one, other in zip(changes, loaded, strict=True):
        for name in ("kind", "tokens", "strength", "per", "seed"):
            assert getattr(one, name) == getattr(other, name)
        for part in ("masks", "values"):
            first, second = getattr(one, part), getattr(other, part)
            assert list(first) == list(second)
            assert all(torch.equal(first[site], second[site]) for site in first)
    assert torch.equal(run(examined, batch(examined), *changes),
                       run(examined, batch(examined), *loaded))  # fmt: skip


def test_files_of_another_kind_are_refused(tmp_path):
    path = tmp_path / "some.safetensors"
    with pytest.raises(RunError, match="holds no interventions"):
        load_interventions(path)
    path.write_bytes(b"what is this")
    with pytest.raises(RunError, match="holds no interventions"):
        load_interventions(path)


MASK = {"encoder.0.ffn": torch.tensor([True] * 64)}


@pytest.mark.parametrize(
    ("settings", "error", "match"),
    [
        ({"kind": "nois"}, RequestError, "did you mean noise"),
        ({"tokens": "promt"}, RequestError, "did you mean prompt"),
        ({"per": "batch"}, RequestError, "per=batch"),
        ({"strength": float("nan")}, RequestError, "strength"),
        ({"masks": {}}, RunError, "touches no unit"),
        ({"masks": {"encoder.0.ffn": torch.zeros(64, dtype=torch.bool)}}, RunError, "no unit"),
        ({"masks": {"encoder.0.ffn": torch.ones(64)}}, RunError, "not bool"),
        ({"kind": "mean"}, RunError, r"needs values for encoder\.0"),
        ({"kind": "zero", "values": {"encoder.0.ffn": torch.ones(64)}}, RunError, "takes no val"),
        ({"values": {"encoder.0.ffn": torch.ones(63)}}, RunError, "with 64 units"),
        ({"values": {"encoder.0.ffn": torch.full((64,), torch.nan)}}, RunError, "NaN"),
        ({"kind": "resample", "values": {"encoder.0.ffn": torch.ones(64)}}, RunError, "rows, un"),
    ],
)
def test_what_makes_no_sense_is_refused(settings, error, match):
    with pytest.raises(error, match=match):
        Intervention(**{"kind": "noise", "masks": MASK, **settings})


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (Intervention("zero", {"encoder.7.ffn": torch.ones(64, dtype=torch.bool)}), "not have"),
        (Intervention("zero", {"encoder.0.ffn": torch.ones(63, dtype=torch.bool)}), "63 units"),
        (Intervention("zero", MASK, "target"), "touches no token"),
    ],
)
def test_what_does_not_fit_the_batch_is_refused(change, match):
    examined = subject("bert")
    before = hooks(examined.model)
    with pytest.raises(RunError, match=match):
        run(examined, batch(examined), change)
    assert hooks(examined.model) == before


def test_a_context_without_effect_is_refused():
    examined = subject("bert")
    prepared = examined.prepare(batch(examined))
    change = make(examined, "zero")
    with (
        pytest.raises(RunError, match="no forward pass"),
        intervene(examined.model, examined.sites, prepared, [change]),
    ):
        pass
    with (
        pytest.raises(RunError, match="no intervention"),
        intervene(examined.model, examined.sites, prepared, []),
    ):
        pass
    with (
        pytest.raises(RunError, match="compiled"),
        intervene(torch.compile(examined.model), examined.sites, prepared, [change]),
    ):
        pass
