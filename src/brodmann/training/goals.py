"""What the two goals of a run, classes and tokens, do besides fitting: keep, look on, tell."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

from lightning.pytorch.callbacks import Callback

from brodmann.backbones.saving import save_backbone
from brodmann.callbacks.best import KeepBest, KeepLast
from brodmann.callbacks.capture import Capture
from brodmann.callbacks.checkpoints import Progress, StepCheckpoints
from brodmann.callbacks.history import History
from brodmann.config.schema import PretrainConfig, TrainConfig
from brodmann.methods.goal import LONGEST
from brodmann.methods.steps import chosen_steps
from brodmann.methods.subject import StateSubject
from brodmann.tasks.probe import load_probe
from brodmann.training.assembly import Assembly
from brodmann.training.feeder import TextFeeder
from brodmann.training.optim import rate_at
from brodmann.training.plan import Plan
from brodmann.training.probe import Predictivity


@dataclass(frozen=True)
class Fit:
    """What looks on at a fit knows.

    Attributes:
        config: The run's settings.
        assembly: What is trained.
        plan: Which examples make up which step.
        folder: The run's.
        history: The curves.
    """

    config: TrainConfig
    assembly: Assembly
    plan: Plan
    folder: Path
    history: History


@dataclass(frozen=True)
class Goal:
    """What a goal does besides fitting.

    Attributes:
        keeper: ``(metric, patience)`` -> what is left behind.
        callbacks: What looks on, before the resume checkpoint is written.
        told: Further metrics, from those there are.
    """

    keeper: type[KeepBest]
    callbacks: Callable[[Fit], list[Callback]]
    told: Callable[[Fit, dict[str, float], list[Callback]], dict[str, float]]


def _progress_at(fit: Fit, step: int) -> Progress:
    optimizer = fit.config.optimizer
    rate = optimizer.lr * rate_at(step - 1, fit.plan.steps, optimizer) if step else 0.0
    return Progress(rate, fit.plan.seen(step) * fit.assembly.train.lengths[0])


def _language_callbacks(fit: Fit) -> list[Callback]:
    method, last = cast(PretrainConfig, fit.config.method), fit.plan.steps
    backbone = fit.assembly.tuned.backbone
    steps = chosen_steps(method.checkpoints, last, "method.checkpoints")
    callbacks: list[Callback] = [
        StepCheckpoints(
            fit.folder, steps, partial(_progress_at, fit), partial(save_backbone, backbone)
        )
    ]
    if method.probe_task is not None:
        if method.capture_steps is not None:
            steps = chosen_steps(method.capture_steps, last, "method.capture_steps")
        measures = {method.probe_task: _probe(fit)}
        subject = partial(StateSubject, fit.assembly.tuned)
        callbacks.append(Capture(fit.folder, steps, measures, subject, fit.history))
    return callbacks


def _probe(fit: Fit) -> Predictivity:
    data, backbone = load_probe(fit.config), fit.assembly.tuned.backbone
    longest = min(backbone.max_positions or LONGEST, LONGEST)
    feeder = TextFeeder(data.val, backbone, longest, fit.config.data.pair)
    name, size = str(fit.config.method.probe_task), fit.config.training.eval_batch_size  # type: ignore[attr-defined]
    return Predictivity(name, data, feeder, size)


def _language_told(
    fit: Fit, metrics: dict[str, float], callbacks: list[Callback]
) -> dict[str, float]:
    captures = [one for one in callbacks if isinstance(one, Capture)]
    speed = metrics["train/samples_per_second"] * fit.assembly.train.lengths[0]
    return {
        **{f"{name}/perplexity": _perplexity(metrics[f"{name}/loss"]) for name in ("test", "val")},
        "train/tokens": float(fit.plan.seen(fit.plan.steps) * fit.assembly.train.lengths[0]),
        "train/tokens_per_second": speed,
        **({"capture/share_of_time": captures[0].share} if captures else {}),
    }


def _perplexity(loss: float) -> float:
    """``exp(loss)``; infinite where that is beyond what a float holds."""
    return math.exp(loss) if loss < 700 else math.inf


GOALS = {
    "classes": Goal(KeepBest, lambda fit: [], lambda fit, metrics, callbacks: {}),
    "tokens": Goal(KeepLast, _language_callbacks, _language_told),
}
"""Goal of a task -> what it does besides fitting."""
