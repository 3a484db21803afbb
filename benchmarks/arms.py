"""The perturbation grid: many arms in one pass against one pass per point.

``python -m benchmarks.arms [--shapes nano base] [--pairs 6] [--rates 18] [--orders 8]``: noise on
the neurons of nested selections (0 to 17 %), several orders; same weights, same texts, same noise;
alternating pairs; the ratio of times with its interval. ``released way`` pads to a fixed length and
computes the model's own head at every position; ``own passes`` differs from ours in nothing but
one pass per point.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from benchmarks.pairs import alternate
from benchmarks.scene import Scene, build_scene
from brodmann.methods import TunedSubject
from brodmann.neurons.arms import run_arms
from brodmann.neurons.interventions import Intervention, intervene
from brodmann.neurons.selection import order_by

Points = Sequence[Sequence[Intervention]]


def grid(subject: TunedSubject, rates: int, orders: int, lowest: int = 0) -> Points:
    """Noise on nested selections of random orders, in blocks from ``lowest`` upwards."""
    points: list[list[Intervention]] = []
    for order in range(orders):
        generator = torch.Generator().manual_seed(order)
        scores = {
            site.name: torch.rand(site.units, generator=generator)
            for site in subject.sites
            if site.block >= lowest
        }
        tops = [order_by(scores, "global", order).top(rate / 100) for rate in range(rates)]
        points += [
            [Intervention("noise", top.masks, strength=0.1)] if len(top) else [] for top in tops
        ]
    return points


def in_arms(subject: TunedSubject, batch: Any, points: Points, rows: int) -> Callable[[], float]:
    """Points per second with arms."""

    def measure() -> float:
        started = time.perf_counter()
        run_arms(subject, [batch], points, rows)
        return len(points) / (time.perf_counter() - started)

    return measure


def one_by_one(
    subject: TunedSubject, batch: Any, points: Points, whole: bool
) -> Callable[[], float]:
    """Points per second with a pass each; ``whole``: the model's own head at every position."""

    @torch.inference_mode()
    def measure() -> float:
        started = time.perf_counter()
        for point in points:
            prepared = subject.prepare(batch)
            run = _whole_head if whole else type(subject).predict
            if not point:
                run(subject, prepared.inputs)
                continue
            with intervene(subject.model, subject.sites, prepared, point):
                run(subject, prepared.inputs)
        return len(points) / (time.perf_counter() - started)

    return measure


def _whole_head(subject: TunedSubject, inputs: Any) -> Any:
    model: Any = subject.model
    return model(inputs_embeds=inputs.embeds, attention_mask=inputs.attention_mask).logits


def fixed(batch: dict[str, torch.Tensor], longest: int) -> dict[str, torch.Tensor]:
    """The batch padded to a fixed length."""
    more = longest - batch["input_ids"].shape[1]
    return {
        name: functional.pad(values, (0, more)) if values.ndim == 2 else values
        for name, values in batch.items()
    }


def compare(shape: str, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Rows of the table for one shape: ratios of times, ours / theirs."""
    with tempfile.TemporaryDirectory() as folder:
        scene: Scene = build_scene(shape, arguments, Path(folder))
        subject = TunedSubject(scene.tuned())
        batch = scene.batch(np.arange(scene.size))
        points = grid(subject, arguments.rates, arguments.orders)
        ours = in_arms(subject, batch, points, arguments.rows)
        peers = {
            "released way": one_by_one(subject, fixed(batch, scene.longest), points, True),
            "own passes": one_by_one(subject, batch, points, False),
        }
        table = [_row(shape, name, ours, peer, arguments.pairs) for name, peer in peers.items()]
        blocks = len(subject.blocks)
        for lowest in (blocks // 2, blocks - 1):
            upper = grid(subject, arguments.rates, arguments.orders, lowest)
            some = in_arms(subject, batch, upper, arguments.rows)
            name = f"blocks from {lowest} of {blocks} against all"
            table.append(_row(shape, name, some, ours, arguments.pairs))
        return table


def _row(shape: str, name: str, ours: Any, peer: Any, pairs: int) -> dict[str, Any]:
    ratio = alternate(peer, ours, pairs)
    return {
        "shape": shape, "against": name, "time ratio": round(ratio.median, 3),
        "low": round(ratio.low, 3), "high": round(ratio.high, 3),
        "confidence": round(ratio.confidence, 3), "points/s": round(ratio.theirs, 2),
    }  # fmt: skip


def main() -> None:
    """Measure and print the table as JSON lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shapes", nargs="+", default=["nano", "base"])
    numbers = {"pairs": 6, "rates": 18, "orders": 8, "rows": 256, "batch": 32, "length": 16,
               "longest": 128, "threads": 4, "steps": 1}  # fmt: skip
    for name, value in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    for shape in arguments.shapes:
        for row in compare(shape, arguments):
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
