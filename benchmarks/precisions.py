"""Average precision of a whole model's neurons, beside scikit-learn in a loop.

ReLU's zeros make most values of a neuron ties. The loop is timed on some of the neurons, its speed
in neurons and sub-functions a second is that of all: each call costs the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.pairs import alternate
from brodmann.neurons.scores.columns import Columns
from brodmann.neurons.scores.ranking import average_precision

LAYERS, NEURONS, EXAMPLES, FUNCTIONS = 12, 3072, 2000, 8
SILENT = 0.3
"""A neuron's mean activation lies about so far below zero, in standard deviations."""


def activations() -> list[Tensor]:
    """Activations after ReLU, float32 ``[N, U]`` a layer; whole rows of zeros are ties."""
    draw = torch.Generator().manual_seed(0)
    return [
        torch.randn(EXAMPLES, NEURONS, generator=draw)
        .sub_(SILENT + torch.randn(NEURONS, generator=draw)).relu_()
        for _ in range(LAYERS)
    ]  # fmt: skip


def answers() -> Tensor:
    """Yes or no to every sub-function, bool ``[N, F]``."""
    draw = torch.Generator().manual_seed(1)
    shares = torch.linspace(0.2, 0.7, FUNCTIONS)
    return torch.rand(EXAMPLES, FUNCTIONS, generator=draw) < shares


def together(labels: Tensor) -> list[Columns]:
    """All sub-functions ask of the same texts: one sort serves them all."""
    return [Columns(tuple(map(str, range(labels.shape[1]))), labels)]


def apart(labels: Tensor) -> list[Columns]:
    """Each sub-function has texts of its own: each is sorted for itself."""
    return [Columns((str(k),), labels[:, [k]]) for k in range(labels.shape[1])]


TEXTS: dict[str, Callable[[Tensor], list[Columns]]] = {"shared": together, "own": apart}
"""Whose texts -> what is asked in one call."""


def precision_rows(pairs: int, units: int) -> Iterator[dict[str, Any]]:
    """Speed over the loop's, and the largest difference.

    Args:
        pairs: How many.
        units: Neurons on which the loop is timed, dealt over the layers.
    """
    layers, labels = activations(), answers()
    loop = Loop(layers, labels, units)
    for texts, made in TEXTS.items():
        asked = made(labels)

        def ours(asked: list[Columns] = asked) -> float:
            started = time.perf_counter()
            for layer in layers:
                for columns in asked:
                    average_precision(layer, columns)
            return LAYERS * NEURONS * FUNCTIONS / (time.perf_counter() - started)

        ratio = alternate(ours, loop.speed, pairs)
        yield {
            "what": "average precision against scikit-learn in a loop", "texts": texts,
            **vars(ratio), "seconds": LAYERS * NEURONS * FUNCTIONS / ratio.ours,
            "threads": torch.get_num_threads(), "largest difference": loop.difference(asked),
        }  # fmt: skip


class Loop:
    """scikit-learn, neuron by neuron and sub-function by sub-function.

    Args:
        layers: Activations, ``[N, U]`` each.
        labels: Bool ``[N, F]``.
        units: Neurons that are taken, dealt over the layers.
    """

    def __init__(self, layers: list[Tensor], labels: Tensor, units: int) -> None:
        self.each = max(1, units // len(layers))
        self.values = [layer[:, : self.each].numpy() for layer in layers]
        self.layers, self.labels = layers, labels.numpy()

    def precisions(self) -> np.ndarray:
        """Of the neurons that are taken, ``[L, u, F]``."""
        from sklearn.metrics import average_precision_score

        return np.array([
            [[average_precision_score(truth, values[:, unit]) for truth in self.labels.T]
             for unit in range(self.each)] for values in self.values
        ])  # fmt: skip

    def speed(self) -> float:
        """Neurons and sub-functions a second."""
        started = time.perf_counter()
        return self.precisions().size / (time.perf_counter() - started)

    def difference(self, asked: list[Columns]) -> float:
        """Largest distance of ours from it."""
        found = [
            torch.cat([average_precision(layer, columns) for columns in asked], 1)[: self.each]
            for layer in self.layers
        ]
        return float(np.abs(torch.stack(found).double().numpy() - self.precisions()).max())
