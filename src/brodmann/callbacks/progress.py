"""The one progress bar: loss, accuracy, time left."""

from __future__ import annotations

from typing import Any

import lightning
from lightning.pytorch.callbacks import Callback
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

EVERY = 10
"""Steps between two looks at the loss: a look waits for the device."""


class ProgressBar(Callback):
    """Show how far training is; silent where there is no terminal.

    Args:
        console: Where to.
    """

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("training"),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total:.0f}"),
            TextColumn("loss {task.fields[loss]:.3f}  accuracy {task.fields[accuracy]:.2f}"),
            TextColumn("validation {task.fields[validation]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._smooth: dict[str, float] = {}

    def on_train_start(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Draw the bar."""
        self._progress.start()
        self._bar = self._progress.add_task(
            "", total=trainer.max_steps, completed=trainer.global_step, loss=float("nan"),
            accuracy=float("nan"), validation="-",
        )  # fmt: skip

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Move the bar."""
        if trainer.global_step % EVERY == 0:
            for name in ("loss", "accuracy"):
                value = float(outputs[name])
                self._smooth[name] = 0.8 * self._smooth.get(name, value) + 0.2 * value
            fields: dict[str, Any] = dict(self._smooth)
            self._progress.update(self._bar, completed=trainer.global_step, **fields)

    def on_validation_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Show the validation's accuracy."""
        if trainer.state.fn == "fit":
            score = f"{float(trainer.callback_metrics['val/accuracy']):.3f}"
            self._progress.update(self._bar, validation=score)

    def on_train_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Take the bar away."""
        self._progress.stop()

    def on_exception(self, *arguments: Any) -> None:
        """Take the bar away, after an error as well."""
        self._progress.stop()
