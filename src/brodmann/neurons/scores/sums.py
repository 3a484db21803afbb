"""Named sums that add up over batches and over processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

import torch
import torch.distributed as dist
from torch import Tensor
from torchmetrics import Metric

from brodmann.errors import RunError


class Sums(Metric):
    """Sufficient statistics by name; each is a sum, so that processes merge by adding.

    A sum appears when it is first asked for. Processes need not have seen the same ones: before
    they synchronise they agree on names and shapes, and one that saw no batch adds zeros.
    """

    full_state_update = False

    def __init__(self) -> None:
        super().__init__(compute_with_cache=False)

    def of(self, name: str, shape: Sequence[int], like: Tensor, dtype: torch.dtype) -> Tensor:
        """The sum of this name, to be added to in place.

        Args:
            name: For instance ``hits/encoder.3.ffn``.
            shape: Its shape.
            like: A tensor on the device that the sum should be on.
            dtype: Its dtype; float32 or wider for what is added up.

        Returns:
            Zeros of this shape at first, later what was added.

        Raises:
            RunError: The sum has another shape: batches disagree.
        """
        if name not in self._defaults:
            self._open(name, tuple(shape), dtype, like.device)
        self._update_count += 1  # what is added in place is an update too
        found: Tensor = getattr(self, name)
        if found.shape != tuple(shape):
            raise RunError(f"{name} is {list(found.shape)}, but a batch brought {list(shape)}")
        return found

    def update(self, name: str, value: Tensor) -> None:
        """Add a value to the sum of this name."""
        self.of(name, value.shape, value, value.dtype).add_(value)

    def compute(self) -> dict[str, Tensor]:
        """Every sum by name."""
        return {name: getattr(self, name) for name in sorted(self._defaults)}

    def merge(self, other: Self) -> None:
        """Add another's sums to these."""
        for name in other._defaults:
            self.update(name, getattr(other, name))

    @contextmanager
    def gathered(self) -> Iterator[dict[str, Tensor]]:
        """The sums over all processes, without copies where there is only one."""
        with self.sync_context():
            yield {name: getattr(self, name) for name in sorted(self._defaults)}

    def sync(self, *args: Any, **kwargs: Any) -> None:
        """Synchronise, after agreeing on what there is."""
        if dist.is_available() and dist.is_initialized():
            self._agree()
        super().sync(*args, **kwargs)

    def _agree(self) -> None:
        mine = {n: (tuple(getattr(self, n).shape), getattr(self, n).dtype) for n in self._defaults}
        everyone: list[Any] = [None] * dist.get_world_size()
        dist.all_gather_object(everyone, mine)
        together = {name: kind for one in everyone for name, kind in one.items()}
        for name, (shape, dtype) in together.items():
            if name not in mine:
                self._open(name, shape, dtype, self.device)
        for name in sorted(together):  # collectives are matched by order
            self._defaults[name] = self._defaults.pop(name)
            self._reductions[name] = self._reductions.pop(name)

    def _open(
        self, name: str, shape: tuple[int, ...], dtype: torch.dtype, device: torch.device
    ) -> None:
        with torch.inference_mode(False):
            zero = torch.zeros((), dtype=dtype, device=device)
            self.add_state(name, zero, "sum")
            setattr(self, name, zero.new_zeros(shape))
            self._defaults[name] = zero.expand(shape)  # what a reset copies: one number here
