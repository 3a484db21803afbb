"""Capture during training: the model is measured at chosen steps while it forms.

A measure is any function of the model as a subject (``neurons.subject.Subject``) that gives named
tensors and a few summary numbers. The tensors of a step go to ``capture/step-%08d.safetensors``,
the numbers to ``history.csv`` and its mirror. Training is not touched: the trained weights are the
same bits with and without.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor

from brodmann.callbacks.history import History
from brodmann.lab.checkpoints import folder_name
from brodmann.lab.files import write_tensors
from brodmann.neurons.subject import Subject

FOLDER = "capture"
"""Folder of the captured tensors in a run's folder."""


@dataclass(frozen=True)
class Captured:
    """What a measure gives.

    Attributes:
        tensors: By name; ``<kind>/<site>`` where they are about units.
        summary: A few numbers by name.
    """

    tensors: Mapping[str, Tensor]
    summary: Mapping[str, float]


Measure = Callable[[Subject], Captured]
"""A measure of a model; it leaves the model as it was. Under DDP every process is asked: what
gathers over processes (``neurons`` does) must be fed in shares, as ``training.probe`` is."""


class Capture(Callback):
    """Measure at chosen steps; every process does, and the first one writes.

    Args:
        folder: The run's.
        steps: When.
        measures: By name, which stands before the names of what they give.
        subject: Gives the model as it is, in eval mode.
        history: Takes the numbers.

    Attributes:
        seconds: Spent on measuring.
        whole: Seconds of the training, measuring included.
    """

    def __init__(
        self,
        folder: Path,
        steps: Sequence[int],
        measures: Mapping[str, Measure],
        subject: Callable[[], Subject],
        history: History,
    ) -> None:
        self._place, self._steps = folder / FOLDER, frozenset(steps)
        self._measures, self._subject, self._history = dict(measures), subject, history
        self.seconds, self.whole = 0.0, 0.0
        self._started = time.perf_counter()

    @property
    def share(self) -> float:
        """Share of the training time that measuring took."""
        return self.seconds / self.whole if self.whole else 0.0

    def on_train_start(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Measure before the first step."""
        self._started = time.perf_counter()
        if trainer.global_step == 0:
            self._measure(trainer, pl_module)

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: Any, *arguments: Any
    ) -> None:
        """Measure at a step that is asked for."""
        self._measure(trainer, pl_module)

    def on_train_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Stop the clock."""
        self._tick()

    def state_dict(self) -> dict[str, Any]:
        """Seconds so far, so that a resumed run knows its share."""
        self._tick()
        return {"seconds": self.seconds, "whole": self.whole}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """The state of the interrupted run."""
        self.seconds, self.whole = state_dict["seconds"], state_dict["whole"]

    def _tick(self) -> None:
        now = time.perf_counter()
        self.whole += now - self._started
        self._started = now

    def _measure(self, trainer: lightning.Trainer, module: Any) -> None:
        step = trainer.global_step
        if step not in self._steps:
            return
        _wait(module.device)
        started, training = time.perf_counter(), module.tuned.training
        cuda = [module.device] if module.device.type == "cuda" else []
        with torch.random.fork_rng(devices=cuda):
            found = {name: measure(self._subject()) for name, measure in self._measures.items()}
        module.tuned.train(training)
        if trainer.is_global_zero:
            self._write(step, found)
        self.seconds += time.perf_counter() - started

    def _write(self, step: int, found: Mapping[str, Captured]) -> None:
        tensors = {f"{n}/{k}": t.cpu() for n, one in found.items() for k, t in one.tensors.items()}
        self._place.mkdir(exist_ok=True)
        write_tensors(self._place / f"{folder_name(step)}.safetensors", tensors)
        self._history.flush()
        told = {f"capture/{n}/{k}": v for n, one in found.items() for k, v in one.summary.items()}
        self._history.add({"step": step, **told})


def _wait(device: torch.device) -> None:
    """Let the device end the training step, so that it is not taken for measuring."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
