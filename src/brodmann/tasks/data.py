"""What a task is once it is read: examples of three splits, and where they came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Examples:
    """The examples of one split.

    Attributes:
        inputs: Texts as tuples of one or two strings; or images, as a uint8 array [n, h, w, 3] or
            as a sequence of PIL images that are decoded when asked for.
        labels: Class ids, int64 [n]; 0 for the documents of a corpus.
    """

    inputs: Sequence[tuple[str, ...]] | NDArray[np.uint8] | Sequence[Any]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class TaskData:
    """A task's three splits.

    Attributes:
        train: Examples to train on.
        val: Examples that decide when to stop.
        test: Examples to report on.
        classes: Names of the classes, by class id; none of a corpus.
        indices: ``train``, ``val`` and ``test``: the rows used, int64, relative to the split of
            the source that they come from (a ``val`` taken out of train counts in train).
        digest: SHA-256 over the content of the source splits and columns that are used.
        notes: Sentences for a run's header: what was dropped, or split otherwise than declared.
    """

    train: Examples
    val: Examples
    test: Examples
    classes: tuple[str, ...]
    indices: dict[str, NDArray[np.int64]]
    digest: str
    notes: tuple[str, ...] = ()

    @property
    def goal(self) -> str:
        """What is predicted: ``classes``; or ``tokens``, where documents have no labels."""
        return "classes" if self.classes else "tokens"

    @property
    def modality(self) -> str:
        """``text`` or ``image``."""
        inputs = self.train.inputs
        return "text" if isinstance(inputs, list) and isinstance(inputs[0], tuple) else "image"
