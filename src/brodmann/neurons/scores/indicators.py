"""Indicators of "above the threshold", held back until one matrix product pays for them."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from brodmann.errors import RunError

HELD = 2**22
"""Indicators held per site: 4 MiB. Fewer, and reading and writing the counts would cost more."""


def round_down(threshold: Tensor, dtype: torch.dtype) -> Tensor:
    """The largest numbers of a dtype that are not above a float64 threshold.

    A value of that dtype is above the threshold exactly when it is above this one, so that a
    float64 mean costs no precision (Skill Neurons: strictly above).

    Example:
        >>> mean = torch.tensor([0.1], dtype=torch.float64)
        >>> (round_down(mean, torch.float32).double() <= mean).item()
        True
    """
    near = threshold.to(dtype)
    below = torch.nextafter(near, near.new_tensor(-torch.inf))
    return torch.where(near.double() > threshold, below, near)


class Indicators:
    """One site's indicators, several batches at a time.

    Args:
        site: Its name, for messages.
        threshold: Float64 ``[P, U]``.
    """

    def __init__(self, site: str, threshold: Tensor) -> None:
        self.site, self.threshold = site, threshold
        self._flat: dict[tuple[torch.dtype, torch.device], Tensor] = {}
        self._fired = self._rows = torch.empty(0)
        self._filled = 0

    def add(self, values: Tensor, rows: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Take a batch.

        Args:
            values: Float ``[B, P, U]``.
            rows: Index of each example, long ``[B]``.

        Yields:
            Whenever enough are held: indicators bool ``[R, P * U]`` and their rows ``[R]``, to be
            used before the next step.

        Raises:
            RunError: P or U are not the threshold's.
        """
        flat, threshold = values.flatten(1), self._threshold(values)
        self._make_room(flat, rows)
        start = 0
        while start < len(flat):
            part = slice(start, start + len(self._fired) - self._filled)
            held = slice(self._filled, self._filled + len(rows[part]))
            torch.gt(flat[part], threshold, out=self._fired[held])
            self._rows[held] = rows[part]
            start, self._filled = start + len(rows[part]), held.stop
            if self._filled == len(self._fired):
                yield from self.drain()

    def drain(self) -> Iterator[tuple[Tensor, Tensor]]:
        """What is still held, if anything, as ``add`` yields it."""
        if self._filled:
            held, self._filled = self._filled, 0
            yield self._fired[:held], self._rows[:held]

    def _threshold(self, values: Tensor) -> Tensor:
        if self.threshold.shape != values.shape[1:]:
            raise RunError(f"{self.site} has {list(values.shape[1:])} positions and units, but "
                           f"its baseline {list(self.threshold.shape)}")  # fmt: skip
        key = (values.dtype, values.device)
        if key not in self._flat:
            rounded = round_down(self.threshold, values.dtype)
            self._flat[key] = rounded.flatten().to(values.device)
        return self._flat[key]

    def _make_room(self, flat: Tensor, rows: Tensor) -> None:
        if not len(self._fired):
            size = max(len(flat), HELD // flat.shape[1])
            self._fired = torch.empty(size, flat.shape[1], dtype=torch.bool, device=flat.device)
            self._rows = torch.empty(size, dtype=torch.long, device=flat.device)
