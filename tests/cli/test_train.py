"""The command line from end to end, on a tiny model."""

import json

import pytest
from safetensors.torch import load_file
from tests.cli.helper_request import ROOT, overrides, run
from tests.tiny import checkpoint

import brodmann
from brodmann.errors import RequestError

FILES = {
    "config.yaml", "digests.json", "environment.json", "history.csv", "method.safetensors",
    "metrics.json", "splits.safetensors", "status.json", "train.log",
}  # fmt: skip


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    done = run(*overrides(folder, "method.length=4"))
    return folder, done


def test_a_run_leaves_the_files_of_the_contract(finished):
    folder, done = finished
    assert done.returncode == 0, done.stderr
    (path,) = (folder / "runs" / "train").glob("csv-*")
    assert path.name.startswith("csv-hf-prompt-s0-")
    assert {p.name for p in path.iterdir()} == FILES
    assert json.loads((path / "status.json").read_text())["state"] == "done"
    metrics = json.loads((path / "metrics.json").read_text())
    wanted = {"test/accuracy", "test/majority", "val/accuracy", "train/samples_per_second"}
    assert wanted <= metrics.keys()
    assert {n: tuple(t.shape) for n, t in load_file(path / "method.safetensors").items()} == {
        "method.soft": (4, 32)
    }


def test_the_screen_holds_header_result_and_next_command_only(finished):
    _, done = finished
    assert done.stderr == ""
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    assert [line.split()[0] for line in lines] == [
        "task", "model", "method", "device", "folder", "note", "accuracy", "test", "majority",
        "validation", "next",
    ]  # fmt: skip


def test_the_same_request_is_found_and_the_seed_makes_another(finished):
    folder, _ = finished
    again = brodmann.train(overrides(folder, "method.length=4"))
    assert again.reused
    other = brodmann.train(overrides(folder, "method.length=4", "seed=1"))
    assert not other.reused
    assert other.folder != again.folder


def test_a_fixed_seed_gives_equal_bytes(finished, tmp_path):
    folder, _ = finished
    (first,) = (folder / "runs" / "train").glob("csv-hf-prompt-s0-*")
    again = brodmann.train(
        [*overrides(folder, "method.length=4"), f"runs_dir={tmp_path / 'elsewhere'}"]
    )
    assert again.folder.name == first.name
    for name in ("method.safetensors", "splits.safetensors", "history.csv"):
        assert (again.folder / name).read_bytes() == (first / name).read_bytes()


def test_frozen_trains_nothing(tmp_path):
    done = brodmann.train(overrides(tmp_path, "method=frozen"))
    assert done.metrics["parameters/trained"] == 0


@pytest.mark.parametrize(
    ("more", "key"),
    [
        (["task=cvs"], "task"),
        (["data.path=nowhere.csv"], "data.path"),
        (["data.text=review"], "data.text"),
        (["data.max_train=0"], "data.max_train"),
        (["method.length=500"], "method.length"),
        (["task.label_words=[good,marvellous]"], "task.label_words"),
        (["readout.name=next_token"], "readout.name"),
        (["model.path=/nowhere/at/all"], "model.path"),
        (["trainer=gpu"], "trainer"),
        (["optimizer.name=sgd"], "optimizer.name"),
        (["runs_dir=/proc/nothing"], "runs_dir"),
        (["training.epochs=many"], "training.epochs"),
        (["optimizer.lr=0"], "optimizer.lr"),
        (["optimizer.lr=-1"], "optimizer.lr"),
        (["optimizer.lr=nan"], "optimizer.lr"),
        (["model=nano"], "model.path"),
        (["data.path=nowhere.csv", "model.path=nobody/nothing"], "data.path"),
        (["data.path=nowhere.csv", "model.path=/nowhere/at/all"], "model.path"),
    ],
)
def test_mistakes_are_named(tmp_path, more, key):
    with pytest.raises(RequestError) as error:
        brodmann.train(overrides(tmp_path, *more))
    assert error.value.key == key
    assert not list((tmp_path / "runs").glob("train/csv*"))


def test_nano_says_how_a_checkpoint_is_named(tmp_path):
    with pytest.raises(RequestError, match="nano is made here .* type model=hf model.path="):
        brodmann.train(overrides(tmp_path, "model=nano"))


@pytest.mark.parametrize("words", ["[good,marvellous]", "[good,good]"])
def test_label_words_may_be_left_for_a_classifier(tmp_path, words):
    with pytest.raises(RequestError, match="or type readout.name=classifier"):
        brodmann.train(overrides(tmp_path, f"task.label_words={words}"))


def test_a_decoder_is_not_offered_a_classifier(tmp_path):
    more = (f"model.path={checkpoint('gpt2')}", "task.label_words=[good,marvellous]")
    with pytest.raises(RequestError) as error:
        brodmann.train(overrides(tmp_path, *more))
    assert "classifier" not in str(error.value)


def test_a_mistake_is_one_line_and_exit_code_2(tmp_path):
    done = run(*overrides(tmp_path, "method=promt"))
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "wrong request: method=promt: there is no such method; did you mean prompt?"
    ]


def test_a_loss_that_is_not_finite_fails_the_run(tmp_path):
    done = run(*overrides(tmp_path, "method=full", "optimizer.lr=1e30", "training.clip_norm=0"))
    assert done.returncode == 1
    assert "the loss became" in done.stderr
    (path,) = (tmp_path / "runs" / "train").glob("csv-*")
    assert json.loads((path / "status.json").read_text())["state"] == "failed"


def test_no_folders_of_hydra_are_left():
    assert not (ROOT / "outputs").exists()
    assert not (ROOT / "multirun").exists()
