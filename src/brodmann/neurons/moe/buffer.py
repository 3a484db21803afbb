"""Rows that stream by, held up to a limit so that they can be shuffled and gone through again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import torch
from torch import Tensor

from brodmann.errors import RequestError

Chunk = Mapping[str, Tensor]
"""Name -> tensor ``[n, ...]``, n being the same for all."""


class Buffer:
    """Shuffled mini-batches of a stream that need not fit into memory.

    The buffer is filled, gone through in random order, and filled again. What fits as a whole is
    streamed once; what does not is streamed anew in every epoch.

    Args:
        stream: Starts the stream from its beginning.
        rows: Rows that are held at most.
        size: Rows of a mini-batch.
        seed: Of the order, which differs by epoch.

    Raises:
        RequestError: No row would fit.

    Example:
        >>> ten = Buffer(lambda: iter([{"x": torch.arange(10)}]), rows=100, size=4)
        >>> [len(batch["x"]) for batch in ten]
        [4, 4, 2]
    """

    def __init__(
        self, stream: Callable[[], Iterator[Chunk]], rows: int, size: int, seed: int = 0
    ) -> None:
        if rows < 1:
            raise RequestError("study.buffer_mib", "", "not one token fits into the buffer",
                               "give more")  # fmt: skip
        self._stream, self._rows, self._size = stream, rows, size
        self._generator = torch.Generator().manual_seed(seed)
        self._held: dict[str, Tensor] = {}
        self._filled, self._whole = 0, False

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        """One epoch."""
        if self._whole:
            yield from self._batches()
            return
        self._filled, emptied = 0, False
        for chunk in self._stream():
            for part in self._parts(chunk):
                self._put(part)
                if self._filled == self._rows:
                    yield from self._batches()
                    self._filled, emptied = 0, True
        self._whole = not emptied
        yield from self._batches()

    def _parts(self, chunk: Chunk) -> Iterator[Chunk]:
        """Pieces that fit: each fills the buffer, or is all that is left of the chunk."""
        count, start = len(next(iter(chunk.values()))), 0
        while start < count:
            end = min(count, start + self._rows - self._filled)
            yield {name: values[start:end] for name, values in chunk.items()}
            start = end

    def _put(self, part: Chunk) -> None:
        for name, values in part.items():
            if name not in self._held:
                self._held[name] = values.new_empty(self._rows, *values.shape[1:], device="cpu")
            end = self._filled + len(values)
            self._held[name][self._filled : end] = values
        self._filled = end

    def _batches(self) -> Iterator[dict[str, Tensor]]:
        order = torch.randperm(self._filled, generator=self._generator)
        for rows in order.split(self._size) if len(order) else ():
            yield {name: values[rows] for name, values in self._held.items()}
