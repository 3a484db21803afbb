"""Many arms in one pass against one pass each, on every family; what is computed how often."""

import logging

import pytest
import torch
from tests.neurons import perturbing
from tests.neurons.examining import batch, subject
from tests.tiny import FAMILY_NAMES
from torch.testing import assert_close

from brodmann.errors import RequestError, RunError
from brodmann.neurons.arms import chunks, lowest_block, run_arms
from brodmann.neurons.interventions import KINDS, Intervention, intervene
from brodmann.neurons.split import expanded


def state(model):
    hooks = sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())
    return hooks, sum("forward" in vars(m) for m in model.modules())


@torch.inference_mode()
def alone(examined, texts, arm):
    prepared = examined.prepare(texts)
    changes = [arm] if isinstance(arm, Intervention) else arm
    if not changes:
        return examined.predict(prepared.inputs)
    with intervene(examined.model, examined.sites, prepared, changes):
        return examined.predict(prepared.inputs)


def grid(examined):
    """Arms of every kind, in the first block, in the last, in both, and clean ones between."""
    names = [site.name for site in examined.sites]
    last = [name for name in names if name.split(".")[1] == "1"]
    arms = []
    for index, kind in enumerate(KINDS):
        for sites in (names, last):
            masks = perturbing.masks(examined, 0.4, index, sites)
            values = perturbing.values(examined, kind)
            strength, per = KINDS[kind].idle + 0.6, ("example", "position")[index % 2]
            tokens = "prompt" if index % 3 else "all"
            arms.append(Intervention(kind, masks, tokens, strength, values, per, index))
    return [[], *arms, [arms[0], arms[3]], []]


@pytest.mark.parametrize("family", FAMILY_NAMES)
@pytest.mark.parametrize("max_rows", [1, 13, 10_000])
def test_arms_equal_their_own_passes(family, max_rows):
    examined = subject(family)
    texts, arms, before = batch(examined), grid(examined), state(examined.model)
    found = run_arms(examined, [texts, batch(examined, seed=1)], arms, max_rows)
    assert found["logits"].shape == (len(arms), 8, 2)
    assert found["rows"].tolist() == [10, 11, 12, 13] * 2
    second = batch(examined, seed=1)
    for arm, logits in zip(arms, found["logits"], strict=True):
        wanted = torch.cat([alone(examined, texts, arm), alone(examined, second, arm)])
        assert_close(logits, wanted, rtol=0, atol=1e-5)
    assert torch.equal(found["logits"][0], found["logits"][-1])
    assert torch.equal(found["logits"][0][:4], alone(examined, texts, []))
    assert state(examined.model) == before


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_one_example_alone(family):
    examined = subject(family)
    texts = {name: values[1:2] for name, values in batch(examined).items()}
    arms = grid(examined)
    found = run_arms(examined, [texts], arms)["logits"]
    for arm, logits in zip(arms, found, strict=True):
        assert_close(logits, alone(examined, texts, arm), rtol=0, atol=1e-5)


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_arms_at_every_kind_of_site(family):
    examined = subject(family, "*")
    texts, arms = batch(examined), []
    for seed, site in enumerate(examined.sites):
        masks = perturbing.masks(examined, 0.4, seed, [site.name])
        arms += [Intervention("noise", masks, strength=0.3), Intervention("permute", masks)]
    found = run_arms(examined, [texts], [arms, *arms])["logits"]
    for arm, logits in zip([arms, *arms], found, strict=True):
        assert_close(logits, alone(examined, texts, arm), rtol=0, atol=1e-5)


@pytest.mark.parametrize("family", ["bert", "roberta", "electra", "deberta-v2", "modernbert"])
def test_the_other_padding_side(family):
    examined = subject(family)
    texts, arms = batch(examined, "left"), grid(examined)
    found = run_arms(examined, [texts], arms)["logits"]
    for arm, logits in zip(arms, found, strict=True):
        assert_close(logits, alone(examined, texts, arm), rtol=0, atol=1e-5)


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_idle_arms_are_clean(family):
    """Bit-equal with one arm at a time; with more rows a matrix product may round otherwise."""
    examined = subject(family)
    texts = batch(examined)
    masks = perturbing.masks(examined)
    arms = [Intervention("noise", masks, strength=0.0, seed=seed) for seed in range(3)]
    clean = alone(examined, texts, [])
    assert torch.equal(run_arms(examined, [texts], arms, 1)["logits"], clean.expand(3, -1, -1))
    assert_close(run_arms(examined, [texts], arms)["logits"], clean.expand(3, -1, -1),
                 rtol=0, atol=1e-6)  # fmt: skip


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_lower_blocks_are_computed_once(family):
    examined = subject(family)
    seen = [[], []]
    for index, calls in enumerate(seen):
        path = examined.tuned.backbone.family.site(
            "ffn_out", index, body=examined.tuned.backbone._body_path
        )
        examined.model.get_submodule(path).register_forward_hook(
            lambda _, inputs, output, calls=calls: calls.append(len(output))
        )
    names = [site.name for site in examined.sites if site.block == 1]
    masks = perturbing.masks(examined, sites=names)
    arms = [Intervention("zero", masks, strength=s) for s in (0.2, 0.4, 0.6, 0.8, 1.0)]
    run_arms(examined, [batch(examined)], arms, 8)
    rows = seen[0][0]
    assert seen[0] == [rows]
    assert seen[1] == [rows, 2 * rows, 2 * rows, rows]


