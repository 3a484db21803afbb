"""Images: small ones as an array, large ones decoded when they are asked for."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from brodmann.errors import RunError

Cell = bytes | str
"""An image as it is stored: the bytes of its file, or the path to it."""
SMALL = 64
"""Images of equal size and at most so many pixels a side are held as one array."""


def decode(cell: Cell) -> Image.Image:
    """An image as RGB.

    Args:
        cell: Its file's bytes, or its path.

    Raises:
        RunError: It is no image, or a broken one.
    """
    try:
        with Image.open(io.BytesIO(cell) if isinstance(cell, bytes) else cell) as image:
            return image.convert("RGB")
    except OSError as error:
        raise RunError(f"an image cannot be decoded: {error}") from error


@dataclass(frozen=True)
class Images(Sequence[Image.Image]):
    """Images that stay encoded until they are asked for.

    Attributes:
        cells: Encoded images, or paths.
    """

    cells: list[Cell]

    def __len__(self) -> int:
        return len(self.cells)

    def __getitem__(self, index: Any) -> Any:
        return decode(self.cells[index])

    def __iter__(self) -> Iterator[Image.Image]:
        return map(decode, self.cells)


def opened(cells: list[Cell]) -> NDArray[np.uint8] | Images:
    """Make a split's images ready for use.

    Args:
        cells: Encoded images, or paths.

    Returns:
        uint8 [n, h, w, 3] if all are small and of one size; else ``Images``.
    """
    sizes = {_size(cell) for cell in cells}
    if len(sizes) == 1 and max(next(iter(sizes))) <= SMALL:
        return np.stack([np.asarray(decode(cell)) for cell in cells])
    return Images(cells)


def _size(cell: Cell) -> tuple[int, int]:
    """Width and height, from the head of the file."""
    try:
        with Image.open(io.BytesIO(cell) if isinstance(cell, bytes) else cell) as image:
            return image.size
    except OSError as error:
        raise RunError(f"an image cannot be decoded: {error}") from error


def content(cell: Cell) -> bytes:
    """SHA-256 of an encoded image, 32 bytes: equal for exact duplicates."""
    if isinstance(cell, bytes):
        return hashlib.sha256(cell).digest()
    with open(cell, "rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def digits() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The 1,797 handwritten digits that come with scikit-learn.

    Returns:
        Images, uint8 [1797, 8, 8, 3], and labels, int64 [1797].
    """
    from sklearn.datasets import load_digits

    found = load_digits()
    gray = np.rint(found.images * (255 / 16)).astype(np.uint8)
    return np.repeat(gray[..., None], 3, axis=-1), found.target.astype(np.int64)
