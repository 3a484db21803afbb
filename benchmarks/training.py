"""Prompt tuning: samples per second here, under PEFT with the HF Trainer, and the released way.

``python -m benchmarks.training [--shapes nano base] [--pairs 6] [--steps 6] [--threads 4]``: same
random weights' shape, same texts, same batch; alternating pairs; the ratio's median and interval.
"""

from __future__ import annotations

import argparse
import itertools
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.alone import alone, peak, quiet
from benchmarks.pairs import alternate
from benchmarks.peers import peft_under_hf_trainer, released_way
from benchmarks.scene import Scene, build_scene


def ours(scene: Scene) -> Callable[[], float]:
    """This project's training loop on the scene; returns samples per second."""
    from brodmann.training.feeder import TrainStream
    from brodmann.training.module import TuningModule
    from brodmann.training.plan import Plan

    def measure() -> float:
        import lightning

        tuned, config = scene.tuned(), scene.config
        plan = Plan(scene.lengths, scene.size, 1000, scene.steps, 0)
        module = TuningModule(tuned, config, 2, plan.steps)
        stream = TrainStream(scene, plan, 0, 0, 1)
        trainer = lightning.Trainer(
            accelerator="cpu", max_steps=plan.steps, logger=False, enable_checkpointing=False,
            enable_progress_bar=False, enable_model_summary=False,
        )  # fmt: skip
        started = time.perf_counter()
        trainer.fit(module, torch.utils.data.DataLoader(stream, batch_size=None))
        return scene.steps * scene.size / (time.perf_counter() - started)

    return measure


PEERS = {"PEFT + HF Trainer": peft_under_hf_trainer, "released way": released_way}
SIDES = {"ours": ours, **PEERS}


def compare(shape: str, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Rows of the table for one shape."""
    with tempfile.TemporaryDirectory() as folder:
        scene = build_scene(shape, arguments, Path(folder))
        rows = []
        for name, peer in PEERS.items():
            ratio = alternate(ours(scene), peer(scene), arguments.pairs)
            rows.append({"shape": shape, "peer": name, **vars(ratio)})
            print(json.dumps(rows[-1]), flush=True)
    return rows + growth(shape, arguments)


CHANGES: tuple[dict[str, int], ...] = ({}, {"length": 127}, {"batch": 2}, {"sequence": 2})
"""What grows: the prompt's length to 127, batch and sequence to twice as much."""


def growth(shape: str, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Speed and peak memory of every side over prompt length, batch and sequence.

    Each figure comes from a process of its own, since a process never gives its peak back.
    """
    rows = []
    for change, name in itertools.product(CHANGES, SIDES):
        speed, loaded, most = alone(_one_side, shape, arguments, change, name)
        rows.append({"shape": shape, "change": change, "side": name, "samples/s": speed,
                     "MiB before": loaded, "peak MiB": most})  # fmt: skip
        print(json.dumps(rows[-1]), flush=True)
    return rows


def _one_side(
    shape: str, arguments: argparse.Namespace, change: dict[str, int], name: str
) -> tuple[float, float, float]:
    quiet(arguments.threads)
    with tempfile.TemporaryDirectory() as folder:
        scene = build_scene(shape, arguments, Path(folder)).changed(**change)
        side = SIDES[name](scene)
        loaded = peak()
        return side(), loaded, peak()


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shapes", nargs="+", default=["nano", "base"])
    parser.add_argument("--pairs", type=int, default=6)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--length", type=int, default=16)
    parser.add_argument("--longest", type=int, default=128)
    parser.add_argument("--threads", type=int, default=4)
    arguments = parser.parse_args()
    quiet(arguments.threads)
    np.set_printoptions(precision=3)
    for shape in arguments.shapes:
        compare(shape, arguments)


if __name__ == "__main__":
    main()
