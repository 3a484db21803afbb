"""``history.csv``: loss, accuracy, learning rate and speed per step; metrics per validation."""

from __future__ import annotations

import csv
import math
import time
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback

from brodmann.errors import RunError
from brodmann.lab.files import write_csv
from brodmann.lab.tracker import Tracker

EVERY = 20
"""Steps between two looks at the losses: a look waits for the device."""


class History(Callback):
    """Collect the curves, mirror them to the tracker, stop the run when a loss is not finite.

    Args:
        path: The CSV file, rewritten whole at every checkpoint.
        tracker: W&B, or nothing.
    """

    def __init__(self, path: Path, tracker: Tracker) -> None:
        self.path, self.tracker = path, tracker
        self.rows: list[dict[str, object]] = []
        self.samples, self.seconds = 0, 0.0
        self._pending: list[tuple[int, torch.Tensor, float]] = []
        self._started = time.perf_counter()

    def on_train_start(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Keep the rows up to the step that a resumed run starts from."""
        if self.path.is_file():
            with self.path.open(encoding="utf-8", newline="") as file:
                rows: list[dict[str, object]] = list(csv.DictReader(file))
            self.rows = [row for row in rows if int(str(row["step"])) <= trainer.global_step]

    def on_train_batch_start(self, trainer: lightning.Trainer, *arguments: Any) -> None:
        """Start the clock of a step; validations are not in it."""
        self._started = time.perf_counter()

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Note a step without waiting for the device."""
        values = torch.stack([outputs["loss"].detach().float(), outputs["accuracy"]])
        rate = float(trainer.lr_scheduler_configs[0].scheduler.get_last_lr()[0])
        self._pending.append((trainer.global_step, values, rate))
        if len(self._pending) >= EVERY:
            self.flush()
        self.samples += len(batch["index"]) * trainer.world_size
        self.seconds += time.perf_counter() - self._started

    def on_validation_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Note the validation's metrics."""
        self.flush()
        if not trainer.sanity_checking:
            metrics = {
                k: float(v) for k, v in trainer.callback_metrics.items() if k.startswith("val/")
            }
            self.add({"step": trainer.global_step, **metrics})

    def state_dict(self) -> dict[str, Any]:
        """Examples and seconds so far, so that a resumed run knows its speed."""
        return {"samples": self.samples, "seconds": self.seconds}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """The state of the interrupted run."""
        self.samples, self.seconds = state_dict["samples"], state_dict["seconds"]

    def on_save_checkpoint(self, trainer: lightning.Trainer, *arguments: Any) -> None:
        """The curves are as far as the checkpoint is."""
        self._write(trainer)

    def on_train_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Write the rest."""
        self._write(trainer)

    def _write(self, trainer: lightning.Trainer) -> None:
        self.flush()
        if trainer.is_global_zero:
            write_csv(self.path, self.rows)

    def flush(self) -> None:
        """Look at the pending losses.

        Raises:
            RunError: One of them is not finite.
        """
        pending, self._pending = self._pending, []
        for step, values, rate in pending:
            loss, accuracy = values.tolist()
            self.add(
                {"step": step, "train/loss": loss, "train/accuracy": accuracy, "optimizer/lr": rate}
            )
            if not math.isfinite(loss):
                raise RunError(
                    f"the loss became {loss} at step {step}; lower optimizer.lr "
                    f"(it was {rate:.3g}) or use trainer.precision=32-true"
                )

    def add(self, row: dict[str, object]) -> None:
        """Note values; ``flush`` first, so that steps come in order.

        Args:
            row: Name -> value, ``step`` among them.
        """
        self.rows.append(row)
        self.tracker.log({k: v for k, v in row.items() if k != "step"}, int(str(row["step"])))
