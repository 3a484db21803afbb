"""Activated neurons and moved prompts, on tiny real models, against hooks and hand-made passes."""

from types import SimpleNamespace

import pytest
import torch
from tests.neurons.examining import batch, subject
from torch.testing import assert_close

from brodmann.errors import RunError
from brodmann.methods import TunedSubject
from brodmann.studies.skill_neurons import zero_shot as module
from brodmann.studies.skill_neurons.zero_shot import activated, empty_batch, zero_shot

LABELS = torch.tensor([0, 1, 1, 0])


class Tiny:
    """One batch of four texts, as any split."""

    def __init__(self, family):
        self.subject: TunedSubject = subject(family)
        self.assembly = SimpleNamespace(tuned=self.subject.tuned)

    def subset(self, split, rows):
        return torch.arange(4).numpy()

    def labels(self, split, rows):
        return LABELS

    def batches(self, split, rows):
        texts = batch(self.subject)
        order = torch.tensor([2, 0, 3, 1])
        for part in order.split(2):
            yield {name: values[part] for name, values in texts.items() if name != "index"} | {
                "index": part
            }


@pytest.fixture(params=["bert", "gpt2", "t5"])
def tiny(request, monkeypatch):
    examined = Tiny(request.param)
    monkeypatch.setattr(module, "examine", lambda prepared: examined)
    examined.family = request.param
    return examined


POSITIONS = {"bert": 0, "gpt2": -1, "t5": -1}
"""[MASK] comes first; prompts stand last in a decoder; an encoder-decoder's text ends its input."""


def test_active_neurons_are_those_above_0_where_the_answer_is_read(tiny):
    found = activated(None)
    seen = {}
    handles = []
    for site in tiny.subject.sites:
        layer = tiny.subject.model.get_submodule(site.path)
        handles.append(layer.register_forward_pre_hook(
            lambda _, inputs, name=site.name: seen.__setitem__(name, inputs[0])))  # fmt: skip
    prepared = tiny.subject.prepare(empty_batch(tiny))
    with torch.no_grad():
        tiny.subject.predict(prepared.inputs)
    for handle in handles:
        handle.remove()
    for site in tiny.subject.sites:
        values = seen[site.name].reshape(-1, site.units)
        assert torch.equal(found.tensors[f"active/{site.name}"], values[POSITIONS[tiny.family]] > 0)
    assert found.info["policy"] == ("mask" if tiny.family == "bert" else "last")


def test_an_empty_text_is_its_special_tokens(tiny):
    assert empty_batch(tiny)["input_ids"].tolist() == [[1, 2]]


def test_a_tokenizer_without_special_tokens_gives_one(tiny, monkeypatch):
    class Bare:
        bos_token_id, eos_token_id, pad_token_id = None, 2, None

        def __call__(self, *columns, **settings):
            return {"input_ids": [[] for _ in columns[0]]}

    monkeypatch.setattr(tiny.subject.tuned.backbone, "tokenizer", Bare())
    made = empty_batch(tiny)
    assert (made["input_ids"].tolist(), made["attention_mask"].tolist()) == ([[2]], [[1]])


def test_moved_prompts_answer_as_if_they_stood_there(tiny):
    tuned = tiny.subject.tuned
    own = tuned.method.soft.detach().clone()
    other = torch.randn(own.shape, generator=torch.Generator().manual_seed(1))
    inputs = {"own/method.soft": own, "other/method.soft": other}
    found = zero_shot(None, ["other", "own"], None, inputs)
    assert found.info == {"sources": ["other", "own"]}
    for source, right in zip((other, own), found.tensors["right"], strict=True):
        with torch.no_grad():
            tuned.method.soft.copy_(source)
            logits = tuned({n: v for n, v in batch(tiny.subject).items() if n != "index"})
        assert_close(right, logits.argmax(-1) == LABELS)


def test_prompts_of_another_shape_are_refused(tiny):
    with pytest.raises(RunError, match="not this model's"):
        zero_shot(None, ["other"], None, {"other/method.soft": torch.zeros(7, 32)})
