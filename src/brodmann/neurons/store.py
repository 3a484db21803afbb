"""Activations on disk, opt-in: sharded, sized and capped beforehand, resumable.

A folder holds ``index.json`` and, for each shard, ``<shard>.rows.npy`` (int64 ``[R]``) and one
``<shard>.<site>.npy`` (float ``[R, P, U]``) per site. A shard counts once the index names it; files
and index are written beside their place and then moved, so that a reader never sees half of one.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from brodmann.errors import RequestError, RunError, nearest
from brodmann.neurons.scores.pooled import size_of
from brodmann.neurons.sites import Site
from brodmann.neurons.stream import Listener
from brodmann.neurons.tokens import Reading

DTYPES = ("float32", "float16")
"""What values may be stored as."""
INDEX = "index.json"
"""Name of the index."""


class Store:
    """A listener that writes what it hears; rows that are stored already are passed over.

    One process writes one folder. A run that was cut off goes on with the same settings: only
    ``missing()`` rows need to be streamed again.

    Args:
        folder: Where; made if it is not there.
        reading: Which tokens.
        sites: The sites.
        rows: N, rows of the data set.
        limit: Most bytes to write.
        positions: P.
        dtype: ``float32`` or ``float16``.
        shard: Fewest rows of a shard; as many are held in memory.
        made_from: What the values are of (plain values: digests of backbone, method, data).

    Attributes:
        size: Bytes that a complete store takes.

    Raises:
        RequestError: There is no such dtype.
        RunError: It would be larger than ``limit`` or than the disk has left, or the folder holds
            a store with other settings.
    """

    def __init__(
        self,
        folder: Path,
        reading: Reading,
        sites: Sequence[Site],
        rows: int,
        limit: int,
        positions: int = 1,
        dtype: str = "float32",
        shard: int = 1024,
        made_from: dict[str, str] | None = None,
    ) -> None:
        if dtype not in DTYPES:
            raise RequestError("dtype", dtype, "cannot be stored", nearest(dtype, DTYPES))
        self.size = size_of(sites, rows, positions, dtype)
        self.folder, self.reading, self.shard = folder, reading, shard
        self.sites = tuple(site.name for site in sites)
        self._shapes = {site.name: (positions, site.units) for site in sites}
        self._index = self._open(rows, positions, dtype, made_from or {})
        self._stored = torch.zeros(rows, dtype=torch.bool)
        for name in self._index["shards"]:
            self._stored[torch.from_numpy(np.load(folder / f"{name}.rows.npy"))] = True
        self._refuse_too_large(limit)
        self._held: dict[str, list[Tensor]] = {name: [] for name in self.sites}
        self._rows: list[Tensor] = []

    def _open(
        self, rows: int, positions: int, dtype: str, made_from: dict[str, str]
    ) -> dict[str, Any]:
        wanted = {"rows": rows, "positions": positions, "dtype": dtype, "made_from": made_from,
                  "reading": vars(self.reading), "bytes": self.size,
                  "sites": {name: shape[1] for name, shape in self._shapes.items()}}  # fmt: skip
        if not (self.folder / INDEX).exists():
            return {**wanted, "shards": []}
        found = read_index(self.folder)
        differing = [key for key, value in wanted.items() if found.get(key) != value]
        if differing:
            raise RunError(f"{self.folder} holds a store with other {', '.join(differing)}: "
                           "use another folder")  # fmt: skip
        return found

    def _refuse_too_large(self, limit: int) -> None:
        if self.size > limit:
            raise RunError(f"the activation store would take {self.size / 1e6:.1f} MB, above the "
                           f"limit of {limit / 1e6:.1f} MB")  # fmt: skip
        self.folder.mkdir(parents=True, exist_ok=True)
        share = 1 - float(self._stored.float().mean())
        free = shutil.disk_usage(self.folder).free
        if self.size * share > free:
            raise RunError(f"the activation store needs {self.size * share / 1e6:.1f} MB, but "
                           f"{self.folder} has {free / 1e6:.1f} MB left")  # fmt: skip

    def missing(self) -> Tensor:
        """Rows that are not on disk yet, long ``[M]``."""
        return (~self._stored).nonzero()[:, 0]

    def update(self, site: str, values: Tensor, rows: Tensor) -> None:
        """Hold a batch, float ``[B, P, U]``; write a shard when enough is held.

        Raises:
            RunError: A row is outside the data set, the positions are others, or a value does not
                fit the dtype.
        """
        rows = rows.cpu()
        if int(rows.max()) >= len(self._stored) or values.shape[1:] != self._shapes[site]:
            raise RunError(f"{site} brought {list(values.shape)} up to row {int(rows.max())}, but "
                           f"{len(self._stored)} rows of {list(self._shapes[site])} were "
                           "announced")  # fmt: skip
        new = ~self._stored[rows]
        kept = values.cpu()[new].to(getattr(torch, self._index["dtype"]))
        if not bool(kept.isfinite().all()):
            raise RunError(f"{site} holds values too large for float16: store float32")
        self._held[site].append(kept.clone())
        if site == self.sites[0]:
            self._rows.append(rows[new].clone())
        whole = len({len(held) for held in self._held.values()}) == 1
        if whole and sum(map(len, self._rows)) >= self.shard:
            self._write()

    def finish(self) -> None:
        """Write what is still held.

        Raises:
            RunError: Rows are missing.
        """
        self._write()
        missing = self.missing()
        if len(missing):
            raise RunError(f"{len(missing)} of {len(self._stored)} rows were never heard, among "
                           f"them {int(missing[0])}")  # fmt: skip

    def _write(self) -> None:
        rows = torch.cat([*self._rows, torch.empty(0, dtype=torch.long)])
        if not len(rows):
            return
        name = f"{len(self._index['shards']):05d}"
        for site, held in self._held.items():
            _save(self.folder / f"{name}.{site}.npy", torch.cat(held).numpy())
        _save(self.folder / f"{name}.rows.npy", rows.numpy())
        self._index["shards"].append(name)
        part = self.folder / f"{INDEX}.part"
        part.write_text(json.dumps(self._index, indent=1, sort_keys=True))
        os.replace(part, self.folder / INDEX)
        self._stored[rows] = True
        self._held, self._rows = {site: [] for site in self.sites}, []


def _save(path: Path, array: NDArray[Any]) -> None:
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        np.save(file, array, allow_pickle=False)
    os.replace(part, path)


def read_index(folder: Path) -> dict[str, Any]:
    """The index of a store.

    Raises:
        RunError: There is none, or it cannot be read.
    """
    try:
        found: dict[str, Any] = json.loads((folder / INDEX).read_text())
    except (OSError, ValueError) as error:
        raise RunError(f"{folder} holds no activation store that can be read: {error}") from error
    return found


def shards(folder: Path, site: str) -> Iterator[tuple[Tensor, NDArray[Any]]]:
    """A site's stored values, shard by shard.

    Yields:
        Rows, long ``[R]``, and their values, memory-mapped float ``[R, P, U]``.

    Raises:
        RunError: No store, or no such site in it.
    """
    index = read_index(folder)
    if site not in index["sites"]:
        raise RunError(f"the store in {folder} has no site {site}")
    for name in index["shards"]:
        rows = torch.from_numpy(np.load(folder / f"{name}.rows.npy"))
        yield rows, np.load(folder / f"{name}.{site}.npy", mmap_mode="r")


def replay(folder: Path, listeners: Sequence[Listener]) -> None:
    """Let listeners hear a store as they would hear the model.

    Raises:
        RunError: No store, a site that it does not have, or another reading.
    """
    reading = read_index(folder)["reading"]
    for listener in listeners:
        if vars(listener.reading) != reading:
            raise RunError(f"the store in {folder} was read with {reading}, "
                           f"not {vars(listener.reading)}")  # fmt: skip
        for site in listener.sites:
            for rows, values in shards(folder, site):
                listener.update(site, torch.from_numpy(np.array(values)), rows)
