"""Predictions from single neurons, example by example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from brodmann.neurons.statistics.rows import balanced_rows
from brodmann.studies.measuring import Measured

Array = NDArray[np.float64]
"""Float64, of any shape."""


def top_places(scan: Measured) -> list[int]:
    """Where the best neuron of each column stands among the kept ones."""
    count = len(scan.info["top"]) // len(scan.info["columns"])
    return [index * count for index in range(len(scan.info["columns"]))]


def column_labels(scan: Measured) -> NDArray[np.int64]:
    """The binary label of every test example in every column, ``[N, K]``."""
    labels = scan.tensors["labels"].numpy()
    if len(scan.info["classes"]) == 2:
        return cast(NDArray[np.int64], labels[:, None])
    return cast(NDArray[np.int64], labels[:, None] == np.arange(len(scan.info["classes"])))


def fired(scan: Measured) -> NDArray[np.int64]:
    """What the best neuron of each column says of every test example, 0 or 1, ``[N, K]``."""
    said = []
    for place in top_places(scan):
        unit = scan.info["top"][place]
        above = scan.tensors["values"][:, place].double().numpy() > unit["threshold"]
        said.append(above if unit["sign"] > 0 else ~above)
    return np.stack(said, 1).astype(np.int64)


def predicted(scan: Measured) -> NDArray[np.int64]:
    """Class predicted from the best neurons alone, ``[N]``.

    Two classes: the neuron itself. More: logistic regression on the best neuron of each column,
    fitted on train (paper, section 3.2).
    """
    if len(scan.info["classes"]) == 2:
        return cast(NDArray[np.int64], fired(scan)[:, 0])
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    places = top_places(scan)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    model.fit(scan.tensors["train_values"][:, places].numpy(), scan.tensors["train_labels"].numpy())
    return cast(NDArray[np.int64], model.predict(scan.tensors["values"][:, places].numpy()))


def usual(scan: Measured) -> float:
    """Share of the most frequent class among the test examples that were used."""
    labels = scan.tensors["labels"].numpy()
    return float(np.bincount(labels).max() / len(labels))


def right(scan: Measured) -> NDArray[np.bool_]:
    """Whether that prediction is right, ``[N]``."""
    return cast(NDArray[np.bool_], predicted(scan) == scan.tensors["labels"].numpy())


def model_right(scan: Measured) -> NDArray[np.bool_]:
    """Whether the tuned model itself is right, ``[N]``."""
    answer = scan.tensors["logits"].argmax(-1)
    return cast(NDArray[np.bool_], (answer == scan.tensors["labels"]).numpy())


def balanced_table(scans: Sequence[Measured]) -> Array:
    """How right the best neuron is, example by example: its mean is the balanced accuracy.

    Args:
        scans: Of one task's runs, one per seed, on the same test examples.

    Returns:
        float64 ``[N, S]``, mean over columns.
    """
    truth, tables = column_labels(scans[0]), []
    for column in range(truth.shape[1]):
        said = np.stack([fired(scan)[:, column] for scan in scans], 1)
        hits = (said == truth[:, [column]]).astype(np.float64)
        tables.append(balanced_rows(hits, truth[:, column]))
    return cast(Array, np.mean(tables, 0))


def best_score(scan: Measured) -> float:
    """Test score of the best neuron (chosen on validation), mean over columns."""
    found = []
    for column, place in enumerate(top_places(scan)):
        unit = scan.info["top"][place]
        found.append(float(scan.tensors[f"test/{unit['site']}"][unit["unit"], column]))
    return float(np.mean(found))
