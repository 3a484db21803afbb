"""The neuron engine against the bare model and its peers.

``python -m benchmarks.neurons [--shapes nano base] [--pairs 6] [--samples 2000] [--parts ...]``:
capture with predictivity and 128 permuted-label nulls against the bare forward pass and against
nnsight with NumPy; average precision against scikit-learn; peak memory over the number of samples;
the sliced model against the dense one. The perturbation grid has ``benchmarks.arms``.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.alone import alone, peak, quiet
from benchmarks.collecting import collect_and_score
from benchmarks.pairs import alternate
from benchmarks.scene import Scene, build_scene
from brodmann.methods import TunedSubject
from brodmann.neurons.scores.columns import Columns, join
from brodmann.neurons.scores.moments import Baseline
from brodmann.neurons.scores.predictivity import Predictivity
from brodmann.neurons.scores.ranking import average_precision
from brodmann.neurons.scores.resampling import permuted
from brodmann.neurons.stream import stream
from brodmann.neurons.tokens import Reading

NULLS = 128


@dataclass(frozen=True)
class Examples:
    """Examples in batches of like length, made as they are asked for.

    Attributes:
        scene: Texts; they repeat where more are asked for than there are.
        count: How many.
    """

    scene: Scene
    count: int

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        lengths = np.array([len(row) for row in self.scene.rows])
        index = np.arange(self.count) % len(lengths)
        index = index[np.argsort(lengths[index], kind="stable")]
        for start in range(0, self.count, self.scene.size):
            part = index[start : start + self.scene.size]
            rows = torch.arange(start, start + len(part))
            yield {**self.scene.batch(part), "index": rows}


def columns(count: int) -> Columns:
    """A label and its permutations."""
    draw = torch.Generator().manual_seed(0)
    truth = Columns(("label",), torch.rand(count, 1, generator=draw) > 0.5)
    return join(truth, permuted(truth, NULLS, seed=0))


def scored(subject: TunedSubject, data: Examples, thresholds: Any) -> Callable[[], float]:
    """Samples per second of a pass that scores every neuron, prompt position and column."""
    names = [site.name for site in subject.sites]
    count, asked = data.count, columns(data.count)

    def measure() -> float:
        started = time.perf_counter()
        listener = Predictivity(Reading("prompt"), names, asked, thresholds)
        stream(subject, data, [listener])
        listener.compute()
        return count / (time.perf_counter() - started)

    return measure


def bare(subject: TunedSubject, data: Examples) -> Callable[[], float]:
    """Samples per second of the model alone."""

    @torch.inference_mode()
    def measure() -> float:
        started = time.perf_counter()
        for batch in data:
            subject.predict(subject.prepare(batch).inputs)
        return data.count / (time.perf_counter() - started)

    return measure


def open_subject(scene: Scene) -> tuple[TunedSubject, Any]:
    """The scene's model, and thresholds from a few of its examples."""
    subject = TunedSubject(scene.tuned())
    base = Baseline(Reading("prompt"), [site.name for site in subject.sites])
    stream(subject, Examples(scene, 2 * scene.size), [base])
    return subject, base.compute().mean


