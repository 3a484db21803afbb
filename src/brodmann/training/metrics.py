"""The metrics a task may name, each with its averaging in the name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from torchmetrics import Metric, MetricCollection
from torchmetrics.classification import (
    BinaryF1Score,
    MulticlassAccuracy,
    MulticlassF1Score,
    MulticlassMatthewsCorrCoef,
)

from brodmann.errors import RequestError, nearest

METRICS: dict[str, Callable[[int], Metric]] = {
    "accuracy": lambda classes: MulticlassAccuracy(classes, average="micro"),
    "macro_accuracy": lambda classes: MulticlassAccuracy(classes, average="macro"),
    "f1": lambda classes: BinaryF1Score(),
    "macro_f1": lambda classes: MulticlassF1Score(classes, average="macro"),
    "mcc": lambda classes: MulticlassMatthewsCorrCoef(classes),
}
"""Name to metric of predicted classes; ``f1`` is that of class 1 of two."""


def build_metrics(names: list[str], classes: int, prefix: str) -> MetricCollection:
    """The metrics of a task, accuracy always among them.

    Args:
        names: Rows of ``METRICS``.
        classes: Number of classes.
        prefix: Put before each name, for instance ``test/``.

    Raises:
        RequestError: An unknown metric.
    """
    for name in names:
        if name not in METRICS:
            raise RequestError(
                "task.metrics", name, "there is no such metric", nearest(name, METRICS)
            )
    wanted = list(dict.fromkeys([*names, "accuracy"]))
    metrics: dict[str, Metric | MetricCollection] = {n: METRICS[n](classes) for n in wanted}
    return MetricCollection(metrics, prefix=prefix, compute_groups=False)


def majority_accuracy(train: NDArray[np.int64], test: NDArray[np.int64]) -> float:
    """Share of the test's labels that the training's most frequent one gets right.

    Args:
        train: Labels of the training split, from 0 on.
        test: Labels of the test split.

    Example:
        >>> majority_accuracy(np.array([1, 1, 0]), np.array([1, 0, 0, 0]))
        0.25
    """
    return float((test == int(np.bincount(train).argmax())).mean())
