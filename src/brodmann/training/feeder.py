"""From examples to batches of tensors: tokenised text or transformed images, held in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Protocol, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import IterableDataset, get_worker_info

from brodmann.tasks.data import Examples
from brodmann.tasks.encode import Encoded, collate_text, encode_texts
from brodmann.training.plan import Plan

Batch = dict[str, torch.Tensor]
"""Name -> tensor; always with ``index``, the examples, long ``[B]``, and ``label``, what is to be
predicted: long ``[B]``, or ``[M]`` where an example has many predictions (then ``row``, long
``[M]``, says of which example each is)."""
Texts = Sequence[tuple[str, ...]]
"""One or two texts of every example."""


class Feeder(Protocol):
    """Examples of one split, by index."""

    @property
    def labels(self) -> NDArray[np.int64]:
        """All that is to be predicted, int64: the class of every example, or tokens."""
        ...

    @property
    def lengths(self) -> tuple[int, ...]:
        """Length of every example, in tokens."""
        ...

    def lengths_of(self, indices: NDArray[np.int64]) -> tuple[int, ...]:
        """Lengths of some examples; the others are not looked at."""
        ...

    def batch(self, indices: NDArray[np.int64], step: int | None = None) -> Batch:
        """``input_ids`` [B, T] and ``attention_mask``, or ``pixel_values``; label and index.

        Args:
            indices: Which examples.
            step: Of the training, from which chance is drawn; None in an evaluation.
        """
        ...


class TextFeeder:
    """Texts, tokenised once: all together, or those that are asked for.

    Args:
        examples: Texts (one or two each) and labels.
        backbone: Names tokenizer and padding side.
        max_length: Longest text in tokens.
        pair: ``pair`` or ``concat``.
    """

    def __init__(self, examples: Examples, backbone: Any, max_length: int, pair: str) -> None:
        self.labels = examples.labels
        self._texts = cast(Texts, examples.inputs)
        self._encode = partial(
            encode_texts, tokenizer=backbone.tokenizer, max_length=max_length, pair=pair
        )
        self._known: dict[int, Encoded] = {}
        self._pad = backbone.tokenizer.pad_token_id or 0
        self._side = "left" if backbone.kind == "decoder" else "right"

    @property
    def lengths(self) -> tuple[int, ...]:
        """Length of every text, in tokens."""
        return self.lengths_of(np.arange(len(self.labels)))

    def lengths_of(self, indices: NDArray[np.int64]) -> tuple[int, ...]:
        """Lengths of some texts, in tokens."""
        return tuple(len(row.input_ids) for row in self._rows(indices))

    def batch(self, indices: NDArray[np.int64], step: int | None = None) -> Batch:
        """Rows padded to the longest of them."""
        batch = collate_text(self._rows(indices), self._pad, self._side)
        return {**batch, **_targets(self.labels, indices)}

    def _rows(self, indices: NDArray[np.int64]) -> list[Encoded]:
        places = indices.tolist()
        new = [place for place in places if place not in self._known]
        made = self._encode([self._texts[place] for place in new])
        self._known.update(zip(new, made, strict=True))
        return [self._known[place] for place in places]


class ImageFeeder:
    """Images, transformed as the backbone expects when they are asked for.

    Args:
        examples: Images and labels.
        backbone: Has the ``transform`` from an image to float ``[C, H, W]``.
    """

    def __init__(self, examples: Examples, backbone: Any) -> None:
        self.labels = examples.labels
        self._images = examples.inputs
        self._transform = backbone.transform

    @property
    def lengths(self) -> tuple[int, ...]:
        """1 for every image."""
        return (1,) * len(self.labels)

    def lengths_of(self, indices: NDArray[np.int64]) -> tuple[int, ...]:
        """1 for each."""
        return (1,) * len(indices)

    def batch(self, indices: NDArray[np.int64], step: int | None = None) -> Batch:
        """``pixel_values`` [B, C, H, W] and targets."""
        pixels = torch.stack([self._transform(self._images[i]) for i in indices])
        return {"pixel_values": pixels, **_targets(self.labels, indices)}


def _targets(labels: NDArray[np.int64], indices: NDArray[np.int64]) -> Batch:
    return {"label": torch.as_tensor(labels[indices]), "index": torch.as_tensor(indices)}


class TrainStream(IterableDataset[Batch]):
    """The batches of a plan from ``start`` on, this device's share of each.

    Args:
        feeder: Where examples come from.
        plan: Which examples make up which step.
        start: First step.
        rank: This process among ``world``.
        world: Number of processes.
    """

    def __init__(self, feeder: Feeder, plan: Plan, start: int, rank: int, world: int) -> None:
        self.feeder, self.plan, self.start, self.rank, self.world = feeder, plan, start, rank, world

    def __len__(self) -> int:
        return self.plan.steps

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        first, stride = (worker.id, worker.num_workers) if worker else (0, 1)
        for step in range(self.start + first, self.plan.steps, stride):
            yield self.feeder.batch(_share(self.plan.batch(step), self.rank, self.world), step)


class EvaluationStream(IterableDataset[Batch]):
    """Every example once, in fixed batches, this device's share of them.

    Args:
        feeder: Where examples come from.
        batches: Indices of the examples of every batch.
        rank: This process among ``world``.
        world: Number of processes.
    """

    def __init__(
        self, feeder: Feeder, batches: list[NDArray[np.int64]], rank: int, world: int
    ) -> None:
        self.feeder, self.batches = feeder, batches[rank::world]

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        first, stride = (worker.id, worker.num_workers) if worker else (0, 1)
        for indices in self.batches[first::stride]:
            yield self.feeder.batch(indices)


def _share(indices: NDArray[np.int64], rank: int, world: int) -> NDArray[np.int64]:
    """A rank's examples; a batch smaller than the world is given to every rank whole."""
    return indices[rank::world] if len(indices) >= world else indices
