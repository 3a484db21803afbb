"""Predictivity: how well "this unit is above its mean here" predicts a label.

Wang et al. 2022, "Finding Skill Neurons in Pre-trained Transformers", section 3.1, eq. 2 to 5. For
every unit, position and label column at once: one matrix product per batch and site.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from brodmann.errors import RunError
from brodmann.neurons.scores.accuracy import Predictivities
from brodmann.neurons.scores.columns import Columns
from brodmann.neurons.scores.indicators import Indicators
from brodmann.neurons.scores.sums import Sums
from brodmann.neurons.tokens import Reading

EXACT = 2**24
"""Largest count that float32 holds exactly."""
AT_ONCE = (2**18, 2**24)
"""Indicators that become numbers at once: as many as stay in a core's cache; more elsewhere."""


class Predictivity:
    """A listener: counts of "above the threshold" by label, for all columns at once.

    Memory is that of the counts, ``(K + W) x P x U`` float32 per site, whatever the number of
    examples. Counts of unweighted columns are exact.

    Args:
        reading: Which tokens; the same as the baseline's.
        sites: Names of sites.
        columns: Labels, by row of the data set.
        thresholds: Site name -> float64 ``[P, U]``, the means of the training split.

    Raises:
        RunError: A site has no threshold, or there are more rows than float32 counts.
    """

    def __init__(
        self,
        reading: Reading,
        sites: Sequence[str],
        columns: Columns,
        thresholds: Mapping[str, Tensor],
    ) -> None:
        missing = [site for site in sites if site not in thresholds]
        if missing:
            raise RunError(f"{missing[0]} has no threshold: the baseline was taken without it")
        if columns.rows >= EXACT:
            raise RunError(f"{columns.rows} rows are more than float32 counts exactly")
        self.reading, self.sites, self.columns = reading, tuple(sites), columns
        self.thresholds, self.sums = thresholds, Sums()
        self._lent = False
        self._weights, self._weighting = _weightings(columns)
        self._indicators = {site: Indicators(site, thresholds[site]) for site in sites}

    def update(self, site: str, values: Tensor, rows: Tensor) -> None:
        """Count a batch.

        Args:
            site: The site's name.
            values: Float ``[B, P, U]``.
            rows: Index of each example, long ``[B]``.

        Raises:
            RunError: A row is outside the columns, or P or U are not the baseline's.
        """
        if site == self.sites[0]:
            self._see(rows)
        for fired, held in self._indicators[site].add(values, rows):
            self._count(site, fired, held)

    def flush(self) -> None:
        """Count what is still held back."""
        for site, indicators in self._indicators.items():
            for fired, held in indicators.drain():
                self._count(site, fired, held)

    def merge(self, other: Predictivity) -> None:
        """Add what another has counted on other rows, with the same columns and thresholds."""
        self.flush()
        other.flush()
        self._take_back()
        self.sums.merge(other.sums)

    def _count(self, site: str, fired: Tensor, rows: Tensor) -> None:
        self._take_back()
        design = self._design(rows)
        shape = (design.shape[1], fired.shape[1])
        counts = self.sums.of(f"counts/{site}", shape, fired, torch.float32)
        width = max(1, AT_ONCE[fired.device.type != "cpu"] // len(fired))
        for some, said in zip(counts.split(width, 1), fired.split(width, 1), strict=True):
            some.addmm_(design.t(), said.float())

    def _take_back(self) -> None:
        """Counts that were handed out stay as they were: go on with copies."""
        if self._lent:
            self.sums, lent = Sums(), self.sums
            self.sums.merge(lent)
            self._lent = False

    def _see(self, rows: Tensor) -> None:
        self._take_back()
        if int(rows.min()) < 0 or int(rows.max()) >= self.columns.rows:
            raise RunError(f"a batch holds row {int(rows.max())}, but the columns have "
                           f"{self.columns.rows} rows")  # fmt: skip
        seen = self.sums.of("seen", (self.columns.rows,), rows, torch.float32)
        seen.index_add_(0, rows, torch.ones_like(rows, dtype=torch.float32))

    def _design(self, rows: Tensor) -> Tensor:
        """Weighted labels and the different weightings of a batch, float32 ``[B, K + W]``."""
        self._weights = self._weights.to(rows.device)
        self._weighting = self._weighting.to(rows.device)
        weights = self._weights[rows]
        labels = self.columns.values.to(rows.device)[rows]
        return torch.cat([weights[:, self._weighting] * labels, weights], 1)

    def compute(self) -> Predictivities:
        """The counts over all processes.

        Raises:
            RunError: Nothing was heard, a row was heard twice (a sampler padded with copies), or
                a column is constant over the rows that were heard.
        """
        self.flush()
        with self.sums.gathered() as sums:
            seen = _once(sums)
            counts = {site: sums[f"counts/{site}"] for site in self.sites}
        self._lent = True
        self.columns.require_both(seen)
        positive, negative = self.columns.masses(seen)
        kept, shapes = len(self.columns), {s: self.thresholds[s].shape for s in self.sites}
        return Predictivities(
            columns=self.columns.names,
            hits={s: c[:kept].unflatten(1, shapes[s]) for s, c in counts.items()},
            fired={s: c[kept:].unflatten(1, shapes[s]) for s, c in counts.items()},
            weighting=self._weighting.cpu(),
            positive=positive,
            negative=negative,
        )


def _weightings(columns: Columns) -> tuple[Tensor, Tensor]:
    """The different columns of row weights, float32 ``[N, W]``, and which each column has."""
    if not columns.weighted():
        return torch.ones(columns.rows, 1), torch.zeros(len(columns), dtype=torch.long)
    return torch.unique(columns.row_weights().cpu(), dim=1, return_inverse=True)


def _once(sums: Mapping[str, Tensor]) -> Tensor:
    """How often each row was heard, if never more than once.

    Raises:
        RunError: See above.
    """
    if "seen" not in sums:
        raise RunError("predictivity has heard no example")
    seen = sums["seen"].cpu().clone()
    if bool((seen > 1).any()):
        raise RunError(f"row {int(seen.argmax())} was heard {int(seen.max())} times: counts would "
                       "be of copies")  # fmt: skip
    return seen


def predictivity(
    values: Tensor, columns: Columns, threshold: Tensor, metric: str = "balanced_accuracy"
) -> Tensor:
    """Accuracy of "above the threshold means true" for every position, unit and column.

    Args:
        values: Activations of all rows, float ``[N, P, U]``.
        columns: Labels of the same rows.
        threshold: Float64 ``[P, U]``; the paper's is the mean over the training split (eq. 3).
        metric: A row of ``accuracy.METRICS``.

    Returns:
        Float32 ``[P, U, K]``.

    Raises:
        RunError: A column is constant.
        RequestError: There is no such metric.

    Example:
        >>> values = torch.tensor([0.9, 0.1, 0.8, 0.3])[:, None, None]
        >>> labels = Columns(("task",), torch.tensor([[True], [False], [True], [True]]))
        >>> predictivity(values, labels, torch.tensor([[0.5]]), "accuracy").item()
        0.75
    """
    listener = Predictivity(Reading(), ["site"], columns, {"site": threshold.double()})
    listener.update("site", values, torch.arange(len(values), device=values.device))
    return listener.compute().of("site", metric)
