"""What a run leaves behind: the tensors of its best validation, or those of its last step.

Early stopping as in the paper: validate every so often, keep the best, stop when it stays.
"""

from __future__ import annotations

from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback

from brodmann.training.module import TuningModule


class KeepBest(Callback):
    """Hold the trained tensors of the best validation; ties go to the later one.

    Args:
        metric: Validated quantity, larger is better (``val/accuracy``).
        patience: Validations without improvement after which training ends.
    """

    def __init__(self, metric: str, patience: int) -> None:
        self.metric, self.patience = metric, patience
        self.best: dict[str, Any] = {"score": float("-inf"), "step": -1, "metrics": {}}
        self.tensors: dict[str, torch.Tensor] = {}
        self.stale = 0
        self.seen = -1

    def on_validation_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Compare with the best so far."""
        metrics = {k: float(v) for k, v in trainer.callback_metrics.items() if k.startswith("val/")}
        self._offer(pl_module, metrics, trainer.global_step)
        trainer.should_stop = trainer.should_stop or self.stale >= self.patience

    def _offer(self, module: TuningModule, metrics: dict[str, float], step: int) -> None:
        if step == self.seen:
            return
        self.seen = step
        if metrics[self.metric] < self.best["score"]:
            self.stale += 1
            return
        self.stale = self.stale + 1 if metrics[self.metric] == self.best["score"] else 0
        self.best = {"score": metrics[self.metric], "step": step, "metrics": metrics}
        self.tensors = {n: t.detach().cpu().clone() for n, t in module.tuned.trained().items()}

    def restore(self, module: TuningModule) -> None:
        """Put the best tensors in place of the last ones."""
        module.tuned.load_trained(self.tensors)

    def on_train_start(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """A resumed run that had already run out of patience ends at once."""
        trainer.should_stop = self.stale >= self.patience

    def state_dict(self) -> dict[str, Any]:
        """Plain values and tensors, for the resume checkpoint."""
        return {"best": self.best, "tensors": self.tensors, "stale": self.stale, "seen": self.seen}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """The state of the interrupted run."""
        self.best, self.tensors = state_dict["best"], state_dict["tensors"]
        self.stale, self.seen = state_dict["stale"], state_dict["seen"]


class KeepLast(KeepBest):
    """Train to the last step and leave its tensors: a budget is used up, as in pre-training."""

    def _offer(self, module: TuningModule, metrics: dict[str, float], step: int) -> None:
        self.seen = step
        self.best = {"score": metrics[self.metric], "step": step, "metrics": metrics}

    def restore(self, module: TuningModule) -> None:
        """The tensors are the last ones already."""
