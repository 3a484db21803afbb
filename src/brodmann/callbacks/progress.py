"""How far training is: one bar on a terminal, a line per validation everywhere else."""

from __future__ import annotations

import time
from typing import Any

import lightning
from lightning.pytorch.callbacks import Callback
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

EVERY = 10
"""Steps between two looks at the loss: a look waits for the device."""
SECONDS = 2.0
"""Time after which the loss is looked at whatever the step."""
WINDOW = 900.0
"""Seconds over which the speed is taken, so that slow machines have a time left as well."""


class ProgressBar(Callback):
    """Show how far training is.

    Args:
        console: Where to.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("training"),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total:.0f}"),
            TextColumn("{task.fields[training]}{task.fields[validation]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            speed_estimate_period=WINDOW,
            disable=not console.is_terminal,
        )
        self._smooth: dict[str, float] = {}
        self._looked = 0.0

    def on_train_start(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Draw the bar."""
        self._progress.start()
        self._bar = self._progress.add_task(
            "", total=trainer.max_steps, completed=trainer.global_step, training="", validation=""
        )

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Move the bar."""
        if not self._console.is_terminal:
            return
        if trainer.global_step % EVERY == 0 or time.monotonic() - self._looked > SECONDS:
            self._look(outputs)
        self._progress.update(self._bar, completed=trainer.global_step)

    def _look(self, outputs: Any) -> None:
        self._looked = time.monotonic()
        for name in ("loss", "accuracy"):
            value = float(outputs[name])
            self._smooth[name] = 0.8 * self._smooth.get(name, value) + 0.2 * value
        said = "loss {loss:.3f}  accuracy {accuracy:.2f}".format(**self._smooth)
        self._progress.update(self._bar, training=said)

    def on_validation_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Show the validation's accuracy."""
        if trainer.state.fn != "fit":
            return
        loss, accuracy = (float(trainer.callback_metrics[f"val/{n}"]) for n in ("loss", "accuracy"))
        self._progress.update(self._bar, validation=f"  validation {accuracy:.3f}")
        if not self._console.is_terminal:
            step = f"{trainer.global_step}/{trainer.max_steps}"
            self._console.print(f"{'step':>8}  {step}  loss {loss:.3f}  accuracy {accuracy:.3f}"
                                "  (validation)", soft_wrap=True)  # fmt: skip

    def on_train_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Take the bar away."""
        self._progress.stop()

    def on_exception(self, *arguments: Any) -> None:
        """Take the bar away, after an error as well."""
        self._progress.stop()
