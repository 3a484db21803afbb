"""Step checkpoints of a pre-training: the model at listed steps, and what is known of each.

``checkpoints/step-%08d/`` holds config, weights (safetensors, float32) and tokenizer and appears
whole or not at all; ``checkpoints/index.json`` says of which run they are and lists step, learning
rate, tokens seen, validation loss and the digest of the weights.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning
from lightning.pytorch.callbacks import Callback

from brodmann.errors import RunError
from brodmann.lab.checkpoints import FOLDER, INDEX, folder_name
from brodmann.lab.files import read_json, replacing_folder, write_json


@dataclass(frozen=True)
class Progress:
    """What is known of a step without training to it.

    Attributes:
        lr: Learning rate of the last step before it, 0 for step 0.
        tokens: Tokens seen before it.
    """

    lr: float
    tokens: int


class StepCheckpoints(Callback):
    """Keep the weights of chosen steps; steps that an interrupted run kept are not written again.

    Only the first process writes.

    Args:
        folder: The run's; its name tells runs apart.
        steps: Which, rising.
        progress_at: What is known of a step.
        save: Writes the checkpoint of the model into a folder and returns its digest.
    """

    def __init__(
        self,
        folder: Path,
        steps: Sequence[int],
        progress_at: Callable[[int], Progress],
        save: Callable[[Path], str],
    ) -> None:
        self._run, self._place = folder.name, folder / FOLDER
        self._steps, self._progress_at, self._save = tuple(steps), progress_at, save
        self._entries: dict[int, dict[str, Any]] = {}

    def on_train_start(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Read what is there, and keep step 0.

        Raises:
            RunError: The checkpoints in the folder are of another run.
        """
        if trainer.is_global_zero:
            for torn in self._place.glob(".step-*"):
                shutil.rmtree(torn, ignore_errors=True)
            self._entries = self._read()
            self._keep(trainer.global_step)

    def on_train_batch_end(self, trainer: lightning.Trainer, *arguments: Any) -> None:
        """Keep a step that is asked for."""
        if trainer.is_global_zero:
            self._keep(trainer.global_step)

    def on_validation_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Note the validation loss of a step that was kept."""
        entry = self._entries.get(trainer.global_step)
        loss = trainer.callback_metrics.get("val/loss")
        if trainer.is_global_zero and entry is not None and loss is not None:
            entry["val_loss"] = float(loss)
            self._write()

    def _read(self) -> dict[int, dict[str, Any]]:
        index = read_json(self._place / INDEX)
        if index is None:
            if any(self._place.glob("step-*")):
                raise RunError(f"{self._place} holds checkpoints without {INDEX}: move them away")
            self._write()
            return {}
        if index["run"] != self._run:
            raise RunError(f"{self._place} holds checkpoints of {index['run']}, not {self._run}: "
                           "move them away, or use another runs_dir")  # fmt: skip
        return {int(entry["step"]): entry for entry in index["entries"]}

    def _keep(self, step: int) -> None:
        if step not in self._steps or step in self._entries:
            return
        with replacing_folder(self._place / folder_name(step)) as part:
            digest = self._save(part)
        known = self._progress_at(step)
        self._entries[step] = {
            "step": step, "lr": known.lr, "tokens": known.tokens, "val_loss": None,
            "sha256": digest,
        }  # fmt: skip
        self._write()

    def _write(self) -> None:
        self._place.mkdir(parents=True, exist_ok=True)
        entries = [self._entries[step] for step in sorted(self._entries)]
        content = {"run": self._run, "steps": self._steps[-1], "entries": entries}
        write_json(self._place / INDEX, content)
