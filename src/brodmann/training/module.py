"""The LightningModule: cross-entropy on the read-out's logits, everything else frozen."""

from __future__ import annotations

from typing import Any

import lightning
import torch
from torch import Tensor
from torch.nn import functional

from brodmann.config.schema import TrainConfig
from brodmann.errors import RunError
from brodmann.methods.tuned import TunedModel
from brodmann.training.feeder import Batch
from brodmann.training.metrics import build_metrics
from brodmann.training.optim import build_optimizer, build_schedule

_STRIDE = 1_000_003
"""Distance of the random seeds of neighbouring runs; steps stay below it."""


class TuningModule(lightning.LightningModule):
    """Trains the tensors that a method adds or frees.

    Checkpoints hold these tensors only. Every step draws its randomness from (seed, step), so
    that no generator's state has to be kept for a resumed run to go on bit by bit.

    Args:
        tuned: Backbone, method and read-out.
        config: Optimizer, clipping, metrics, seed.
        classes: Number of classes, or of words.
        steps: Optimizer steps of the whole run.
    """

    strict_loading = False

    def __init__(self, tuned: TunedModel, config: TrainConfig, classes: int, steps: int) -> None:
        super().__init__()
        self.tuned, self.config, self.steps = tuned, config, steps
        self.val_metrics = build_metrics(config.task.metrics, classes, "val/")
        self.test_metrics = build_metrics(config.task.metrics, classes, "test/")
        self.test_outputs: list[tuple[Tensor, ...]] = []

    def forward(self, batch: Batch) -> Tensor:
        """Logits [predictions, classes]: one prediction an example, or one per predicted token."""
        return self.tuned(batch)

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        """Draw this step's randomness (dropout) from the seed and the step alone."""
        torch.manual_seed(self.config.seed * _STRIDE + self.global_step + 7919 * self.global_rank)

    def training_step(self, batch: Batch, batch_idx: int) -> dict[str, Tensor]:
        """Loss and accuracy of one batch."""
        logits = self.tuned(batch).float()
        loss = functional.cross_entropy(logits, batch["label"])
        correct = (logits.detach().argmax(-1) == batch["label"]).float().mean()
        return {"loss": loss, "accuracy": correct}

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Accumulate the validation metrics."""
        self._evaluate(batch, "val", self.val_metrics)

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        """Accumulate the test metrics and keep the predictions (rows by index)."""
        logits = self._evaluate(batch, "test", self.test_metrics)
        probability, predicted = logits.softmax(-1).max(-1)
        rows = batch.get("row", batch["index"])
        told = (rows, batch["label"], predicted, probability)
        self.test_outputs.append(tuple(one.cpu() for one in told))

    def _evaluate(self, batch: Batch, name: str, metrics: Any) -> Tensor:
        logits = self.tuned(batch).float()
        loss = functional.cross_entropy(logits, batch["label"])
        metrics.update(logits.argmax(-1), batch["label"])
        size = len(batch["label"])
        self.log(f"{name}/loss", loss, on_epoch=True, batch_size=size, sync_dist=True)
        self.log_dict(metrics, on_epoch=True, batch_size=size)
        return logits

    def configure_optimizers(self) -> Any:
        """AdamW or Adam over the trained tensors, with the schedule advanced every step."""
        optimizer = build_optimizer(self.tuned.groups(), self.config.optimizer)
        schedule = build_schedule(optimizer, self.steps, self.config.optimizer)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def configure_gradient_clipping(
        self,
        optimizer: torch.optim.Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clip the norm over the trained tensors, or over all (``method.clip_scope``)."""
        if self.config.training.clip_norm > 0:
            torch.nn.utils.clip_grad_norm_(
                self.tuned.clip_parameters(), self.config.training.clip_norm
            )

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the trained tensors only."""
        checkpoint["state_dict"] = {
            name: tensor.detach().clone() for name, tensor in self.tuned.trained().items()
        }

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take the trained tensors back; they must be exactly those that are trained here.

        Raises:
            RunError: The checkpoint is of another model or method.
        """
        try:
            self.tuned.load_trained(checkpoint["state_dict"])
        except KeyError as error:
            raise RunError(f"the resume checkpoint lacks {error}") from error

    def optimizer_zero_grad(self, epoch: int, batch_idx: int, optimizer: Any) -> None:
        """Clear the frozen tensors' gradients as well, where ``clip_scope=all`` makes some."""
        self.tuned.zero_grad()
