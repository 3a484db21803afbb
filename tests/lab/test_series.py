"""Series of checkpoints: what is listed, and what is refused."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tests.tiny import checkpoint

from brodmann.backbones.checkpoint import weight_files, weights_digest
from brodmann.config.schema import ModelConfig
from brodmann.errors import RequestError
from brodmann.lab.checkpoints import folder_name, read_models, read_revisions, read_series


def variant(folder, number):
    """A copy of the tiny checkpoint with other weights."""
    shutil.copytree(checkpoint("bert"), folder)
    tensors = load_file(folder / "model.safetensors")
    name = sorted(tensors)[0]
    tensors[name] = tensors[name] + np.float32(number)
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    return weights_digest(weight_files(folder))


@pytest.fixture
def series(tmp_path):
    """A run's folder with three checkpoints; returns it and a function that rewrites the index."""
    place = tmp_path / "run-a" / "checkpoints"
    entries = [
        {"step": step, "lr": 0.1, "tokens": 8 * step, "val_loss": None,
         "sha256": variant(place / folder_name(step), step)}
        for step in (0, 10, 100)
    ]  # fmt: skip

    def write(changed):
        index = {"run": "run-a", "steps": 100, "entries": changed}
        (place / "index.json").write_text(json.dumps(index))

    write(entries)
    return tmp_path / "run-a", entries, write


def test_a_series_is_read_in_order(series):
    folder, entries, _ = series
    found = read_series(folder)
    assert found == read_series(folder / "checkpoints")
    assert (found.name, found.steps) == ("run-a", (0, 10, 100))
    assert found.entries[1].tokens == 80
    assert found.entries[2].folder == folder / "checkpoints" / "step-00000100"
    assert [one.sha256 for one in found.entries] == [one["sha256"] for one in entries]


def test_a_folder_without_checkpoints_is_refused(tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(RequestError, match="study.run=.*holds no step checkpoints"):
            read_series(folder, "study.run")


def test_a_missing_or_broken_checkpoint_is_refused(series):
    folder, _, _ = series
    place = folder / "checkpoints" / folder_name(10)
    (place / "model.safetensors").write_bytes(b"half")
    with pytest.raises(RequestError, match="truncated"):
        read_series(folder)
    shutil.rmtree(place)
    with pytest.raises(RequestError, match="the checkpoint of step 10 is missing"):
        read_series(folder)


def test_steps_out_of_order_are_refused(series):
    folder, entries, write = series
    write([entries[0], entries[2], entries[1]])
    with pytest.raises(RequestError, match="step 10 follows step 100"):
        read_series(folder)
    write([entries[0], entries[1], entries[1]])
    with pytest.raises(RequestError, match="step 10 follows step 10"):
        read_series(folder)


def test_equal_weights_at_different_steps_are_refused_with_the_suspects(series):
    folder, entries, write = series
    write([entries[0], {**entries[1], "sha256": entries[2]["sha256"]}, entries[2]])
    with pytest.raises(RequestError, match="equal weights stand under different steps: 10, 100"):
        read_series(folder)


def revisions(mirror, numbers):
    """Local copies of revisions; returns the list of step and revision."""
    for step, number in numbers.items():
        variant(mirror / "owner" / f"model@step{step}", number)
    return [(step, f"step{step}") for step in numbers]


def test_public_revisions_are_found_in_a_mirror(tmp_path):
    model = ModelConfig(name="hf", path="owner/model")
    found = read_revisions(model, revisions(tmp_path, {0: 0, 5: 1, 9: 2}), str(tmp_path))
    assert (found.name, found.steps) == ("owner/model", (0, 5, 9))
    assert found.entries[1].folder.name == "model@step5"
    assert (found.entries[0].lr, found.entries[0].tokens) == (None, None)


def test_public_revisions_with_equal_weights_are_refused(tmp_path):
    model = ModelConfig(name="hf", path="owner/model")
    wanted = revisions(tmp_path, {0: 0, 5: 1, 9: 2, 12: 1, 15: 2})
    with pytest.raises(RequestError, match="different steps: 5, 12; 9, 15"):
        read_revisions(model, wanted, str(tmp_path))
    with pytest.raises(RequestError, match="step 0 follows step 5"):
        read_revisions(model, [wanted[1], wanted[0]], str(tmp_path))
    with pytest.raises(RequestError, match="the series has no checkpoints"):
        read_revisions(model, [], str(tmp_path))


def test_models_of_their_own_make_a_series(tmp_path):
    for step in (1, 2):
        variant(tmp_path / f"step{step}", step)
    models = [(s, ModelConfig(name="hf", path=str(tmp_path / f"step{s}"))) for s in (1, 2)]
    assert read_models("berts", models).steps == (1, 2)


def test_digests_are_of_the_tensors_whatever_the_files(tmp_path):
    tensors = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.ones(4, np.float32)}
    save_file(tensors, tmp_path / "one.safetensors", {"written": "today"})
    save_file({"b": tensors["b"]}, tmp_path / "x.safetensors")
    save_file({"a": tensors["a"]}, tmp_path / "y.safetensors")
    whole = weights_digest([tmp_path / "one.safetensors"])
    assert whole == weights_digest([tmp_path / "x.safetensors", tmp_path / "y.safetensors"])
    save_file({**tensors, "a": tensors["a"].reshape(3, 2)}, tmp_path / "z.safetensors")
    assert whole != weights_digest([tmp_path / "z.safetensors"])


def test_a_series_is_listed_without_torch(series):
    code = (
        "import sys; from pathlib import Path; from brodmann.lab.checkpoints import read_series;"
        f"assert read_series(Path({str(series[0])!r})).steps == (0, 10, 100);"
        "assert 'torch' not in sys.modules and 'transformers' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