def capture_row(shape: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Time of the scoring pass over that of the bare one."""
    with tempfile.TemporaryDirectory() as folder:
        scene = build_scene(shape, arguments, Path(folder))
        subject, thresholds = open_subject(scene)
        data = Examples(scene, arguments.rows)
        ours = scored(subject, data, thresholds)
        ratio = alternate(bare(subject, data), ours, arguments.pairs)
        return _row("capture + predictivity", shape, "bare forward pass", ratio)


def collecting_row(shape: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Speed against nnsight with NumPy, in one process."""
    with tempfile.TemporaryDirectory() as folder:
        scene = build_scene(shape, arguments, Path(folder))
        subject, thresholds = open_subject(scene)
        data = Examples(scene, arguments.rows)
        asked = columns(arguments.rows).values.numpy()
        theirs = collect_and_score(subject, data, thresholds, asked)
        ratio = alternate(scored(subject, data, thresholds), theirs, arguments.pairs)
        return _row("samples / s, ours over theirs", shape, "nnsight + NumPy", ratio)


def memory_rows(shape: str, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Peak above the loaded model, of both sides and over the number of samples."""
    rows = []
    wanted = [("ours", arguments.samples), ("nnsight + NumPy", arguments.samples)]
    wanted += [("ours", 1000), ("ours", arguments.many)]
    for side, count in wanted:
        loaded, most = alone(_peak_of, shape, arguments, side, count)
        rows.append({
            "what": "peak MiB above the loaded model", "shape": shape, "side": side,
            "samples": count, "MiB": round(most - loaded, 1), "peak": round(most, 1),
        })  # fmt: skip
    return rows


def _peak_of(
    shape: str, arguments: argparse.Namespace, side: str, count: int
) -> tuple[float, float]:
    quiet(arguments.threads)
    with tempfile.TemporaryDirectory() as folder:
        scene = build_scene(shape, arguments, Path(folder))
        subject, thresholds = open_subject(scene)
        data = Examples(scene, count)
        asked = columns(count).values.numpy()
        bare(subject, Examples(scene, scene.size))()
        loaded = peak()
        if side == "ours":
            scored(subject, data, thresholds)()
        else:
            collect_and_score(subject, data, thresholds, asked)()
        return loaded, peak()


def precision_row(arguments: argparse.Namespace) -> dict[str, Any]:
    """Exact average precision of 9,216 units x 1,000 samples against scikit-learn in a loop."""
    from sklearn.metrics import average_precision_score

    draw = torch.Generator().manual_seed(0)
    values = torch.randn(1000, 9216, generator=draw)
    label = torch.rand(1000, 1, generator=draw) > 0.7
    asked = Columns(("label",), label)
    truth, plain = label[:, 0].numpy(), values.numpy()

    def ours() -> float:
        started = time.perf_counter()
        average_precision(values, asked)
        return values.shape[1] / (time.perf_counter() - started)

    def theirs() -> float:
        started = time.perf_counter()
        for unit in range(arguments.units):
            average_precision_score(truth, plain[:, unit])
        return arguments.units / (time.perf_counter() - started)

    ratio = alternate(ours, theirs, arguments.pairs)
    exact = [average_precision_score(truth, plain[:, unit]) for unit in range(200)]
    error = float(np.abs(average_precision(values, asked)[:200, 0].numpy() - exact).max())
    return {**_row("average precision, units / s", "9,216 x 1,000", "scikit-learn", ratio),
            "largest difference": error}  # fmt: skip


def sliced_row(shape: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """The sliced model against the dense one: 2 % of the neurons in the upper three quarters."""
    from brodmann.backbones.pruned import prune_backbone
    from brodmann.methods.tuned import TunedModel

    with tempfile.TemporaryDirectory() as folder:
        scene = build_scene(shape, arguments, Path(folder))
        subject, _ = open_subject(scene)
        keep, means = {}, {}
        for site in subject.sites:
            kept = torch.ones(site.units, dtype=torch.bool)
            if site.block >= len(subject.blocks) // 4:
                kept[int(0.02 * site.units) :] = False
            keep[site.name], means[site.name] = kept, torch.zeros(site.units)
        tuned = subject.tuned
        sliced = TunedModel(
            prune_backbone(tuned.backbone, keep, means), tuned.method, tuned.readout
        )
        data = Examples(scene, arguments.rows)
        ratio = alternate(bare(TunedSubject(sliced), data), bare(subject, data), arguments.pairs)
        return _row("sliced over dense, samples / s", shape, "dense model", ratio)


def _row(what: str, shape: str, peer: str, ratio: Any) -> dict[str, Any]:
    return {
        "what": what, "shape": shape, "against": peer, "ratio": round(ratio.median, 3),
        "low": round(ratio.low, 3), "high": round(ratio.high, 3),
        "confidence": round(ratio.confidence, 3), "a": round(ratio.ours, 1),
        "b": round(ratio.theirs, 1),
    }  # fmt: skip


def main() -> None:
    """Measure and print the table as JSON lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parts = ("capture", "collecting", "memory", "precision", "sliced")
    parser.add_argument("--shapes", nargs="+", default=["nano", "base"])
    parser.add_argument("--parts", nargs="+", default=list(parts), choices=parts)
    numbers = {"pairs": 6, "rows": 256, "batch": 32, "length": 16, "longest": 128, "threads": 4,
               "steps": 1, "samples": 2000, "many": 50_000, "units": 1000}  # fmt: skip
    for name, value in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    arguments = parser.parse_args()
    quiet(arguments.threads)
    by_shape = {"capture": capture_row, "collecting": collecting_row, "sliced": sliced_row}
    for shape in arguments.shapes:
        for part in (part for part in by_shape if part in arguments.parts):
            print(json.dumps(by_shape[part](shape, arguments)), flush=True)
    if "precision" in arguments.parts:
        print(json.dumps(precision_row(arguments)), flush=True)
    if "memory" in arguments.parts:
        for row in memory_rows(arguments.shapes[0], arguments):
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
