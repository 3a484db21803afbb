"""Capture on every family: what fires, what is read, and that nothing is left or altered."""

import pytest
import torch
from tests.neurons import naive
from tests.neurons.examining import LENGTHS, PROMPTS, batch, subject
from tests.tiny import FAMILY_NAMES
from torch.testing import assert_close

from brodmann.errors import RunError
from brodmann.neurons.capture import capture
from brodmann.neurons.stream import stream
from brodmann.neurons.tokens import FIXED, POLICIES, POOLINGS, Reading, TokenMasks, read

MANY = ("prompt", "content", "all", "last")


class Keep:
    """A listener that keeps everything."""

    def __init__(self, reading, sites):
        self.reading, self.sites, self.values = reading, sites, {}

    def update(self, site, values, rows):
        self.values.setdefault(site, []).append(values.clone())

    def of(self, site):
        return torch.cat(self.values[site])


def hooks(model):
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_every_site_fires_once_and_the_logits_are_bit_equal(family):
    examined = subject(family, "*")
    texts, before = batch(examined), hooks(examined.model)
    with torch.no_grad():
        bare = examined.predict(examined.prepare(texts).inputs)
        with capture(examined.model, examined.sites, len(LENGTHS), lambda *_: None) as firings:
            same = examined.predict(examined.prepare(texts).inputs)
    assert torch.equal(bare, same)
    assert set(firings.counts.values()) == {1}
    assert hooks(examined.model) == before


@pytest.mark.parametrize("family", FAMILY_NAMES)
@pytest.mark.parametrize("policy", MANY)
@pytest.mark.parametrize("pooling", ["max", "mean", "last"])
def test_padding_never_counts(family, policy, pooling):
    examined = subject(family, "*.ffn")
    texts, site = batch(examined), examined.sites[-1]
    keep = Keep(Reading(policy, pooling), [site.name])
    stream(examined, [texts], [keep])
    single = naive.activations(examined, texts, site)
    for row, values in enumerate(single):
        masks = examined.prepare(naive.alone(texts, row)).masks
        chosen = values[POLICIES[policy](masks)[0]]
        wanted = {"max": chosen.amax(0), "mean": chosen.mean(0), "last": chosen[-1]}[pooling]
        assert_close(keep.of(site.name)[row, 0], wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_prompts_are_read_where_they_are(family):
    examined = subject(family)
    keep = Keep(Reading("prompt"), [examined.sites[0].name])
    stream(examined, [batch(examined)], [keep])
    values = keep.of(examined.sites[0].name)
    assert values.shape == (len(LENGTHS), PROMPTS, examined.sites[0].units)
    texts = batch(examined)
    with torch.no_grad():
        examined.tuned.method.soft[1].mul_(-1)
    keep_changed = Keep(Reading("prompt"), [examined.sites[0].name])
    stream(examined, [texts], [keep_changed])
    moved = (keep_changed.of(examined.sites[0].name) - values).abs().amax(dim=(0, 2))
    assert moved[1] > 1e-3


@pytest.mark.parametrize("family", ["bert", "roberta", "modernbert", "electra", "deberta-v2"])
@pytest.mark.parametrize("layout", ["paper", "cls_first"])
def test_mask_and_cls_are_one_token_each(family, layout):
    from brodmann.config.schema import PromptConfig

    examined = subject(family, settings=PromptConfig(length=PROMPTS, layout=layout))
    masks = examined.prepare(batch(examined)).masks
    assert (masks.mask.sum(1) == 1).all()
    assert (masks.cls.sum(1) == 1).all()
    assert (masks.prompt.sum(1) == PROMPTS).all()
    assert masks.content.sum(1).tolist() == list(LENGTHS)
    for one in (masks.mask, masks.cls, masks.prompt):
        assert not (one & masks.content).any()


@pytest.mark.parametrize("policy", ["content", "all", "last", "prompt"])
@pytest.mark.parametrize("pooling", list(POOLINGS))
def test_both_padding_sides_give_the_same_values(policy, pooling):
    if pooling == "none" and policy not in FIXED:
        pytest.skip("varying numbers of tokens need pooling")
    values = torch.randn(4, 6, 5, generator=torch.Generator().manual_seed(0))
    rolled, lengths = values.clone(), (6, 3, 4, 5)
    right, left = (torch.zeros(4, 6, dtype=torch.bool) for _ in range(2))
    for row, length in enumerate(lengths):
        right[row, :length], left[row, 6 - length :] = True, True
        rolled[row] = values[row].roll(6 - length, dims=0)
    found = [
        read(given, masks_of(attended), Reading(policy, pooling))
        for given, attended in ((values, right), (rolled, left))
    ]
    assert_close(found[0], found[1], rtol=1e-6, atol=1e-6)


def masks_of(attended):
    """The first two attended tokens are prompts, the rest is text."""
    prompt = attended & (attended.cumsum(1) <= 2)
    none = torch.zeros_like(attended)
    return TokenMasks(attended, attended & ~prompt, prompt, none, none, none)


def test_a_site_that_never_fires_is_refused():
    examined = subject("bert")
    with (
        pytest.raises(RunError, match=r"encoder\.0\.ffn.*no forward pass"),
        capture(examined.model, examined.sites, 1, lambda *_: None),
    ):
        pass


def test_hooks_are_gone_after_an_exception():
    examined = subject("bert")
    before = hooks(examined.model)

    def consume(site, values, rows):
        raise ValueError("a consumer's own mistake")

    keep = Keep(Reading("prompt"), [examined.sites[0].name])
    keep.update = consume
    with pytest.raises(ValueError, match="own mistake"):
        stream(examined, [batch(examined)], [keep])
    assert hooks(examined.model) == before


def test_activations_that_are_not_numbers_are_named():
    examined = subject("bert")
    with torch.no_grad():
        examined.tuned.method.soft[0] = torch.nan
    keep = Keep(Reading("prompt"), [examined.sites[0].name])
    with pytest.raises(RunError, match=r"encoder\.0\.ffn holds NaN or infinite .* batch 0"):
        stream(examined, [batch(examined)], [keep])


def test_a_compiled_model_is_refused():
    examined = subject("bert")
    examined.model = torch.compile(examined.model)
    keep = Keep(Reading("prompt"), [examined.sites[0].name])
    with pytest.raises(RunError, match="compiled"):
        stream(examined, [batch(examined)], [keep])


def test_hf_hidden_states_still_work_after_a_capture():
    examined = subject("bert")
    stream(examined, [batch(examined)], [Keep(Reading("prompt"), [examined.sites[0].name])])
    ids = batch(examined)["input_ids"]
    states = examined.model(input_ids=ids, output_hidden_states=True).hidden_states
    assert len(states) == len(examined.blocks) + 1
    stream(examined, [batch(examined)], [Keep(Reading("prompt"), [examined.sites[0].name])])
    again = examined.model(input_ids=ids, output_hidden_states=True).hidden_states
    assert all(torch.equal(a, b) for a, b in zip(states, again, strict=True))
