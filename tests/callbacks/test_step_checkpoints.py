"""The folder of checkpoints: whole or not there, of one run, written once."""

import json
from types import SimpleNamespace

import pytest

from brodmann.callbacks.checkpoints import Progress, StepCheckpoints
from brodmann.errors import RequestError, RunError
from brodmann.lab.checkpoints import folder_name
from brodmann.methods.steps import chosen_steps, log_spaced


class Kept:
    """A stand-in for the model, which counts what is written."""

    def __init__(self, folder, steps=(0, 2, 4)):
        self.written = []
        self.callback = StepCheckpoints(
            folder, steps, lambda step: Progress(0.1 * step, 10 * step), self.save
        )

    def save(self, folder):
        self.written.append(folder)
        (folder / "model.safetensors").write_text("weights")
        return f"digest {len(self.written)}"

    def go(self, first, last, zero=True):
        trainer = SimpleNamespace(is_global_zero=zero, global_step=first, callback_metrics={})
        self.callback.on_train_start(trainer, None)
        for step in range(first + 1, last + 1):
            trainer.global_step = step
            self.callback.on_train_batch_end(trainer)
        return trainer


def listed(folder):
    return json.loads((folder / "checkpoints" / "index.json").read_text())


def test_listed_steps_are_kept_with_what_is_known_of_them(tmp_path):
    folder = tmp_path / "run-a"
    trainer = Kept(folder).go(0, 4)
    assert trainer.global_step == 4
    assert listed(folder)["run"] == "run-a"
    assert listed(folder)["entries"][1] == {
        "step": 2, "lr": 0.2, "tokens": 20, "val_loss": None, "sha256": "digest 2",
    }  # fmt: skip
    names = sorted(path.name for path in (folder / "checkpoints").iterdir())
    assert names == ["index.json", *(folder_name(step) for step in (0, 2, 4))]


def test_a_validation_is_noted_at_the_steps_that_are_kept(tmp_path):
    kept = Kept(tmp_path / "run-a")
    trainer = kept.go(0, 2)
    trainer.callback_metrics = {"val/loss": 1.5}
    kept.callback.on_validation_end(trainer, None)
    trainer.global_step = 3
    kept.callback.on_validation_end(trainer, None)
    assert [one["val_loss"] for one in listed(tmp_path / "run-a")["entries"]] == [None, 1.5]


def test_a_resumed_run_writes_what_is_missing_and_nothing_else(tmp_path):
    folder = tmp_path / "run-a"
    Kept(folder).go(0, 3)
    before = (folder / "checkpoints" / folder_name(2) / "model.safetensors").stat().st_mtime_ns
    resumed = Kept(folder)
    resumed.go(1, 4)
    assert len(resumed.written) == 1
    after = (folder / "checkpoints" / folder_name(2) / "model.safetensors").stat().st_mtime_ns
    assert before == after
    assert [one["step"] for one in listed(folder)["entries"]] == [0, 2, 4]


def test_a_folder_that_was_not_listed_yet_is_written_anew(tmp_path):
    folder = tmp_path / "run-a"
    Kept(folder).go(0, 1)
    torn = folder / "checkpoints" / folder_name(2)
    torn.mkdir()
    (torn / "half").write_text("")
    Kept(folder).go(1, 2)
    assert [path.name for path in torn.iterdir()] == ["model.safetensors"]


def test_a_save_that_fails_leaves_nothing(tmp_path):
    folder = tmp_path / "run-a"
    kept = Kept(folder)

    def broken(part):
        (part / "model.safetensors").write_text("half")
        raise OSError(28, "No space left on device")

    kept.callback._save = broken
    with pytest.raises(RunError, match="No space left"):
        kept.go(0, 1)
    assert [path.name for path in (folder / "checkpoints").iterdir()] == ["index.json"]
    assert listed(folder)["entries"] == []


def test_checkpoints_of_another_run_are_refused(tmp_path):
    Kept(tmp_path / "run-a").go(0, 2)
    (tmp_path / "run-a").rename(tmp_path / "run-b")
    with pytest.raises(RunError, match="checkpoints of run-a, not run-b"):
        Kept(tmp_path / "run-b").go(0, 2)
    (tmp_path / "run-b" / "checkpoints" / "index.json").unlink()
    with pytest.raises(RunError, match="without index.json"):
        Kept(tmp_path / "run-b").go(0, 2)


def test_other_processes_write_nothing(tmp_path):
    kept = Kept(tmp_path / "run-a")
    trainer = kept.go(0, 4, zero=False)
    trainer.callback_metrics = {"val/loss": 1.5}
    kept.callback.on_validation_end(trainer, None)
    assert kept.written == []
    assert not (tmp_path / "run-a").exists()


@pytest.mark.parametrize("last", [1, 2, 3, 64, 1000, 1025])
def test_log_spaced_steps(last):
    wanted = sorted({0, last} | {2**k for k in range(20) if 2**k <= last})
    assert list(log_spaced(last)) == wanted


def test_listed_steps():
    assert chosen_steps([], 9, "key") == (0, 9)
    assert chosen_steps([3, 3, 9], 9, "key") == (0, 3, 9)
    with pytest.raises(RequestError, match=r"key=\[3,10\]: the run has 9 steps; leave out 10"):
        chosen_steps([3, 10], 9, "key")
