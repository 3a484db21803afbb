"""Pruned backbones on disk: equal logits after loading, by ours and by transformers."""

import json

import pytest
import torch
import transformers
from safetensors import safe_open
from tests.tiny import FAMILY_NAMES, checkpoint, readout_of, source, tiny_backbone

from brodmann.backbones.assembling import assemble
from brodmann.backbones.pruned import load_pruned, prune_backbone, save_pruned
from brodmann.backbones.widths import TABLE, find_ffns, read_widths
from brodmann.errors import RequestError, RunError
from brodmann.neurons.pruning import widths

ORDINARY = {"bert", "roberta", "electra", "deberta-v2", "gpt2", "opt", "gpt_neox", "vit"}
"""Families with biases and a config key for the width of exactly these FFNs."""


def table(backbone):
    return widths(backbone.model, find_ffns(backbone.model, backbone.family, backbone._body_path))


def pruned(family, counts):
    """Keep the given numbers of random neurons of the two blocks."""
    backbone, generator = tiny_backbone(family), torch.Generator().manual_seed(0)
    keep, means = {}, {}
    for (site, units), count in zip(table(backbone).items(), counts, strict=True):
        order = torch.rand(units, generator=generator).argsort()
        keep[site] = order < (units if count is None else count)
        means[site] = torch.randn(units, generator=generator)
    return prune_backbone(backbone, keep, means)


@torch.no_grad()
def logits(backbone):
    generator = torch.Generator().manual_seed(0)
    if backbone.modality == "image":
        texts = {"pixel_values": torch.randn(3, 3, 16, 16, generator=generator)}
    else:
        ids = torch.randint(5, 40, (3, 7), generator=generator)
        texts = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    readout = readout_of(backbone)
    inputs = assemble(backbone, texts, None, "paper", readout.with_mask)
    return readout(backbone.hidden(inputs), inputs)


@pytest.mark.parametrize("family", FAMILY_NAMES)
@pytest.mark.parametrize("counts", [(7, 20), (9, None), (12, 12)])
def test_a_loaded_model_answers_as_the_saved_one(tmp_path, family, counts):
    made, folder = pruned(family, counts), tmp_path / "pruned"
    ordinary = save_pruned(made, source(family), folder)
    assert ordinary == (family in ORDINARY and counts == (12, 12))
    assert (folder / TABLE).exists() != ordinary
    assert [path.name for path in tmp_path.iterdir()] == ["pruned"]
    loaded = load_pruned(folder)
    assert table(loaded) == table(made)
    assert torch.equal(logits(loaded), logits(made))
    assert not loaded.training
    assert not any(p.requires_grad for p in loaded.parameters())
    before, after = made.model.state_dict(), loaded.model.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("family", sorted(ORDINARY))
def test_transformers_loads_an_ordinary_one_by_itself(tmp_path, family):
    made, folder = pruned(family, (12, 12)), tmp_path / "pruned"
    assert save_pruned(made, source(family), folder)
    options = {"add_pooling_layer": False} if family == "vit" else {}
    model, report = type(made.model).from_pretrained(folder, output_loading_info=True, **options)
    assert not any(report.values())
    before, after = made.model.state_dict(), model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    made.model = model.eval()
    assert torch.equal(logits(load_pruned(folder)), logits(made))


def test_the_whole_backbone_stays_whole():
    backbone = tiny_backbone("bert")
    before, answer = table(backbone), logits(backbone)
    keep = {site: torch.arange(units) < 3 for site, units in before.items()}
    small = prune_backbone(backbone, keep, {s: torch.zeros(u) for s, u in before.items()})
    assert table(backbone) == before
    assert torch.equal(logits(backbone), answer)
    assert set(table(small).values()) == {3}


def test_a_loaded_one_can_be_saved_again(tmp_path):
    first, second = tmp_path / "one", tmp_path / "two"
    save_pruned(pruned("modernbert", (7, 20)), source("modernbert"), first)
    loaded = load_pruned(first)
    assert type(loaded.model) is transformers.ModernBertForMaskedLM
    save_pruned(loaded, source("modernbert"), second)
    assert torch.equal(logits(load_pruned(second)), logits(loaded))


def test_the_body_alone_is_loaded_for_a_classifier(tmp_path):
    made = pruned("bert", (7, 20))
    save_pruned(made, source("bert"), tmp_path / "pruned")
    body = load_pruned(tmp_path / "pruned", "classifier")
    assert type(body.model) is transformers.BertModel
    wanted = {name.removeprefix("bert."): t for name, t in made.model.state_dict().items()}
    assert all(torch.equal(wanted[name], t) for name, t in body.model.state_dict().items())


def test_a_random_twin_has_the_same_widths(tmp_path):
    from brodmann.backbones.backbone import load_backbone
    from brodmann.backbones.source import resolve_model
    from brodmann.config.schema import ModelConfig

    made = pruned("llama", (7, 20))
    save_pruned(made, source("llama"), tmp_path / "pruned")
    settings = ModelConfig(name="x", path=str(tmp_path / "pruned"), init="random")
    found = resolve_model(settings, None)
    twin = load_backbone(found, settings, found.readouts[0])
    assert table(twin) == table(made)
    assert not torch.equal(logits(twin), logits(made))


def test_only_safetensors_are_written(tmp_path):
    save_pruned(pruned("t5", (7, 20)), source("t5"), tmp_path / "pruned")
    assert {p.suffix for p in (tmp_path / "pruned").iterdir()} <= {".json", ".safetensors", ".txt"}
    with safe_open(tmp_path / "pruned" / "model.safetensors", "pt") as file:
        assert any(name.endswith("wo.bias") for name in file.keys())  # noqa: SIM118
    assert read_widths(tmp_path / "pruned") == {"encoder.0.ffn": 7, "encoder.1.ffn": 20}
    assert read_widths(checkpoint("t5")) == {}


def test_bad_folders_and_tables_are_refused(tmp_path):
    made, folder = pruned("bert", (7, 20)), tmp_path / "pruned"
    save_pruned(made, source("bert"), folder)
    with pytest.raises(RunError, match="exists"):
        save_pruned(made, source("bert"), folder)
    (folder / TABLE).write_text(json.dumps({"widths": {"encoder.0.ffn": 7}}))
    with pytest.raises(RunError, match="does not fit"):
        load_pruned(folder)
    (folder / TABLE).write_text("{")
    with pytest.raises(RequestError, match="no table of widths"):
        load_pruned(folder)
