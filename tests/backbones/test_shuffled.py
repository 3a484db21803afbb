"""Weight-shuffled twins: the same numbers, in other places."""

import pytest
import torch
from tests.tiny import FAMILY_NAMES, checkpoint, tiny_backbone

from brodmann.backbones.backbone import load_backbone
from brodmann.backbones.source import resolve_model
from brodmann.config.schema import ModelConfig


def twin(family, seed=0, readout=None, init="shuffled"):
    settings = ModelConfig(name=family, path=str(checkpoint(family)), init=init, init_seed=seed)
    found = resolve_model(settings, None)
    return load_backbone(found, settings, readout or found.readouts[0])


def weights(backbone):
    return dict(backbone.model.named_parameters())


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_every_matrix_keeps_its_numbers_and_every_vector_its_places(family):
    before, after = weights(tiny_backbone(family)), weights(twin(family))
    assert before.keys() == after.keys()
    for name, values in before.items():
        if values.ndim < 2:
            assert torch.equal(values, after[name]), name
            continue
        assert torch.equal(values.flatten().sort().values, after[name].flatten().sort().values)
        if len(values.unique()) > 20:
            moved = (values != after[name]).float().mean()
            assert moved > 0.8, name


def test_seeds_give_other_twins_and_other_digests():
    first, second = weights(twin("bert", 0)), weights(twin("bert", 1))
    name = "bert.encoder.layer.0.intermediate.dense.weight"
    assert torch.equal(first[name], weights(twin("bert", 0))[name])
    assert not torch.equal(first[name], second[name])
    path = str(checkpoint("bert"))
    digests = {
        resolve_model(ModelConfig(name="x", path=path, init=init, init_seed=seed), None).digest
        for init, seed in (("pretrained", 0), ("random", 0), ("shuffled", 0), ("shuffled", 1))
    }
    assert len(digests) == 4


def test_layers_of_one_shape_are_shuffled_apart():
    after, before = weights(twin("bert")), weights(tiny_backbone("bert"))
    places = []
    for side in ("query", "key"):
        name = f"bert.encoder.layer.0.attention.self.{side}.weight"
        first = before[name].flatten()[0]
        places.append(int((after[name].flatten() == first).nonzero()[0]))
    assert places[0] != places[1]


def test_with_and_without_its_head_it_is_the_same():
    whole, body = weights(twin("bert")), weights(twin("bert", readout="classifier"))
    assert all(torch.equal(whole[f"bert.{name}"], values) for name, values in body.items())


def test_tied_embeddings_stay_tied():
    model = twin("bert").model
    assert model.cls.predictions.decoder.weight is model.bert.embeddings.word_embeddings.weight


def test_a_twin_of_the_nano_backbone_has_no_pre_training_of_its_own(monkeypatch):
    asked = []

    def ensure(seed, progress, recipe):
        asked.append(seed)
        return checkpoint("bert")

    monkeypatch.setattr("brodmann.backbones.source.ensure_nano", ensure)
    monkeypatch.setattr(
        "brodmann.backbones.source.ensure_nano_shape", lambda recipe: ensure("shape", None, recipe)
    )
    for init in ("pretrained", "random", "shuffled"):
        resolve_model(ModelConfig(name="nano", library="nano", init=init, init_seed=3), None)
    assert asked == [3, "shape", 0]