def test_arms_of_the_first_block_need_no_clean_pass():
    examined = subject("bert")
    calls = []
    examined.model.register_forward_hook(lambda *_: calls.append(1))
    examined.model.bert.register_forward_hook(lambda *_: calls.append(1))
    run_arms(examined, [batch(examined)], [Intervention("zero", perturbing.masks(examined))])
    assert len(calls) == 1


def test_arguments_without_examples_are_never_repeated():
    """As many examples as DeBERTa has relative positions: shapes alone would mislead."""
    examined = subject("deberta-v2")
    encoder, seen = examined.model.deberta.encoder, []
    table = encoder.rel_embeddings.weight
    texts = {name: values.repeat(len(table) // 4, *[1] * (values.ndim - 1))
             for name, values in batch(examined).items()}  # fmt: skip
    encoder.layer[1].attention.self.register_forward_pre_hook(
        lambda _, inputs, options: seen.append((len(inputs[0]), len(options["rel_embeddings"]))),
        with_kwargs=True,
    )
    arm = Intervention("noise", perturbing.masks(examined), "all", 0.5)
    run_arms(examined, [texts], [arm, arm], 10_000)
    assert seen == [(2 * len(table), len(table))]


def test_a_block_that_cannot_be_split_off_starts_from_the_inputs(caplog):
    from transformers.models.deberta_v2.modeling_deberta_v2 import ConvLayer

    examined = subject("deberta-v2")
    examined.model.deberta.encoder.conv = ConvLayer(examined.model.config).eval()
    examined = type(examined)(examined.tuned)
    assert examined.unsplit == {0}
    texts, arms = batch(examined), grid(examined)
    with caplog.at_level(logging.WARNING):
        found = run_arms(examined, [texts], arms)["logits"]
    for arm, logits in zip(arms, found, strict=True):
        assert_close(logits, alone(examined, texts, arm), rtol=0, atol=1e-5)
    assert "8 of 17 arms start from the inputs" in caplog.text


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_repeated_inputs_give_the_same_answers(family):
    examined = subject(family)
    texts, arms = batch(examined), grid(examined)
    split = run_arms(examined, [texts], arms)["logits"]
    assert examined.unsplit == frozenset()
    examined.unsplit = frozenset({0, 1})
    assert_close(run_arms(examined, [texts], arms)["logits"], split, rtol=0, atol=1e-5)


def test_everything_is_put_back_after_an_exception():
    examined = subject("bert")
    before = state(examined.model)
    names = [site.name for site in examined.sites if site.block == 1]
    arm = Intervention("zero", perturbing.masks(examined, sites=names))

    def fail(*_):
        raise ValueError("inside")

    last = examined.model.bert.encoder.layer[1].output
    handle = None

    def arm_it(*_):
        nonlocal handle
        handle = last.register_forward_hook(fail)

    first = examined.model.bert.register_forward_hook(arm_it)
    with pytest.raises(ValueError, match="inside"):
        run_arms(examined, [batch(examined)], [arm])
    first.remove()
    handle.remove()
    assert state(examined.model) == before


def test_chunks_hold_every_arm_once_in_one_block():
    generator = torch.Generator().manual_seed(0)
    lowest = [int(b) if b < 4 else None for b in torch.randint(0, 5, (50,), generator=generator)]
    seen = []
    for block, chosen in chunks(lowest, 3):
        assert 1 <= len(chosen) <= 3
        assert {lowest[index] for index in chosen} == {block}
        seen += chosen
    assert sorted(seen) == [i for i, block in enumerate(lowest) if block is not None]


def test_the_lowest_block_is_that_of_a_selected_unit():
    examined = subject("bert")
    masks = perturbing.masks(examined)
    masks["encoder.0.ffn"] = torch.zeros_like(masks["encoder.0.ffn"])
    assert lowest_block(examined, [Intervention("zero", masks)]) == 1
    assert lowest_block(examined, []) is None


def test_what_makes_no_sense_is_refused():
    examined = subject("bert")
    arm = Intervention("zero", perturbing.masks(examined))
    with pytest.raises(RequestError, match="max_rows=0"):
        run_arms(examined, [batch(examined)], [arm], 0)
    with pytest.raises(RunError, match="no arm"):
        run_arms(examined, [batch(examined)], [])
    with pytest.raises(RunError, match="no batch"):
        run_arms(examined, [], [arm])
    with pytest.raises(RunError, match="does not have"):
        run_arms(subject("llama"), [], [Intervention("zero", {"x": torch.tensor([True])})])
    with (
        pytest.raises(RunError, match="no states of 3 examples"),
        expanded([examined.model.get_submodule(examined.blocks[0])], 3, 2),
        torch.no_grad(),
    ):
        examined.predict(examined.prepare(batch(examined)).inputs)
