"""Listeners that keep a few units' values, example by example."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from brodmann.errors import RunError
from brodmann.neurons.scores.choice import Unit
from brodmann.neurons.tokens import Reading


class Collect:
    """A listener: the values of chosen units at their positions.

    Args:
        reading: Which tokens; the one that the units were chosen by.
        units: Which units; memory is that of their values, ``[N, len(units)]``.
    """

    def __init__(self, reading: Reading, units: Sequence[Unit]) -> None:
        self.reading, self.units = reading, tuple(units)
        self.sites = tuple(dict.fromkeys(unit.site for unit in units))
        self._values: dict[str, list[Tensor]] = {site: [] for site in self.sites}
        self._rows: list[Tensor] = []

    def update(self, site: str, values: Tensor, rows: Tensor) -> None:
        """Keep a batch, float ``[B, P, U]``."""
        mine = [unit for unit in self.units if unit.site == site]
        picked = [values[:, unit.position, unit.unit] for unit in mine]
        self._values[site].append(torch.stack(picked, 1).float().cpu())
        if site == self.sites[0]:
            self._rows.append(rows.cpu())

    def compute(self) -> Tensor:
        """The values, float32 ``[N, len(units)]``, by ascending row.

        Raises:
            RunError: Nothing was heard.
        """
        if not self._rows:
            raise RunError("no example was heard, so there are no values")
        order = torch.cat(self._rows).argsort()
        joined = {site: torch.cat(parts)[order] for site, parts in self._values.items()}
        place = dict.fromkeys(self.sites, 0)
        columns = []
        for unit in self.units:
            columns.append(joined[unit.site][:, place[unit.site]])
            place[unit.site] += 1
        return torch.stack(columns, 1)
