"""The command line from end to end, on a tiny model."""

import json
import shlex

import pytest
from safetensors.torch import load_file
from tests.cli.helper_request import ROOT, overrides, run
from tests.tiny import checkpoint

import brodmann
from brodmann.config.compose import compose_train
from brodmann.config.request import Request
from brodmann.errors import RequestError
from brodmann.lab.prepare import prepare
from brodmann.report.terminal import next_command

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
        "task", "model", "method", "device", "folder", "note", *["step"] * 3, "accuracy", "test",
        "majority", "validation", "next",
    ]  # fmt: skip
    steps = [line.split()[1] for line in lines if line.split()[0] == "step"]
    assert steps == ["7/24", "14/24", "21/24"]
    assert "nan" not in done.stdout


def test_the_header_names_the_checkpoint(finished):
    _, done = finished
    assert f"hf  ({checkpoint('bert').name}, " in done.stdout


def test_the_log_says_each_line_once_and_praises_nothing(finished):
    folder, _ = finished
    (path,) = (folder / "runs" / "train").glob("csv-hf-prompt-s0-*")
    text = (path / "train.log").read_text()
    assert text.count("GPU available") == 1
    assert "Tip:" not in text


def test_the_next_command_keeps_what_was_typed_and_runs(finished, tmp_path):
    folder, done = finished
    typed = shlex.split(done.stdout.rpartition("next ")[2])
    assert typed[:3] == ["python", "train.py", "-m"]
    assert set(overrides(folder, "method.length=4")) <= set(typed)
    assert typed[-2:] == ["method=prompt", "seed=0,1"]
    short = ("training.max_steps=2", "data.max_train=20", f"runs_dir={tmp_path}")
    again = run(*typed[2:], *short, "--cfg", "job")
    assert again.returncode == 0, again.stderr
    assert "the first of 2 jobs is shown" in again.stderr
    assert "job" not in again.stdout.splitlines()[0]


def test_the_next_command_without_method_settings_has_other_methods(tmp_path):
    request = Request(overrides(tmp_path, "seed=5", "method=bitfit"))
    command = next_command(prepare(compose_train(request.overrides)), request)
    assert shlex.split(command)[-2:] == ["method=bitfit,prompt,adapter", "seed=5,6"]


def test_the_next_command_of_a_run_with_a_start_has_no_other_methods(finished):
    folder, _ = finished
    (path,) = (folder / "runs" / "train").glob("csv-hf-prompt-s0-*/method.safetensors")
    request = Request(overrides(folder, f"training.start={path}"))
    command = next_command(prepare(compose_train(request.overrides)), request)
    assert shlex.split(command)[-2:] == ["method=prompt", "seed=0,1"]


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
