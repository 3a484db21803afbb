"""The optimizers and the schedules: linear warm-up, then what ``optimizer.schedule`` says."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from torch.optim import Adam, AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR

from brodmann.config.schema import OptimizerConfig

OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {"adam": Adam, "adamw": AdamW}
"""``optimizer.name`` -> its class."""
SCHEDULES: dict[str, Callable[[float], float]] = {
    "linear": lambda left: left,
    "cosine": lambda left: (1 - math.cos(math.pi * left)) / 2,
    "constant": lambda left: 1.0,
}
"""``optimizer.schedule`` -> factor on the rate, from the share of the steps that is left."""


def build_optimizer(groups: Iterable[dict[str, Any]], settings: OptimizerConfig) -> Optimizer:
    """The optimizer over the trained tensors.

    Args:
        groups: What is trained (``params``), and where a group's settings differ.
        settings: Name, learning rate, weight decay, betas, eps.
    """
    return OPTIMIZERS[settings.name](
        groups,
        lr=settings.lr,
        betas=tuple(settings.betas),
        eps=settings.eps,
        weight_decay=settings.weight_decay,
    )


def rate_at(step: int, steps: int, settings: OptimizerConfig) -> float:
    """Factor on the learning rate at a step.

    Args:
        step: From 0.
        steps: All steps of the run.
        settings: Share of warm-up and the schedule after it.

    Example:
        >>> half = OptimizerConfig(warmup=0.5)
        >>> [round(rate_at(step, 4, half), 2) for step in range(4)]
        [0.5, 1.0, 1.0, 0.5]
    """
    warmup = round(settings.warmup * steps)
    if step < warmup:
        return (step + 1) / warmup
    left = max(0.0, (steps - step) / max(1, steps - warmup))
    return SCHEDULES[settings.schedule](left)


def build_schedule(optimizer: Optimizer, steps: int, settings: OptimizerConfig) -> LambdaLR:
    """The schedule, advanced once a step.

    Args:
        optimizer: Whose learning rate it sets.
        steps: Optimizer steps of the whole training.
        settings: Its kind, and the share of the steps that warm up.
    """
    return LambdaLR(optimizer, lambda step: rate_at(step, steps, settings))
