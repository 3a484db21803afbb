"""What a person reads during a run: the bar, the lines without a terminal, the header."""

import io
from types import SimpleNamespace

import pytest
from rich.console import Console

from brodmann.callbacks.progress import ProgressBar


def trainer(step, fn="fit"):
    metrics = {"val/loss": 0.5, "val/accuracy": 0.75}
    return SimpleNamespace(
        global_step=step, max_steps=40, callback_metrics=metrics, state=SimpleNamespace(fn=fn)
    )


@pytest.fixture
def screen():
    return io.StringIO()


def test_without_a_terminal_there_is_a_line_per_validation(screen):
    bar = ProgressBar(Console(file=screen, width=100))
    bar.on_train_start(trainer(0), None)
    bar.on_train_batch_end(trainer(10), None, {"loss": 1.0, "accuracy": 0.5}, None, 0)
    assert screen.getvalue() == ""
    bar.on_validation_end(trainer(10), None)
    bar.on_train_end(trainer(10), None)
    bar.on_validation_end(trainer(10, "validate"), None)
    assert screen.getvalue().split() == [
        "step", "10/40", "loss", "0.500", "accuracy", "0.750", "(validation)",
    ]  # fmt: skip


def test_the_bar_shows_no_number_before_there_is_one(screen):
    bar = ProgressBar(Console(file=screen, width=100, force_terminal=True))
    bar.on_train_start(trainer(0), None)
    bar.on_train_end(trainer(0), None)
    assert "0/40" in screen.getvalue()
    assert "nan" not in screen.getvalue()
    assert "loss" not in screen.getvalue()


def test_a_slow_machine_has_a_time_left(screen, monkeypatch):
    console = Console(file=screen, width=100, force_terminal=True)
    clock = [0.0]
    bar = ProgressBar(console)
    monkeypatch.setattr(bar._progress, "get_time", lambda: clock[0])
    bar.on_train_start(trainer(0), None)
    for step in (1, 2, 3):
        clock[0] += 60.0
        bar.on_train_batch_end(trainer(step), None, {"loss": 1.0, "accuracy": 0.5}, None, 0)
    (task,) = bar._progress.tasks
    bar.on_train_end(trainer(3), None)
    assert task.time_remaining == 37 * 60
    assert task.fields["training"] == "loss 1.000  accuracy 0.50"
