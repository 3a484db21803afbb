"""A backbone written as a checkpoint is the same one when it is read again."""

import pytest
import torch
from tests.tiny import source

from brodmann.backbones.backbone import load_backbone
from brodmann.backbones.checkpoint import weight_files, weights_digest
from brodmann.backbones.saving import save_backbone
from brodmann.backbones.source import resolve_model
from brodmann.config.schema import ModelConfig


def loaded(folder, dtype="float32"):
    model = ModelConfig(name="hf", path=str(folder), dtype=dtype)
    found = resolve_model(model, None)
    return load_backbone(found, model, found.readouts[0])


@pytest.mark.parametrize("family", ["bert", "modernbert", "gpt2", "opt", "llama"])
def test_weights_and_kind_come_back(family, tmp_path):
    backbone = loaded(source(family).folder)
    digest = save_backbone(backbone, tmp_path)
    again = loaded(tmp_path)
    assert again.family == backbone.family
    assert digest == weights_digest(weight_files(tmp_path))
    for one, other in zip(again.parameters(), backbone.parameters(), strict=True):
        assert torch.equal(one, other)


def test_other_dtypes_are_written_as_float32(tmp_path):
    backbone = loaded(source("bert").folder, "float64")
    save_backbone(backbone, tmp_path)
    assert next(backbone.parameters()).dtype == torch.float64, "the model itself stays as it is"
    whole = loaded(source("bert").folder)
    for one, other in zip(loaded(tmp_path).parameters(), whole.parameters(), strict=True):
        assert torch.equal(one, other)


def test_what_was_tokenised_before_leaves_no_trace(tmp_path):
    backbone = loaded(source("bert").folder)
    (tmp_path / "a").mkdir()
    save_backbone(backbone, tmp_path / "a")
    backbone.tokenizer(["good film"], truncation=True, max_length=3, padding="max_length")
    (tmp_path / "b").mkdir()
    save_backbone(backbone, tmp_path / "b")
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
