"""Learned routers: a small LightningModule, trained on states as they stream by.

Zhang et al. (2022), "MoEfication", section 3.3 and the released code, whose budget is the default
of the study (Adam 0.01, batches of 512 tokens, 30 epochs). Here the best epoch on other texts is
kept; the released code validates on the last tenth of the tokens, and keeps the second best.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import lightning
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from brodmann.errors import RunError
from brodmann.lab.screen import silence_lightning
from brodmann.neurons.moe.measures import Routing
from brodmann.neurons.moe.routers import MlpRouter, router_loss

Rows = Mapping[str, Tensor]
"""``states/<layer>`` float ``[n, D]`` and ``active/<router>`` float ``[n, E]``."""


@dataclass(frozen=True)
class Budget:
    """How routers are trained.

    Attributes:
        epochs: How often the states are gone through.
        lr: Of Adam.
        count: Experts whose captured activity says which epoch is best.
        accelerator: ``cpu`` or ``gpu``.
    """

    epochs: int
    lr: float
    count: int
    accelerator: str = "cpu"


class RouterModule(lightning.LightningModule):
    """Several routers, trained side by side and each by itself: their losses share no weight.

    Args:
        routers: Name -> router.
        layer_of: Name of the router -> layer whose states it sees.
        budget: How they are trained.

    Attributes:
        captured: Name -> share of activity captured on validation, one per epoch; the first is
            before training.
    """

    def __init__(
        self, routers: Mapping[str, MlpRouter], layer_of: Mapping[str, str], budget: Budget
    ) -> None:
        super().__init__()
        self.names = tuple(routers)
        self.routers = torch.nn.ModuleList(routers.values())
        self.layer_of, self.budget = dict(layer_of), budget
        self.captured: dict[str, list[float]] = {name: [] for name in self.names}
        self._best: dict[str, dict[str, Tensor]] = {}
        self._heard: dict[str, Routing] = {}

    def training_step(self, batch: Rows, batch_idx: int) -> Tensor:
        """Sum of the routers' losses.

        Raises:
            RunError: It is not finite.
        """
        losses = [router_loss(logits, active) for _, logits, active in self._scored(batch)]
        total = torch.stack(losses).sum()
        if not bool(torch.isfinite(total)):
            raise RunError("the loss of the routers is not finite: give a smaller study.router_lr")
        return total

    def on_validation_epoch_start(self) -> None:
        """Begin to count anew."""
        self._heard = {name: Routing([self.budget.count]) for name in self.names}

    def validation_step(self, batch: Rows, batch_idx: int) -> None:
        """Count what each router captures."""
        for name, logits, active in self._scored(batch):
            self._heard[name].update(logits, active)

    def on_validation_epoch_end(self) -> None:
        """Keep every router that is better than it ever was."""
        for name, router in zip(self.names, self.routers, strict=True):
            found = float(self._heard[name].captured())
            if found > max(self.captured[name], default=-1.0):
                self._best[name] = {k: v.detach().clone() for k, v in router.state_dict().items()}
            self.captured[name].append(found)

    def keep_best(self) -> None:
        """Give every router back its best epoch, or its beginning where that was best."""
        for name, router in zip(self.names, self.routers, strict=True):
            router.load_state_dict(self._best[name])

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Adam, which treats every weight by itself, and so every router."""
        return torch.optim.Adam(self.parameters(), self.budget.lr)

    def _scored(self, batch: Rows) -> Iterator[tuple[str, Tensor, Tensor]]:
        for name, router in zip(self.names, self.routers, strict=True):
            yield name, router(batch[f"states/{self.layer_of[name]}"]), batch[f"active/{name}"]


class _Streamed(IterableDataset[Rows]):
    def __init__(self, rows: Iterable[Rows]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[Rows]:
        return iter(self._rows)


def train_routers(
    routers: Mapping[str, MlpRouter],
    layer_of: Mapping[str, str],
    train: Iterable[Rows],
    validation: Iterable[Rows],
    budget: Budget,
) -> dict[str, list[float]]:
    """Train routers in place; each is left as it was in its best epoch.

    Args:
        routers: Name -> router.
        layer_of: Name of the router -> layer whose states it sees.
        train: Mini-batches, gone through once an epoch.
        validation: Rows of other texts, gone through before training and after every epoch.
        budget: How they are trained.

    Returns:
        Name -> share of activity captured on validation, before training and after each epoch.

    Raises:
        RunError: A loss was not finite, or there was nothing to train or validate on.
    """
    silence_lightning()
    module = RouterModule(routers, layer_of, budget)
    options: dict[str, Any] = {
        "logger": False, "enable_checkpointing": False, "enable_progress_bar": False,
        "enable_model_summary": False, "num_sanity_val_steps": 0, "inference_mode": False,
        "accelerator": budget.accelerator, "devices": 1, "use_distributed_sampler": False,
    }  # fmt: skip
    trainer = lightning.Trainer(max_epochs=budget.epochs, **options)
    held = DataLoader(_Streamed(validation), batch_size=None)
    trainer.validate(module, held, verbose=False)
    trainer.fit(module, DataLoader(_Streamed(train), batch_size=None), held)
    if not trainer.global_step:
        raise RunError("there was no state to train routers on")
    module.keep_best()
    module.cpu()
    return module.captured
