"""``model.pruned``: pruned FFNs in the place of a backbone's own."""

import json

import pytest
import torch
from safetensors.torch import save_file
from tests.backbones.test_pruned import logits, pruned, table
from tests.tiny import FAMILY_NAMES, checkpoint, source

from brodmann.backbones.backbone import load_backbone
from brodmann.backbones.ffns import ffn_tensors
from brodmann.backbones.pruned import save_pruned
from brodmann.backbones.source import resolve_model
from brodmann.config.schema import ModelConfig
from brodmann.errors import RequestError


def settings(family, path, **more):
    return ModelConfig(name=family, path=str(checkpoint(family)), pruned=str(path), **more)


def tensors_of(made):
    return ffn_tensors(made.model, made.family, made._body_path)


def load(family, path, readout=None, **more):
    model = settings(family, path, **more)
    found = resolve_model(model, None)
    return load_backbone(found, model, readout or found.readouts[0])


def write(path, tensors, **info):
    save_file(tensors, path, {"info": json.dumps(info)})
    return path


@pytest.mark.parametrize("family", FAMILY_NAMES)
@pytest.mark.parametrize("way", ["folder", "file"])
def test_a_backbone_with_pruned_ffns_answers_as_the_pruned_one(tmp_path, family, way):
    made = pruned(family, (7, 20))
    if way == "folder":
        save_pruned(made, source(family), tmp_path / "pruned")
    else:
        write(tmp_path / "pruned", tensors_of(made), backbone=source(family).digest)
    loaded = load(family, tmp_path / "pruned")
    assert table(loaded) == table(made)
    assert torch.equal(logits(loaded), logits(made))
    assert not any(p.requires_grad for p in loaded.parameters())
    assert not loaded.training


def test_layers_that_stay_whole_and_the_body_alone(tmp_path):
    made = pruned("bert", (9, None))
    file = write(tmp_path / "f", tensors_of(made))
    body = load("bert", file, "classifier")
    assert table(body) == {"encoder.0.ffn": 9, "encoder.1.ffn": 64}
    wanted = {n.removeprefix("bert."): t for n, t in made.model.state_dict().items()}
    assert all(torch.equal(wanted[name], t) for name, t in body.model.state_dict().items())


def test_the_file_is_small_and_holds_ffns_only():
    tensors = tensors_of(pruned("bert", (3, 3)))
    assert all(".dense." in name and name.startswith("encoder.layer.") for name in tensors)
    assert len(tensors) == 8
    assert sum(values.numel() for values in tensors.values()) == 2 * (2 * 3 * 32 + 3 + 32)


def test_the_digest_is_of_content(tmp_path):
    tensors = tensors_of(pruned("bert", (7, 20)))
    one, two = write(tmp_path / "one", tensors), write(tmp_path / "two", tensors)
    first = resolve_model(settings("bert", one), None)
    assert first.digest == resolve_model(settings("bert", two), None).digest
    assert first.digest != source("bert").digest
    tensors["encoder.layer.0.output.dense.bias"][0] += 1
    assert resolve_model(settings("bert", write(two, tensors)), None).digest != first.digest


def refused(tmp_path, tensors, said, family="bert", **more):
    file = write(tmp_path / "f", tensors)
    with pytest.raises(RequestError, match=said) as error:
        load(family, file, **more)
    assert error.value.key == "model.pruned"


def test_what_does_not_fit_is_refused(tmp_path):
    whole = tensors_of(pruned("bert", (7, 20)))
    first, second = "encoder.layer.0.intermediate.dense", "encoder.layer.0.output.dense"
    lacking = {name: t for name, t in whole.items() if name != f"{first}.weight"}
    refused(tmp_path, lacking, "is not there")
    refused(tmp_path, {**whole, f"{first}.weight": torch.zeros(7, 31)}, "another model")
    refused(tmp_path, {**whole, f"{second}.weight": torch.zeros(32, 8)}, "differ in width")
    refused(tmp_path, whole, "has no trained FFNs", init="random")
    refused(tmp_path, whole, "is not there", family="gpt2")


def test_files_that_are_none_and_other_backbones_are_refused(tmp_path):
    with pytest.raises(RequestError, match="there are no pruned FFNs"):
        resolve_model(settings("bert", tmp_path / "nothing"), None)
    (tmp_path / "torn").write_bytes(b"\x10")
    with pytest.raises(RequestError, match="truncated") as error:
        resolve_model(settings("bert", tmp_path / "torn"), None)
    assert error.value.key == "model.pruned"
    save_pruned(pruned("gpt2", (7, 20)), source("gpt2"), tmp_path / "gpt2")
    with pytest.raises(RequestError, match="another family than bert"):
        resolve_model(settings("bert", tmp_path / "gpt2"), None)
    file = write(tmp_path / "f", tensors_of(pruned("bert", (7, 20))), backbone="another")
    with pytest.raises(RequestError, match="made from another backbone"):
        resolve_model(settings("bert", file), None)
