"""Rows to resample from: other examples' activations, averaged over their tokens."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from brodmann.neurons.tokens import Reading


class Bank:
    """A listener: the mean activation over tokens of the first examples.

    Args:
        sites: Names of sites.
        rows: Examples kept.
    """

    def __init__(self, sites: Sequence[str], rows: int) -> None:
        self.reading, self.sites, self._most = Reading("all", "mean"), tuple(sites), rows
        self._kept: dict[str, list[Tensor]] = {site: [] for site in sites}

    def update(self, site: str, values: Tensor, rows: Tensor) -> None:
        """Keep a batch, float ``[B, 1, U]``, while there is room."""
        kept = sum(len(part) for part in self._kept[site])
        self._kept[site].append(values[: self._most - kept, 0].float().cpu())

    def values(self) -> dict[str, Tensor]:
        """Site name -> float32 ``[rows, U]``."""
        return {site: torch.cat(parts) for site, parts in self._kept.items()}
