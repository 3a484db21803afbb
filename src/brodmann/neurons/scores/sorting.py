"""All units sorted once, whatever the number of columns: rows by falling value, with their ties."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import torch
from torch import Tensor

from brodmann.errors import RunError

CHUNK = {"cpu": 2**15, "cuda": 2**24}
"""Values sorted at a time, by device. On a CPU they stay in the cache, and each operation is small
enough for torch to leave to one thread, so that chunks run in parallel without waiting in it."""


@dataclass(frozen=True)
class Ranked:
    """Some units, each with its rows sorted by falling value.

    Attributes:
        units: Which units.
        order: Rows, long ``[C, N]``.
        ends: Index into the flattened ``[C * N]`` of the last row that is tied with each; None
            where no two values are equal.
        starts: The first one, in the same way.
    """

    units: slice
    order: Tensor
    ends: Tensor | None
    starts: Tensor | None

    def at_ends(self, sums: Tensor) -> Tensor:
        """Cumulative sums ``[C, N]``, taken at the end of each row's ties."""
        return sums if self.ends is None else sums.take(self.ends).view_as(sums)

    def before(self, sums: Tensor, steps: Tensor) -> Tensor:
        """Cumulative sums of ``steps``, taken before the first row of each row's ties."""
        exclusive = sums - steps
        if self.starts is None:
            return exclusive
        return exclusive.take(self.starts).view_as(sums)


def over_units(values: Tensor, work: Callable[[Ranked], None]) -> None:
    """Sort every unit and hand all to some work, some units at a time, in parallel on a CPU.

    Args:
        values: Float32 (or narrower) ``[N, U]``; -0 equals 0.
        work: Called once for every chunk; may only write what belongs to its units.

    Raises:
        RunError: A value is not a number, or there is no row.
    """
    if values.dim() != 2 or not len(values):
        raise RunError(f"values to rank are [rows, units], not {list(values.shape)}")
    if bool(values.isnan().any()):
        raise RunError("values that are not numbers cannot be ranked")
    rows, units = values.shape
    step = max(1, CHUNK.get(values.device.type, CHUNK["cpu"]) // rows)
    parts = [slice(start, min(start + step, units)) for start in range(0, units, step)]

    @torch.inference_mode()
    def run(part: slice) -> None:
        work(_ranked(values, part))

    if values.device.type != "cpu":
        for part in parts:
            run(part)
        return
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        list(pool.map(run, parts))


def _ranked(values: Tensor, part: slice) -> Ranked:
    keys = _sort(_keys(values[:, part]))
    return Ranked(part, keys & 0xFFFFFFFF, *_ties(keys >> 32))


def _keys(values: Tensor) -> Tensor:
    """Long ``[C, N]`` that sort by falling value: the float's bits above, the row below."""
    wide = values.t().to(torch.float32, copy=True).contiguous() + 0.0
    bits = wide.view(torch.int32)
    rising = bits ^ ((bits >> 31) & 0x7FFFFFFF)
    rows = torch.arange(values.shape[0], device=values.device)
    return ((~rising).to(torch.int64) << 32) | rows


def _sort(keys: Tensor) -> Tensor:
    if keys.device.type != "cpu":
        return keys.sort(dim=1).values
    keys.numpy().sort(axis=1)  # NumPy sorts integers several times faster than torch on a CPU
    return keys


def _ties(keys: Tensor) -> tuple[Tensor | None, Tensor | None]:
    differ = keys[:, 1:] != keys[:, :-1]
    if bool(differ.all()):
        return None, None
    last = torch.ones_like(keys, dtype=torch.bool)
    last[:, :-1] = differ
    ends = last.flatten().nonzero()[:, 0]
    sizes = torch.diff(ends, prepend=ends.new_tensor([-1]))
    return ends.repeat_interleave(sizes), (ends - sizes + 1).repeat_interleave(sizes)
