"""Rows to resample from: what other examples' tokens really gave."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from brodmann.neurons.tokens import Reading


class Bank:
    """A listener: the activations at one random token each of examples spread over the data.

    Args:
        sites: Names of sites.
        examples: How many examples will pass.
        rows: How many of them are kept, at most.
    """

    def __init__(self, sites: Sequence[str], examples: int, rows: int) -> None:
        self.reading, self.sites = Reading("all", "drawn"), tuple(sites)
        self._step = max(1, -(-examples // rows))
        self._kept: dict[str, list[Tensor]] = {site: [] for site in sites}

    def update(self, site: str, values: Tensor, rows: Tensor) -> None:
        """Keep a batch's share, float ``[B, 1, U]``: batches are sorted by length, rows are not."""
        kept = rows.to(values.device) % self._step == 0
        self._kept[site].append(values[kept, 0].float().cpu())

    def values(self) -> dict[str, Tensor]:
        """Site name -> float32 ``[rows, U]``."""
        return {site: torch.cat(parts) for site, parts in self._kept.items()}
