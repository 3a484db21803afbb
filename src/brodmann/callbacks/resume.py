"""The resume checkpoint: written whole or not at all, read only from the run's own folder."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import lightning
from lightning.pytorch.callbacks import Callback

from brodmann.errors import Interrupted
from brodmann.lab.files import replacing
from brodmann.lab.signals import EXIT_CODES, handling


class ResumeCheckpoint(Callback):
    """Save after every validation, every so many seconds, and when a signal asks to stop.

    Args:
        path: Where to.
        seconds: Longest time between two checkpoints; several devices save at validations only,
            since their clocks do not agree.
        eval_every: Steps between validations; at these the checkpoint follows the validation, so
            that a resumed run neither skips nor repeats it.
    """

    def __init__(self, path: Path, seconds: float, eval_every: int) -> None:
        self.path, self.seconds, self.eval_every = path, seconds, eval_every
        self._saved = time.monotonic()
        self._signal: signal.Signals | None = None
        self._listening = False

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Take note of Ctrl-C and SIGTERM during a fit, and stop at its next step.

        Raises:
            Interrupted: A signal came, whether or not the fit had a step left to see it.
        """
        with handling(self._note, *EXIT_CODES) as self._listening:
            yield
        if self._signal is not None:
            raise Interrupted(EXIT_CODES[self._signal])

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._signal is not None:
            raise Interrupted(EXIT_CODES[self._signal])
        self._signal = signal.Signals(number)

    def on_train_start(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Take SIGTERM back from Lightning, which leaves with exit code 0 at a validation."""
        if self._listening:
            signal.signal(signal.SIGTERM, self._note)

    def on_train_batch_end(self, trainer: lightning.Trainer, *arguments: Any) -> None:
        """Save between validations when it is time."""
        if trainer.global_step % self.eval_every:
            self._save_if_due(trainer)

    def on_validation_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Save after a validation, which holds the best tensors already."""
        if not trainer.sanity_checking and trainer.state.fn == "fit":
            self._save_if_due(trainer, always=True)

    def _save_if_due(self, trainer: lightning.Trainer, always: bool = False) -> None:
        late = time.monotonic() - self._saved > self.seconds and trainer.world_size == 1
        if always or late or self._signal is not None:
            self._save(trainer)
            self._saved = time.monotonic()
        if self._signal is not None:
            raise Interrupted(EXIT_CODES[self._signal])

    def _save(self, trainer: lightning.Trainer) -> None:
        """Every process takes part in saving; the first one writes."""
        if not trainer.is_global_zero:
            trainer.save_checkpoint(self.path)
            return
        with replacing(self.path) as part:
            trainer.save_checkpoint(part)
