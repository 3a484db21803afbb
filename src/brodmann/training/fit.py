"""One training run: build, fit, keep the best, test."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import lightning
import torch
from lightning.pytorch.callbacks import Callback
from torch.utils.data import DataLoader

from brodmann.callbacks.history import History
from brodmann.callbacks.resume import ResumeCheckpoint
from brodmann.config.schema import TrainConfig
from brodmann.lab.device import accelerator_of, precision_of
from brodmann.lab.tracker import Tracker
from brodmann.tasks.data import TaskData
from brodmann.training.assembly import Assembly
from brodmann.training.feeder import EvaluationStream, Feeder, TrainStream
from brodmann.training.goals import GOALS, Fit
from brodmann.training.metrics import majority_accuracy
from brodmann.training.module import TuningModule
from brodmann.training.plan import Plan, evaluation_batches, shared_size

RESUME = "resume.ckpt"
"""Checkpoint in a run's folder that an interrupted training goes on from."""


@dataclass
class Fitted:
    """What a fit leaves behind.

    Attributes:
        metrics: Content of ``metrics.json``.
        predictions: Rows of (index, label, prediction, probability of the prediction), by index;
            several of an index where an example has several predictions.
    """

    metrics: dict[str, float]
    predictions: list[tuple[int, int, int, float]]


def fit(
    config: TrainConfig,
    data: TaskData,
    assembly: Assembly,
    folder: Path,
    tracker: Tracker,
    extra: list[Callback],
) -> Fitted:
    """Train (unless there is nothing to train), restore the best tensors, and test them once.

    Args:
        config: The run's settings.
        data: Splits and labels.
        assembly: Backbone, method, read-out and feeders.
        folder: The run's folder: ``history.csv`` and the resume checkpoint lie there.
        tracker: Where the curves are mirrored.
        extra: Callbacks that show progress.

    Raises:
        RunError: A loss was not finite.
        Interrupted: A signal asked to stop; the resume checkpoint is written.
    """
    plan = Plan(
        assembly.train.lengths, config.training.batch_size, config.training.epochs,
        config.training.max_steps, config.seed,
    )  # fmt: skip
    module = TuningModule(assembly.tuned, config, assembly.classes, plan.steps)
    eval_every = min(config.training.eval_every, plan.steps_per_epoch, plan.steps)
    history = History(folder / "history.csv", tracker)
    goal, fitting = GOALS[data.goal], Fit(config, assembly, plan, folder, history)
    best = goal.keeper(f"val/{config.task.metrics[0]}", config.training.patience)
    own = goal.callbacks(fitting)
    resume = ResumeCheckpoint(folder / RESUME, config.trainer.checkpoint_seconds, eval_every)
    trainer = build_trainer(config, plan.steps, eval_every, [best, history, *own, resume, *extra])
    started = time.perf_counter()
    if assembly.tuned.trained():
        with resume.listening():
            _fit(trainer, module, assembly, plan, folder)
        if best.seen != trainer.global_step:
            trainer.validate(module, _evaluation(assembly.val, trainer, config), verbose=False)
        best.restore(module)
        val = best.best["metrics"]
    else:
        val = dict(
            trainer.validate(module, _evaluation(assembly.val, trainer, config), verbose=False)[0]
        )
    test = trainer.test(module, _evaluation(assembly.test, trainer, config), verbose=False)[0]
    metrics = {
        **{k: float(v) for k, v in test.items()},
        "test/majority": majority_accuracy(assembly.train.labels, assembly.test.labels),
        **{k: float(v) for k, v in val.items()},
        "train/steps": float(trainer.global_step),
        "train/best_step": float(best.best["step"]),
        "train/samples_per_second": history.samples / history.seconds if history.seconds else 0.0,
        "train/seconds": time.perf_counter() - started,
        "parameters/trained": float(sum(p.numel() for p in assembly.tuned.trained().values())),
        "parameters/total": float(sum(p.numel() for p in assembly.tuned.parameters())),
    }
    metrics |= goal.told(fitting, metrics, own)
    return Fitted(metrics, _predictions(module))


def _fit(
    trainer: lightning.Trainer, module: TuningModule, assembly: Assembly, plan: Plan, folder: Path
) -> None:
    start = resume_step(folder)
    checkpoint = folder / RESUME if start else None
    stream = TrainStream(assembly.train, plan, start, trainer.global_rank, trainer.world_size)
    config = module.config
    loader = DataLoader(stream, batch_size=None, num_workers=config.trainer.workers)
    trainer.fit(
        module, loader, _evaluation(assembly.val, trainer, config), ckpt_path=checkpoint,
        weights_only=True,
    )  # fmt: skip


def resume_step(folder: Path) -> int:
    """The step from which an interrupted run goes on; 0 when there is none."""
    if not (folder / RESUME).is_file():
        return 0
    saved = torch.load(folder / RESUME, map_location="cpu", weights_only=True, mmap=True)
    return int(saved["global_step"])


def _evaluation(feeder: Feeder, trainer: lightning.Trainer, config: TrainConfig) -> DataLoader[Any]:
    lengths, world = feeder.lengths, trainer.world_size
    size = shared_size(config.training.eval_batch_size, len(lengths), world)
    batches = evaluation_batches(lengths, size)
    stream = EvaluationStream(feeder, batches, trainer.global_rank, world)
    return DataLoader(stream, batch_size=None, num_workers=config.trainer.workers)


def build_trainer(
    config: TrainConfig, steps: int, eval_every: int, callbacks: list[Callback]
) -> lightning.Trainer:
    """A quiet Lightning Trainer: our callbacks show, log and save.

    Args:
        config: Device, strategy and precision.
        steps: Optimizer steps in all.
        eval_every: Steps between validations.
        callbacks: In the order in which they run.
    """
    accelerator = accelerator_of(config.trainer)
    return lightning.Trainer(
        accelerator="gpu" if accelerator == "gpu" else "cpu",
        devices=config.trainer.devices if config.trainer.devices > 0 else "auto",
        strategy=config.trainer.strategy,
        precision=cast(Any, precision_of(config.trainer, accelerator)),
        max_steps=steps,
        val_check_interval=eval_every,
        check_val_every_n_epoch=None,
        num_sanity_val_steps=0,
        callbacks=callbacks,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        use_distributed_sampler=False,
        inference_mode=True,
    )


def _predictions(module: TuningModule) -> list[tuple[int, int, int, float]]:
    columns = [torch.cat(part) for part in zip(*module.test_outputs, strict=True)]
    order = columns[0].argsort(stable=True)
    return list(zip(*(column[order].tolist() for column in columns), strict=True))
