"""Runs on pruned and shuffled backbones and on control labels, from a request to a folder."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.backbones.test_pruned import pruned
from tests.cli.helper_request import overrides

import brodmann
from brodmann.backbones.ffns import ffn_tensors
from brodmann.config.compose import compose_train
from brodmann.config.groups import default_conf
from brodmann.errors import RequestError
from brodmann.lab.prepare import prepare
from brodmann.lab.trained import load_run

SHORT = ("training.max_steps=3", "training.eval_every=3", "data.max_train=40", "data.max_test=20")


@pytest.fixture
def ffns(tmp_path):
    made = pruned("bert", (7, 20))
    path = tmp_path / "ffns.safetensors"
    save_file(ffn_tensors(made.model, made.family, made._body_path), path)
    return path


@pytest.mark.parametrize("method", ["prompt", "adapter", "bitfit", "lora", "ia3", "full"])
def test_every_method_trains_on_a_pruned_backbone(method, tmp_path, ffns):
    asked = overrides(tmp_path, f"method={method}", f"model.pruned={ffns}", *SHORT)
    done = brodmann.train(asked)
    prepared = prepare(compose_train(asked, [default_conf()]))
    assert prepared.folder.path == done.folder
    tuned = load_run(prepared).tuned
    saved = load_file(done.folder / "method.safetensors")
    assert all(torch.equal(saved[name], p) for name, p in tuned.trained().items())
    layer = tuned.backbone.blocks[0].intermediate.dense
    given = load_file(ffns)["encoder.layer.0.intermediate.dense.weight"]
    assert layer.weight.shape == (7, 32)
    assert torch.equal(layer.weight.cpu(), given) == (method != "full")
    assert json.loads((done.folder / "status.json").read_text())["state"] == "done"


def test_a_pruned_run_is_found_again_wherever_its_ffns_lie(tmp_path, ffns):
    first = brodmann.train(overrides(tmp_path, f"model.pruned={ffns}", *SHORT))
    moved = ffns.rename(tmp_path / "elsewhere.safetensors")
    again = brodmann.train(overrides(tmp_path, f"model.pruned={moved}", *SHORT))
    assert again.reused
    assert again.folder == first.folder


def test_tuning_goes_on_from_another_runs_tensors(tmp_path):
    first = brodmann.train(overrides(tmp_path, *SHORT))
    start = first.folder / "method.safetensors"
    still = ("optimizer.lr=1e-30", "optimizer.weight_decay=0.0")
    again = brodmann.train(overrides(tmp_path, *SHORT, f"training.start={start}", *still))
    assert again.folder != first.folder
    before, after = (load_file(run.folder / "method.safetensors") for run in (first, again))
    assert all(torch.equal(before[name], values) for name, values in after.items())
    assert again.metrics["test/accuracy"] == first.metrics["test/accuracy"]
    new = brodmann.train(overrides(tmp_path, *SHORT, *still))
    fresh = load_file(new.folder / "method.safetensors")
    assert not all(torch.equal(before[name], values) for name, values in fresh.items())
    copy = shutil.copy(start, tmp_path / "copy.safetensors")
    moved = brodmann.train(overrides(tmp_path, *SHORT, f"training.start={copy}", *still))
    assert moved.folder == again.folder
    assert moved.reused


def test_a_start_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(RequestError, match="no such file") as error:
        brodmann.train(overrides(tmp_path, *SHORT, "training.start=nowhere.safetensors"))
    assert error.value.key == "training.start"


@pytest.mark.parametrize("more", ["model.init=shuffled", "data.labels=control"])
def test_twins_and_control_labels_train_in_folders_of_their_own(tmp_path, more):
    plain, other = (brodmann.train(overrides(tmp_path, *SHORT, *m)) for m in ((), (more,)))
    assert plain.folder != other.folder
    assert other.metrics["train/steps"] == 3
