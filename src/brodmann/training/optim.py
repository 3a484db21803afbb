"""The optimizers and the one schedule: linear warm-up, then linear decay."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch.optim import Adam, AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR

from brodmann.config.schema import OptimizerConfig
from brodmann.errors import RequestError, nearest

OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {"adam": Adam, "adamw": AdamW}
"""``optimizer.name`` -> its class."""
SCHEDULES = ("linear", "constant")
"""What ``optimizer.schedule`` may be."""


def check_optimizer(settings: OptimizerConfig) -> None:
    """Refuse an unknown optimizer or schedule.

    Raises:
        RequestError: See above.
    """
    for key, value, known in (
        ("optimizer.name", settings.name, list(OPTIMIZERS)),
        ("optimizer.schedule", settings.schedule, list(SCHEDULES)),
    ):
        if value not in known:
            raise RequestError(key, value, "this is not known", nearest(value, known))


def build_optimizer(
    parameters: Iterable[torch.nn.Parameter], settings: OptimizerConfig
) -> Optimizer:
    """The optimizer over the trained tensors.

    Args:
        parameters: What is trained.
        settings: Name, learning rate, weight decay, betas, eps.
    """
    return OPTIMIZERS[settings.name](
        parameters,
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
    if settings.schedule == "constant":
        return 1.0
    return max(0.0, (steps - step) / max(1, steps - warmup))


def build_schedule(optimizer: Optimizer, steps: int, settings: OptimizerConfig) -> LambdaLR:
    """The schedule, advanced once a step.

    Args:
        optimizer: Whose learning rate it sets.
        steps: Optimizer steps of the whole training.
        settings: Its kind, and the share of the steps that warm up.
    """
    return LambdaLR(optimizer, lambda step: rate_at(step, steps, settings))
