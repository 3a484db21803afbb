"""Sweeps: two of four fail, a rerun repeats just those; W&B keeps the runs apart."""

import csv
import shutil

import pytest
from tests.cli.helper_request import overrides, run

pytestmark = pytest.mark.slow


def summary(folder):
    (path,) = (folder / "runs" / "sweeps").glob("*/summary.csv")
    with path.open() as file:
        return list(csv.DictReader(file))


def test_failures_are_told_and_done_again(tmp_path):
    request = [
        "-m",
        *overrides(tmp_path, "method=full", "optimizer.lr=1e-4,1e30", "training.clip_norm=0"),
    ]
    request += ["seed=0,1"]
    first = run(*request)
    assert first.returncode == 1
    rows = summary(tmp_path)
    assert sorted(row["state"] for row in rows) == ["done", "done", "failed", "failed"]
    failed = [row for row in rows if row["state"] == "failed"]
    assert all("the loss became" in row["error"] for row in failed)
    for row in failed:
        with open(f"{row['folder']}/train.log") as log:
            assert "Traceback" in log.read()
    second = run(*request)
    assert "4 jobs, 2 of them done already" in second.stdout
    assert second.returncode == 1


def test_a_wrong_job_stops_the_sweep_before_the_first(tmp_path):
    done = run("-m", *overrides(tmp_path, "method=prompt,promt"))
    assert done.returncode == 2
    assert not list((tmp_path / "runs").glob("train/csv*"))


@pytest.mark.parametrize(
    "launcher", [["launcher=joblib", "launcher.n_jobs=2"],
                 ["launcher=submitit", "launcher.cluster=local"]],
)  # fmt: skip
def test_other_launchers(tmp_path, launcher):
    done = run("-m", *overrides(tmp_path, *launcher), "seed=0,1")
    assert done.returncode == 0, done.stderr + done.stdout
    assert {row["state"] for row in summary(tmp_path)} == {"done"}


def test_wandb_keeps_the_runs_apart_and_gives_them_back(tmp_path):
    from tests.lab.wandb_reader import read_offline

    done = run("-m", *overrides(tmp_path, "logger=wandb"), "seed=0,1")
    assert done.returncode == 0, done.stderr + done.stdout
    runs = [read_offline(path) for path in (tmp_path / "runs" / "wandb").glob("offline-run-*")]
    assert len({run["id"] for run in runs}) == 2
    for found in runs:
        assert found["config"]["method"]["name"] == "prompt"
        assert found["summary"]["test/accuracy"] >= 0
        steps = [row["_step"] for row in found["history"] if "train/loss" in row]
        assert steps == sorted(set(steps))
        assert len(steps) > 5


def test_without_a_logger_there_is_no_wandb(tmp_path):
    assert run(*overrides(tmp_path)).returncode == 0
    assert not (tmp_path / "runs" / "wandb").exists()
    assert shutil.os.path.isfile(next((tmp_path / "runs" / "train").glob("csv*/history.csv")))
