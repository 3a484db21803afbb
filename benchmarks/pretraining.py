"""Pre-training: tokens per second here, and in the compact loop that makes the nano backbone.

``python -m benchmarks.pretraining [--pairs 6] [--steps 40] [--threads 1]``: nano from random
weights, the same packed sequences, the same batch; the loop's own step (masks, forward pass, head
at the masked positions, clipping, AdamW, schedule) against a whole step under Lightning.
Alternating pairs; the ratio's median and interval.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

import torch

from benchmarks.alone import quiet
from benchmarks.pairs import alternate
from brodmann.config.compose import compose_train
from brodmann.config.schema import TrainConfig
from brodmann.lab.prepare import prepare
from brodmann.playground.masking import masked_loss
from brodmann.playground.recipe import Recipe
from brodmann.playground.shapes import build_model
from brodmann.playground.tokenizer import build_tokenizer
from brodmann.training.assembly import Assembly, assemble_run
from brodmann.training.feeder import TrainStream
from brodmann.training.module import TuningModule
from brodmann.training.plan import Plan

REQUEST = ["task=corpus/playground", "method=pretrain", "model=nano", "trainer=cpu"]


def compact(assembly: Assembly, config: TrainConfig, steps: int) -> Callable[[], float]:
    """The loop of ``playground.pretrain`` on packed sequences; returns tokens per second."""
    recipe, feeder = Recipe(), assembly.train
    plan = Plan(feeder.lengths, config.training.batch_size, 1000, steps, 0)

    def measure() -> float:
        model = build_model(recipe, 0, len(build_tokenizer())).train()
        optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.lr, weight_decay=0.01)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, recipe.lr, total_steps=steps, pct_start=0.1
        )
        started = time.perf_counter()
        for _, indices in plan.from_step(0):
            ids = torch.from_numpy(feeder.ids[indices]).long()  # type: ignore[attr-defined]
            rates = torch.where(ids >= 5, config.method.mask_rate, 0.0)  # type: ignore[attr-defined]
            masked_loss(model, ids, torch.zeros_like(ids), rates).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
        return steps * ids.numel() / (time.perf_counter() - started)

    return measure


def ours(prepared: Any, steps: int) -> Callable[[], float]:
    """A fit under Lightning on the same sequences; returns tokens per second."""

    def measure() -> float:
        import lightning

        config = prepared.config
        assembly = assemble_run(config, prepared.data, prepared.source)
        feeder = assembly.train
        plan = Plan(feeder.lengths, config.training.batch_size, 1000, steps, 0)
        module = TuningModule(assembly.tuned, config, assembly.classes, steps)
        trainer = lightning.Trainer(
            accelerator="cpu", max_steps=steps, logger=False, enable_checkpointing=False,
            enable_progress_bar=False, enable_model_summary=False,
        )  # fmt: skip
        loader = torch.utils.data.DataLoader(TrainStream(feeder, plan, 0, 0, 1), batch_size=None)
        started = time.perf_counter()
        trainer.fit(module, loader)
        tokens = steps * config.training.batch_size * feeder.lengths[0]
        return tokens / (time.perf_counter() - started)

    return measure


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=6)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    quiet(arguments.threads)
    prepared = prepare(compose_train(REQUEST))
    assembly = assemble_run(prepared.config, prepared.data, prepared.source)
    loop = compact(assembly, prepared.config, arguments.steps)
    print(json.dumps(vars(alternate(ours(prepared, arguments.steps), loop, arguments.pairs))))


if __name__ == "__main__":
    main()
