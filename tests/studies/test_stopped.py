"""SIGTERM while a study measures: it ends at once, leaves no process, and goes on later."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from rich.console import Console
from tests.cli.helper_request import ROOT, overrides

from brodmann.errors import Interrupted
from brodmann.lab.run import RunFolder
from brodmann.lab.signals import handling, leave
from brodmann.studies import measuring
from brodmann.studies.measuring import Measured, Measurement, measure

LONG = 600
"""Seconds; no test waits for them."""
STUDY = """
import sys
from dataclasses import replace
from brodmann import studies
from brodmann.cli.analyze import main
from brodmann.cli.entry import run_entry
from brodmann.studies.suite import grid
from tests.studies.test_stopped import sleeps

def find(suite):
    suite.measure("sleep", sleeps, grid(suite.config), {"number": 1})

study = studies.STUDIES["skill_neurons"]
part = replace(study.parts["predictivity"], find=find)
studies.STUDIES["skill_neurons"] = replace(study, parts={"predictivity": part})
if __name__ == "__main__":
    sys.exit(run_entry(main, sys.argv[1:]))
"""


def sleeps(prepared, number):
    """The first is quick, the others are not."""
    started = Path(prepared.folder.path).parent.parent / f"started-{number}"
    started.touch()
    time.sleep(LONG if number else 0)
    return Measured({"a": torch.ones(1)}, {"sites": []})


@pytest.fixture
def run(tmp_path):
    folder = SimpleNamespace(path=tmp_path / "train" / "task-nano-prompt-s0-00000000")
    trainer = SimpleNamespace(threads=1, accelerator="cpu")
    return SimpleNamespace(folder=folder, config=SimpleNamespace(trainer=trainer))


def terminate_when(there):
    """Send this process SIGTERM once a file is there."""

    def wait():
        while not there.exists():
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


@pytest.mark.parametrize("workers", [1, 2])
def test_measuring_stops_at_once_and_keeps_what_is_done(run, monkeypatch, workers):
    monkeypatch.setattr(measuring, "runs_side_by_side", lambda _: workers)
    wanted = [Measurement(sleeps, run, {"number": number}) for number in range(4)]
    root = run.folder.path.parent.parent
    root.mkdir(parents=True, exist_ok=True)
    terminate_when(root / f"started-{workers}")
    with handling(leave, signal.SIGTERM), pytest.raises(Interrupted) as stopped:
        measure(wanted, "", Console(quiet=True))
    assert stopped.value.code == 143
    assert not multiprocessing.active_children()
    assert [one.path.is_file() for one in wanted] == [True, False, False, False]


@pytest.mark.slow
def test_a_terminated_study_says_how_it_goes_on(tmp_path):
    script = tmp_path / "study.py"
    script.write_text(STUDY)
    typed = ["experiment=skill_neurons", "parts=[predictivity]", "seed=0", *overrides(tmp_path)]
    command = [sys.executable, str(script), *typed]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               env={**os.environ, "PYTHONPATH": os.pathsep.join(
                                   [str(ROOT), os.environ.get("PYTHONPATH", "")])})  # fmt: skip
    runs = tmp_path / "runs"
    for _ in range(1200):
        if (runs / "started-1").exists() or process.poll() is not None:
            break
        time.sleep(0.1)
    process.terminate()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 143, said
    assert b"stopped; the same command goes on from here" in said
    (folder,) = (runs / "analyze").glob("skill_neurons-*")
    assert RunFolder(folder).state == "interrupted"
