"""Measurements: kept by content, whole or not there."""

import os
import signal
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from rich.console import Console

from brodmann.errors import RunError
from brodmann.studies import measuring
from brodmann.studies.measuring import Measured, Measurement, measure, read, write


def twice(prepared, factor, inputs=None):
    with Path(prepared.counter).open("a") as file:
        file.write("x")
    base = torch.ones(3) if inputs is None else inputs["base"]
    return Measured({"found/a": base * factor}, {"sites": ["a"], "factor": factor})


def dies_once(prepared, number):
    """The second of them is killed, the first time, as a process that asked for too much."""
    marker = Path(prepared.counter).with_suffix(".died")
    if number == 1 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return Measured({"a": torch.full((2,), float(number))}, {"sites": []})


@pytest.fixture
def run(tmp_path):
    folder = SimpleNamespace(path=tmp_path / "train" / "task-nano-prompt-s0-00000000")
    trainer = SimpleNamespace(threads=1, accelerator="cpu")
    return SimpleNamespace(folder=folder, counter=str(tmp_path / "calls"),
                           config=SimpleNamespace(trainer=trainer))  # fmt: skip


def calls(run):
    return len(Path(run.counter).read_text())


def test_the_same_is_measured_once_and_other_settings_anew(run):
    quiet = Console(quiet=True)
    one, other = (Measurement(twice, run, {"factor": factor}) for factor in (2.0, 3.0))
    first = measure([one, one], "", quiet)
    again = measure([one], "", quiet)
    assert calls(run) == 1
    assert torch.equal(first[1].by_site("found")["a"], again[0].tensors["found/a"])
    assert measure([other], "", quiet)[0].info["factor"] == 3.0
    assert calls(run) == 2


def test_inputs_count(run):
    first, second = (
        Measurement(twice, run, {"factor": 2.0}, {"base": torch.full((3,), value)})
        for value in (1.0, 5.0)
    )
    assert first.path != second.path
    assert measure([second], "", Console(quiet=True))[0].tensors["found/a"].tolist() == [10.0] * 3


def test_a_torn_file_says_what_to_do(tmp_path):
    path = tmp_path / "one.safetensors"
    write(path, Measured({"a": torch.ones(2)}, {"sites": []}))
    assert read(path).tensors["a"].tolist() == [1.0, 1.0]
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(RunError, match="delete it to measure anew"):
        read(path)


def test_nothing_is_left_of_a_failure(run):
    def fails(prepared):
        raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        measure([Measurement(fails, run, {})], "", Console(quiet=True))
    assert not list((run.folder.path.parent.parent / "scores").iterdir())


def test_a_process_that_dies_costs_no_measurement(run, monkeypatch, caplog):
    monkeypatch.setattr(measuring, "runs_side_by_side", lambda _: 2)
    wanted = [Measurement(dies_once, run, {"number": number}) for number in range(5)]
    found = measure(wanted, "", Console(quiet=True))
    assert [one.tensors["a"].tolist() for one in found] == [[n, n] for n in map(float, range(5))]
    assert "going on with 1 at a time" in caplog.text
    assert Path(run.counter).with_suffix(".died").exists()
