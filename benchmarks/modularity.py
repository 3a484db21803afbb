"""Partitions side by side with their peer: ``python -m benchmarks.modularity``.

Balanced clusters of weight rows against k-means-constrained (the released code's library), one
start each, same rows, alternating pairs. The rows have weak clusters in noise, as weights have.
And an FFN with a fifth of its experts beside the whole one; average precision of a model's neurons
beside scikit-learn; a checkpoint of a series beside one alone.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from itertools import product
from typing import Any

import torch
from torch import Tensor

from benchmarks.alone import quiet
from benchmarks.experts import BATCHES, devices, experts_row
from benchmarks.pairs import alternate
from benchmarks.precisions import precision_rows
from benchmarks.series import BERTS, series_rows
from brodmann.neurons.partition.clustering import balanced_kmeans, unit_rows

SHAPES = {"base": (3072, 768, 96), "large": (4096, 1024, 128)}
"""Neurons, width and experts of one FFN."""
MISTRAL = (14_336, 4_096, 128)
SIGNAL = 0.5
"""Size of the clusters' centres beside noise of size 1."""


def weights(units: int, width: int, experts: int, seed: int) -> Tensor:
    """Rows of length one around weak centres, float32 ``[U, D]``."""
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(experts, width, generator=generator)
    places = torch.randint(experts, (units,), generator=generator)
    return unit_rows(SIGNAL * centres[places] + torch.randn(units, width, generator=generator))


def clustering_row(shape: str, pairs: int) -> dict[str, Any]:
    """Speed over the peer's, and inertia over the peer's."""
    from k_means_constrained import KMeansConstrained

    units, width, experts = SHAPES[shape]
    inertias: dict[str, list[float]] = {"ours": [], "theirs": []}
    seeds = {"ours": iter(range(10**6)), "theirs": iter(range(10**6))}

    def timed(name: str, work: Callable[[Tensor, int], float]) -> Callable[[], float]:
        def measure() -> float:
            seed = next(seeds[name])
            rows = weights(units, width, experts, seed)
            started = time.perf_counter()
            inertias[name].append(work(rows, seed))
            return 1 / (time.perf_counter() - started)

        return measure

    def theirs(rows: Tensor, seed: int) -> float:
        size = units // experts
        model = KMeansConstrained(experts, size, size, n_init=1, random_state=seed, n_jobs=1)
        return float(model.fit(rows.double().numpy()).inertia_)

    ratio = alternate(
        timed("ours", lambda rows, seed: balanced_kmeans(rows, experts, seed).inertia),
        timed("theirs", theirs), pairs,
    )  # fmt: skip
    worse = [a / b for a, b in zip(inertias["ours"], inertias["theirs"], strict=True)]
    return {
        "what": "balanced clusters against k-means-constrained", "shape": shape, **vars(ratio),
        "seconds": 1 / ratio.ours, "inertia over theirs": sum(worse) / len(worse),
        "worst": max(worse),
    }  # fmt: skip


def mistral_row() -> dict[str, Any]:
    """Seconds for one FFN of a 7-billion-parameter model."""
    units, width, experts = MISTRAL
    rows = weights(units, width, experts, 0)
    started = time.perf_counter()
    found = balanced_kmeans(rows, experts)
    return {"what": "a Mistral-shaped layer", "seconds": time.perf_counter() - started,
            "rounds": found.rounds}  # fmt: skip


def main() -> None:
    """Measure and print the table as JSON lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parts = ("clustering", "mistral", "experts", "precision", "series")
    parser.add_argument("--parts", nargs="+", default=list(parts), choices=parts)
    parser.add_argument("--shapes", nargs="+", default=list(SHAPES), choices=list(SHAPES))
    parser.add_argument("--bert", default="base", choices=list(BERTS))
    numbers = {"pairs": 6, "threads": 4, "units": 240, "checkpoints": 20, "texts": 20}
    for name, value in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    arguments = parser.parse_args()
    quiet(arguments.threads)
    if "clustering" in arguments.parts:
        for shape in arguments.shapes:
            print(json.dumps(clustering_row(shape, arguments.pairs)), flush=True)
    if "mistral" in arguments.parts:
        print(json.dumps(mistral_row()), flush=True)
    if "experts" in arguments.parts:
        for shape, device, batch in product(arguments.shapes, devices(), BATCHES):
            row = experts_row(shape, SHAPES[shape], batch, device, arguments.pairs)
            print(json.dumps(row), flush=True)
    if "precision" in arguments.parts:
        for row in precision_rows(arguments.pairs, arguments.units):
            print(json.dumps(row), flush=True)
    if "series" in arguments.parts:
        for row in series_rows(arguments):
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
