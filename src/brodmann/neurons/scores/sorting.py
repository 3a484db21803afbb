"""All units sorted once, whatever the number of columns: rows by falling value, with their ties."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from brodmann.errors import RunError

CHUNK = {"cpu": 2**18, "cuda": 2**24}
"""Values sorted at a time, by device. On a CPU fewer would leave the threads waiting for the
interpreter, more would leave the cache."""


@dataclass(frozen=True)
class Ties:
    """The units of a chunk that have equal values.

    Attributes:
        units: Which, long ``[T]``.
        ends: Place of the last row that is tied with each, long ``[T, N]``.
        starts: Place of the first one.
    """

    units: Tensor
    ends: Tensor
    starts: Tensor


@dataclass(frozen=True)
class Ranked:
    """Some units, each with its rows sorted by falling value.

    Attributes:
        units: Which units.
        order: Rows, long ``[C, N]``.
        ties: Of those units that have any; None where no two values are equal.
    """

    units: slice
    order: Tensor
    ties: Ties | None

    def at_ends(self, sums: Tensor) -> Tensor:
        """Cumulative sums ``[C, N]``, taken at the end of each row's ties."""
        if self.ties is None:
            return sums
        moved = sums.clone()
        moved[self.ties.units] = sums[self.ties.units].gather(1, self.ties.ends)
        return moved

    def before(self, sums: Tensor, steps: Tensor) -> Tensor:
        """Cumulative sums of ``steps``, taken before the first row of each row's ties."""
        exclusive = sums - steps
        if self.ties is not None:
            tied = exclusive[self.ties.units]
            exclusive[self.ties.units] = tied.gather(1, self.ties.starts)
        return exclusive


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

    threads = torch.get_num_threads() if values.device.type == "cpu" else 1
    if threads == 1:  # a thread of its own is dearer than a few short columns
        for part in parts:
            run(part)
        return
    alone = partial(torch.set_num_threads, 1)  # holds for the pool's own threads only
    with ThreadPoolExecutor(threads, initializer=alone) as pool:
        list(pool.map(run, parts))


def _ranked(values: Tensor, part: slice) -> Ranked:
    keys = _sort(_keys(values[:, part]))
    return Ranked(part, keys & 0xFFFFFFFF, _ties(keys >> 32))


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


def _ties(keys: Tensor) -> Ties | None:
    same = keys[:, 1:] == keys[:, :-1]
    units = same.any(1).nonzero()[:, 0]
    if not len(units):
        return None
    last = torch.ones(len(units), keys.shape[1], dtype=torch.bool, device=keys.device)
    last[:, :-1] = ~same[units]
    ends = last.flatten().nonzero()[:, 0]
    sizes = torch.diff(ends, prepend=ends.new_tensor([-1]))
    places = torch.stack([ends, ends - sizes + 1]) % keys.shape[1]
    both = places.repeat_interleave(sizes, 1).view(2, *last.shape)
    return Ties(units, both[0], both[1])
