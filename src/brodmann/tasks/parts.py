"""Rows on their way to a split: inputs, labels, and what makes two rows the same."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROLES = ("train", "val", "test")
"""What a split is used for."""
SPOKEN = {"train": "train", "val": "validation", "test": "test"}
"""What a person reads for each role."""


@dataclass(frozen=True)
class Part:
    """Rows of one split of a source.

    Attributes:
        inputs: Texts, encoded images or an array of images, one item per row.
        keys: One value per row; equal keys are exact duplicates. Text tuples or bytes.
        labels: Class ids, int64 [n]; those of the source until classes are left out.
        rows: Row numbers in the split of the source, int64 [n].
    """

    inputs: Sequence[Any] | NDArray[np.uint8]
    keys: Sequence[Hashable]
    labels: NDArray[np.int64]
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, index: NDArray[np.integer]) -> Part:
        """Some of the rows.

        Args:
            index: Positions in this part, [m].
        """
        same = self.keys is self.inputs
        inputs = _take(self.inputs, index)
        keys = inputs if same else _take(self.keys, index)
        return Part(inputs, keys, self.labels[index], self.rows[index])


def part_of(
    inputs: Sequence[Any] | NDArray[np.uint8], keys: Sequence[Hashable], labels: NDArray[np.int64]
) -> Part:
    """All rows of a source split.

    Args:
        inputs: Texts, or pixels uint8 ``[N, ...]``.
        keys: One per row; equal keys are exact duplicates.
        labels: Class of every row, ``[N]``.
    """
    return Part(inputs, keys, labels, np.arange(len(labels), dtype=np.int64))


def _take(values: Any, index: NDArray[np.integer]) -> Any:
    return values[index] if isinstance(values, np.ndarray) else [values[i] for i in index]


def digest_of(parts: dict[str, Part], classes: Sequence[str]) -> str:
    """A digest of content: the same rows give it, whatever files they were read from.

    Args:
        parts: Whole source splits by role, before any row is dropped.
        classes: Names of the classes.

    Returns:
        A SHA-256 in hexadecimal.

    Example:
        >>> rows = [("a film",), ("a play",)]
        >>> part = part_of(rows, rows, np.array([0, 1]))
        >>> digest_of({"train": part}, ["x", "y"])[:8]
        '520b03c8'
    """
    whole = hashlib.sha256()
    _add(whole, [name.encode() for name in classes])
    for role in sorted(parts):
        _add(whole, [role.encode(), parts[role].labels.astype("<i8").tobytes()])
        _add(whole, [_bytes(key) for key in parts[role].keys])
    return whole.hexdigest()


def _bytes(key: Hashable) -> bytes:
    """A key as bytes; lengths stand before the texts of a tuple, so that no two tuples agree."""
    if isinstance(key, bytes):
        return key
    texts = [text.encode("utf-8", "surrogatepass") for text in key]  # type: ignore[attr-defined]
    return b"".join(len(text).to_bytes(8, "little") + text for text in texts)


def _add(whole: Any, values: list[bytes]) -> None:
    lengths = np.fromiter(map(len, values), dtype="<i8", count=len(values))
    whole.update(len(values).to_bytes(8, "little") + lengths.tobytes() + b"".join(values))
