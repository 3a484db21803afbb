"""The partitions of one run, each kind with seeds of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from brodmann.neurons.moe.layers import Layer, seen_tokens
from brodmann.neurons.partition.build import as_built, at_random, by_clustering, by_coactivation
from brodmann.neurons.partition.partition import Partition
from brodmann.neurons.partition.rows import neuron_rows
from brodmann.neurons.scores.coactivation import gram
from brodmann.studies.examined import Examined

STRIDE = 1_000
"""Distance of the seeds of neighbouring runs' random partitions and starts."""


@dataclass(frozen=True)
class Source:
    """What partitions are made of.

    Attributes:
        examined: The run.
        layers: Its FFNs.
        experts: Experts of each.
        rows: Weights that are clustered, a row of ``neuron_rows``.
        starts: Starts of the clustering; the one of least inertia is taken.
        train_rows: Training texts whose tokens say what is active together; all when None.
    """

    examined: Examined
    layers: Sequence[Layer]
    experts: int
    rows: str
    starts: int
    train_rows: int | None

    @property
    def seed(self) -> int:
        """Of the run."""
        return int(self.examined.facts["seed"])

    @property
    def units(self) -> dict[str, int]:
        """Name of the layer -> neurons."""
        return {layer.name: layer.shape.units for layer in self.layers}

    def weights(self, which: str) -> dict[str, Tensor]:
        """Name of the layer -> normalised rows of its neurons' weights."""
        model = self.examined.subject.model
        return {layer.name: neuron_rows(model, layer.ffn, which) for layer in self.layers}


def _clustered(source: Source, number: int) -> Partition:
    starts = [source.seed * STRIDE + start for start in range(source.starts)]
    return by_clustering(source.weights(source.rows), source.experts, starts)


def _coactive(source: Source, number: int) -> Partition:
    """Products of positive activations over all tokens of the training texts."""
    batches = source.examined.batches("train", source.train_rows)
    grams = {name: torch.zeros(units, units) for name, units in source.units.items()}
    for seen in seen_tokens(source.examined.subject, batches, source.layers):
        for name, (_, neurons) in seen.items():
            grams[name] += gram(neurons[None], "positive").float().cpu()
    return by_coactivation(grams, source.experts, source.seed)


def _random(source: Source, number: int) -> Partition:
    return at_random(source.units, source.experts, source.seed * STRIDE + number)


def _contiguous(source: Source, number: int) -> Partition:
    """What the released code calls random: neurons as they lie."""
    return as_built(source.units, source.experts)


MAKERS: dict[str, Callable[[Source, int], Partition]] = {
    "clustering": _clustered,
    "coactivation": _coactive,
    "random": _random,
    "contiguous": _contiguous,
}
"""Kind -> what makes it; random ones are numbered."""


def make(source: Source, name: str) -> Partition:
    """A partition.

    Args:
        source: What it is made of.
        name: A row of ``MAKERS``, with a number where there are several (``random 2``).
    """
    kind, _, number = name.partition(" ")
    return MAKERS[kind](source, int(number or 0))


def centres(source: Source, partition: Partition) -> dict[str, Tensor]:
    """Name of the layer -> mean of the normalised rows of each expert, float ``[E, D]``.

    Rows of the gate where that is what was clustered, else of the first matrix: centres are
    compared with the FFN's inputs, so that they have to be as long.
    """
    rows = source.weights("gate" if source.rows == "gate" else "up")
    return {name: partition.means(name, values) for name, values in rows.items()}
