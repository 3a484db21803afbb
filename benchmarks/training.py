"""Prompt tuning: samples per second here, under PEFT with the HF Trainer, and the released way.

``python -m benchmarks.training [--shapes nano base] [--pairs 6] [--steps 6] [--threads 4]``: same
random weights' shape, same texts, same batch; alternating pairs; the ratio's median and interval.
"""

from __future__ import annotations

import argparse
import json
import logging
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

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


def compare(shape: str, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Rows of the table for one shape."""
    with tempfile.TemporaryDirectory() as folder:
        scene = build_scene(shape, arguments, Path(folder))
        rows = []
        for name, peer in PEERS.items():
            ratio = alternate(ours(scene), peer(scene), arguments.pairs)
            rows.append({"shape": shape, "peer": name, **vars(ratio)})
            print(json.dumps(rows[-1]), flush=True)
        rows += growth(scene)
    return rows


def growth(scene: Scene) -> list[dict[str, Any]]:
    """Seconds per step and peak memory of ours over prompt length, batch and sequence."""
    rows = []
    for key, value in (("length", 127), ("batch", 2 * scene.size), ("sequence", 2 * scene.longest)):
        changed = scene.changed(**{key: value})
        speed = ours(changed)()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        rows.append({"shape": scene.shape, key: value, "samples/s": speed, "peak MiB so far": peak})
        print(json.dumps(rows[-1]), flush=True)
    return rows


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
    torch.set_num_threads(arguments.threads)
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    np.set_printoptions(precision=3)
    for shape in arguments.shapes:
        compare(shape, arguments)


if __name__ == "__main__":
    main()
