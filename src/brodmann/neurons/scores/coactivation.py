"""Which units of a site are active together: Gram matrices of activations or of indicators.

MoEfication (Zhang et al. 2022) cuts the graph of co-activations into experts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from brodmann.errors import RequestError, RunError, nearest
from brodmann.neurons.scores.sums import Sums
from brodmann.neurons.tokens import Reading

KINDS: dict[str, Callable[[Tensor], Tensor]] = {
    "value": lambda z: z,
    "indicator": lambda z: (z > 0).to(z.dtype),
    "positive": lambda z: z.clamp_min(0),
}
"""What is multiplied: activations, "above zero" (counts of joint activity), positive parts."""


@dataclass(frozen=True)
class Coactivations:
    """Second moments of a site's units.

    Attributes:
        gram: Site name -> float64 ``[U, U]``, the sum over examples and positions of products.
        total: Site name -> float64 ``[U]``, the sum.
        count: Examples times positions.
    """

    gram: Mapping[str, Tensor]
    total: Mapping[str, Tensor]
    count: int

    def covariance(self, site: str) -> Tensor:
        """Covariance of the units (n in the denominator), float64 ``[U, U]``."""
        mean = self.total[site] / self.count
        return self.gram[site] / self.count - torch.outer(mean, mean)

    def correlation(self, site: str) -> Tensor:
        """Pearson (for indicators: phi) correlation, float64 ``[U, U]``; 0 for constant units."""
        covariance = self.covariance(site)
        variance = covariance.diagonal()
        live = variance > 1e-12 * (self.gram[site].diagonal() / self.count)
        scale = torch.where(live, variance, 1).rsqrt() * live
        return covariance * torch.outer(scale, scale)


def gram(values: Tensor, kind: str = "value") -> Tensor:
    """Products of every pair of units, summed over examples and positions.

    Args:
        values: Float ``[B, P, U]``.
        kind: A row of ``KINDS``.

    Returns:
        Float32 ``[U, U]`` (float64 if the values are); counts of indicators are exact.

    Example:
        >>> gram(torch.tensor([[[1.0, 2.0]], [[3.0, -1.0]]]), "indicator").tolist()
        [[2.0, 1.0], [1.0, 1.0]]
    """
    flat = _flat(values, kind)
    return flat.t() @ flat


class Coactivation:
    """A listener: one Gram matrix per site, float64 sums of float32 products.

    Args:
        reading: Which tokens; positions count like examples.
        sites: Names of sites.
        kind: A row of ``KINDS``.

    Raises:
        RequestError: There is no such kind.
    """

    def __init__(self, reading: Reading, sites: Sequence[str], kind: str = "value") -> None:
        if kind not in KINDS:
            raise RequestError("coactivation", kind, "there is no such kind", nearest(kind, KINDS))
        self.reading, self.sites, self.kind, self.sums = reading, tuple(sites), kind, Sums()

    def update(self, site: str, values: Tensor, rows: Tensor) -> None:
        """Add a batch, float ``[B, P, U]``."""
        flat = _flat(values, self.kind)
        self.sums.update(f"gram/{site}", (flat.t() @ flat).double())
        self.sums.update(f"total/{site}", flat.sum(0, dtype=torch.float64))
        if site == self.sites[0]:
            self.sums.update("count", flat.new_tensor(len(flat), dtype=torch.long))

    def compute(self) -> Coactivations:
        """The sums over all processes.

        Raises:
            RunError: Nothing was heard.
        """
        with self.sums.gathered() as sums:
            if "count" not in sums:
                raise RunError("co-activation has heard no example")
            grams, totals = ({site: sums[f"{kind}/{site}"].clone() for site in self.sites}
                             for kind in ("gram", "total"))  # fmt: skip
            return Coactivations(grams, totals, int(sums["count"]))


def _flat(values: Tensor, kind: str) -> Tensor:
    wide = values if values.dtype == torch.float64 else values.float()
    return KINDS[kind](wide).flatten(0, 1)
