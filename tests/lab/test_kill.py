"""Runs killed at random moments go on to the same bytes."""

import json
import random
import signal
import subprocess
import sys
import time

import pytest
from tests.cli.helper_request import ROOT, overrides, run
from tests.training.pretraining import pretraining

from brodmann.lab.run import RunFolder

pytestmark = pytest.mark.slow
LONGER = (
    "training.max_steps=40", "trainer.checkpoint_seconds=0", "method.probe_size=20",
    "method.probe_task=playground/feeling",
)  # fmt: skip
MORE = ("trainer.checkpoint_seconds=0", "training.epochs=40", "method.length=4")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    started = time.monotonic()
    assert run(*overrides(folder, *MORE)).returncode == 0
    (path,) = (folder / "runs" / "train").glob("csv-*")
    return path, time.monotonic() - started


@pytest.mark.parametrize("attempt", range(20))
def test_a_killed_run_resumes_to_the_same_bytes(whole, tmp_path, attempt):
    path, seconds = whole
    command = [sys.executable, "train.py", *overrides(tmp_path, *MORE)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    time.sleep(random.Random(attempt).uniform(0.2, 1.0) * seconds)
    process.kill()
    ended = process.wait()
    folder = RunFolder(tmp_path / "runs" / "train" / path.name)
    assert (folder.state == "done") == (ended == 0) or folder.state == "done"
    assert folder.state in ("done", "interrupted", "absent")
    saved = (folder / "resume.ckpt").is_file()
    done = run(*overrides(tmp_path, *MORE))
    assert done.returncode == 0, done.stderr
    assert ("goes on from step" in done.stdout) == saved
    for name in ("method.safetensors", "splits.safetensors", "history.csv"):
        assert (folder / name).read_bytes() == (path / name).read_bytes(), name


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pretrained")
    started = time.monotonic()
    assert run(*pretraining(folder, *LONGER), timeout=600).returncode == 0
    (path,) = (folder / "runs" / "train").glob("corpus.text-*")
    return folder, path, time.monotonic() - started


@pytest.mark.parametrize("attempt", range(6))
def test_a_killed_pretraining_resumes_to_the_same_bytes(pretrained, tmp_path, attempt):
    folder, path, seconds = pretrained
    request = [*pretraining(folder, *LONGER), f"runs_dir={tmp_path}"]
    process = subprocess.Popen(
        [sys.executable, "train.py", *request], cwd=ROOT, stdout=subprocess.DEVNULL
    )
    time.sleep(random.Random(attempt).uniform(0.3, 1.0) * seconds)
    process.kill()
    process.wait()
    done = run(*request, timeout=600)
    assert done.returncode == 0, done.stderr
    again = tmp_path / "train" / path.name
    names = [str(one.relative_to(path)) for one in sorted(path.glob("c*/**/*")) if one.is_file()]
    assert len(names) > 30
    for name in ("method.safetensors", "history.csv", *names):
        assert (again / name).read_bytes() == (path / name).read_bytes(), name
    assert sorted(one.name for one in (again / "checkpoints").iterdir()) == sorted(
        one.name for one in (path / "checkpoints").iterdir()
    ), "nothing half-written is left"


@pytest.mark.parametrize("every", [1, 7])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_signals_save_and_leave_with_their_code(tmp_path, number, code, every):
    """Whether or not the step at which the signal comes is followed by a validation."""
    endless = (
        "training.epochs=2000", "training.patience=100000", f"training.eval_every={every}",
    )  # fmt: skip
    command = [sys.executable, "train.py", *overrides(tmp_path, *MORE, *endless)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    runs = tmp_path / "runs" / "train"
    for _ in range(600):
        if list(runs.glob("csv-*/resume.ckpt")):
            break
        time.sleep(0.1)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == code
    assert b"goes on from here" in said
    (folder,) = runs.glob("csv-*")
    assert RunFolder(folder).state == "interrupted"
    assert json.loads((folder / "status.json").read_text())["state"] == "running"


@pytest.mark.parametrize("launcher", ["basic", "joblib"])
def test_a_terminated_sweep_ends_its_jobs_first(tmp_path, launcher):
    """SIGTERM reaches the sweep alone; no job may train on behind its back."""
    endless = ("training.epochs=2000", "training.patience=100000", "training.eval_every=7")
    pair = ("seed=0,1", f"launcher={launcher}")
    command = [sys.executable, "train.py", "-m", *overrides(tmp_path, *MORE, *endless), *pair]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    runs = tmp_path / "runs" / "train"
    for _ in range(900):
        if list(runs.glob("csv-*/resume.ckpt")):
            break
        time.sleep(0.1)
    process.terminate()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 143, said
    folders = list(runs.glob("csv-*"))
    assert folders
    assert all(RunFolder(folder).state in ("interrupted", "absent") for folder in folders)
