"""Gradients by a shift of every unit, against finite differences."""

import pytest
import torch
from tests.neurons.examining import batch, subject
from torch.nn import functional

from brodmann.neurons.scores.attribution import gradients, shifts


def loss_of(labels):
    def loss(logits, rows):
        return functional.cross_entropy(logits.double(), labels[rows - 10], reduction="none")

    return loss


@pytest.mark.parametrize("family", ["bert", "gpt2", "llama", "t5"])
def test_gradients_equal_finite_differences(family):
    examined = subject(family)
    texts, labels = batch(examined), torch.tensor([0, 1, 0, 1])
    found = gradients(examined, [texts], loss_of(labels))
    site, step = examined.sites[-1], 1e-2
    loss, prepared = loss_of(labels), examined.prepare(texts)
    for unit in (0, site.units - 1):
        moved = []
        for sign in (1, -1):

            def shift(_, inputs, unit=unit, sign=sign):
                values = inputs[0].clone()
                values[..., unit] += sign * step
                return (values, *inputs[1:])

            module = examined.model.get_submodule(site.path)
            handle = module.register_forward_pre_hook(shift)
            with torch.no_grad():
                moved.append(loss(examined.predict(prepared.inputs), prepared.rows))
            handle.remove()
        slope = (moved[0] - moved[1]) / (2 * step)
        assert torch.allclose(found[site.name][:, unit].double(), slope, atol=2e-3, rtol=0.05)


def test_nothing_is_left_behind_and_the_answer_is_the_same():
    examined = subject("bert")
    prepared = examined.prepare(batch(examined))
    with torch.no_grad():
        bare = examined.predict(prepared.inputs)
        with shifts(examined.model, examined.sites, len(prepared.rows)) as leaves:
            same = examined.predict(prepared.inputs)
    assert torch.equal(bare, same)
    assert set(leaves) == {site.name for site in examined.sites}
    assert not any(m._forward_pre_hooks for m in examined.model.modules())
