"""Accuracies from counts: of "above the threshold means true", per position, unit and column."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

from brodmann.errors import RequestError, nearest


def _accuracy(hits: Tensor, fired: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
    return (2 * hits - fired + negative) / (positive + negative)


def _balanced(hits: Tensor, fired: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
    return (hits / positive - (fired - hits) / negative + 1) / 2


METRICS: dict[str, Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced,
}
"""Metric -> function of (weight of true positives, of all that fired, of positives, of negatives).

``accuracy`` is the paper's (eq. 4); ``balanced_accuracy`` does not reward the majority class.
"""


@dataclass(frozen=True)
class Predictivities:
    """Counts from which the accuracy of every unit, position and column follows.

    Attributes:
        columns: Names of the K columns.
        hits: Site name -> weight of positives above the threshold, float32 ``[K, P, U]``.
        fired: Site name -> weight of all examples above it, float32 ``[W, P, U]``, for the W
            different weightings.
        weighting: Which of the W each column has, long ``[K]``.
        positive: Weight of the positives, float64 ``[K]``.
        negative: Weight of the negatives, float64 ``[K]``.
    """

    columns: tuple[str, ...]
    hits: Mapping[str, Tensor]
    fired: Mapping[str, Tensor]
    weighting: Tensor
    positive: Tensor
    negative: Tensor

    def of(
        self, site: str, metric: str = "balanced_accuracy", columns: slice | list[int] = slice(None)
    ) -> Tensor:
        """Accuracy of "above the threshold means true", before the sign is chosen.

        Args:
            site: Name of a site.
            metric: A row of ``METRICS``.
            columns: Some of the columns; all when not given.

        Returns:
            Float32 ``[P, U, K]``, of the columns asked for.

        Raises:
            RequestError: There is no such metric.
        """
        if metric not in METRICS:
            raise RequestError("metric", metric, "there is no such metric",
                               nearest(metric, METRICS))  # fmt: skip
        hits = self.hits[site][columns]
        fired = self.fired[site][self.weighting[columns].to(hits.device)]
        masses = (mass[columns].to(hits)[:, None, None] for mass in (self.positive, self.negative))
        return METRICS[metric](hits, fired, *masses).permute(1, 2, 0)
