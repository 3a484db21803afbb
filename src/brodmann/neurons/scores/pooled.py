"""Values kept for scores that need all rows at once (ranks): bounded, and announced beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from brodmann.errors import RequestError, RunError, nearest
from brodmann.neurons.scores.sums import Sums
from brodmann.neurons.sites import Site
from brodmann.neurons.tokens import Reading

DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
"""What kept values may be; narrower ones make ties, which scores then count as ties."""


def size_of(sites: Sequence[Site], rows: int, positions: int = 1, dtype: str = "float32") -> int:
    """Bytes that keeping every row of the sites takes.

    Args:
        sites: What is kept.
        rows: N, rows of the data set.
        positions: P, of every row.
        dtype: A row of ``DTYPES``.

    Example:
        >>> size_of([Site("encoder.0.ffn", 0, "ffn", "out", "input", 3072)], 1000) // 1_000_000
        12
    """
    return sum(site.units for site in sites) * rows * positions * DTYPES[dtype].itemsize


class Pooled:
    """A listener: the values of every row, float ``[N, P, U]`` per site, in memory.

    Args:
        reading: Which tokens; pooled ones have one position.
        sites: The sites.
        rows: N, rows of the data set.
        limit: Most bytes to keep.
        positions: P.
        dtype: A row of ``DTYPES``.

    Attributes:
        size: Bytes that are kept.

    Raises:
        RequestError: There is no such dtype.
        RunError: More than ``limit`` would be kept.
    """

    def __init__(
        self,
        reading: Reading,
        sites: Sequence[Site],
        rows: int,
        limit: int,
        positions: int = 1,
        dtype: str = "float32",
    ) -> None:
        if dtype not in DTYPES:
            raise RequestError("dtype", dtype, "there is no such dtype", nearest(dtype, DTYPES))
        self.size = size_of(sites, rows, positions, dtype)
        if self.size > limit:
            raise RunError(
                f"keeping {rows} rows of {len(sites)} site(s) as {dtype} takes "
                f"{self.size / 1e6:.1f} MB, above the limit of {limit / 1e6:.1f} MB"
            )
        self.reading, self.sites, self.sums = reading, tuple(s.name for s in sites), Sums()
        self._shapes = {site.name: (rows, positions, site.units) for site in sites}
        self._dtype = DTYPES[dtype]

    def update(self, site: str, values: Tensor, rows: Tensor) -> None:
        """Keep a batch.

        Raises:
            RunError: A row is outside the data set, the positions are others, or a value does
                not fit the dtype.
        """
        shape = self._shapes[site]
        if int(rows.max()) >= shape[0] or values.shape[1:] != shape[1:]:
            raise RunError(f"{site} brought {list(values.shape)} up to row {int(rows.max())}, "
                           f"but {list(shape)} was announced")  # fmt: skip
        narrow = values.to(self._dtype)
        if not bool(narrow.isfinite().all()):
            raise RunError(f"{site} holds values too large for {self._dtype}: keep float32")
        self.sums.of(f"values/{site}", shape, values, self._dtype)[rows] = narrow
        if site == self.sites[0]:
            seen = self.sums.of("seen", shape[:1], rows, torch.long)
            seen.index_add_(0, rows, torch.ones_like(rows))

    def compute(self) -> Mapping[str, Tensor]:
        """Site name -> float ``[N, P, U]``, from all processes.

        Raises:
            RunError: A row was not heard, or heard by more than one process.
        """
        with self.sums.gathered() as sums:
            seen = sums.get("seen", torch.zeros(1, dtype=torch.long))
            if bool((seen != 1).any()):
                row = int((seen != 1).long().argmax())
                raise RunError(f"row {row} was heard {int(seen[row])} times, not once")
            return {site: sums[f"values/{site}"].clone() for site in self.sites}
