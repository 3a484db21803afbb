"""Average precision and AUROC of every unit for every column: exact, ties grouped.

Suau et al. 2020, "Finding Experts in Transformer Models", score units by average precision. Its
chance level is the share of positives, so that concepts with different shares compare only at one
common prevalence (``standardised``) or by AUROC. Equal values have no order: precision is taken at
the end of each group of ties, as scikit-learn does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from brodmann.errors import RequestError, RunError
from brodmann.neurons.scores.columns import Columns
from brodmann.neurons.scores.sorting import Ranked, over_units

TINY = 1e-30
"""Keeps 0 / 0 away where only rows of no weight have come."""


@dataclass(frozen=True)
class Rankings:
    """How well each unit's value ranks the positives first; float32 ``[U, K]`` each.

    Attributes:
        precision: Average precision, at the column's own prevalence.
        standardised: Average precision at a common prevalence.
        auroc: Chance that a positive is above a negative, ties counting one half.
    """

    precision: Tensor
    standardised: Tensor
    auroc: Tensor


def rankings(values: Tensor, columns: Columns, prevalence: float = 0.5) -> Rankings:
    """All three measures from one sort per unit.

    Args:
        values: Pooled activations, float ``[N, U]``.
        columns: Labels of the same rows, with their weights if any.
        prevalence: Share of positives to standardise to, between 0 and 1.

    Raises:
        RequestError: ``prevalence`` is not between 0 and 1.
        RunError: A value is not a number, rows do not fit, or a column is constant.

    Example:
        >>> labels = Columns(("concept",), torch.tensor([[True], [False], [True]]))
        >>> found = rankings(torch.tensor([[3.0], [2.0], [1.0]]), labels)
        >>> round(found.precision.item(), 4), found.auroc.item()
        (0.8333, 0.5)
    """
    _check(prevalence)
    labels = _Labels(values, columns)
    shape = (values.shape[1], len(columns))
    found = Rankings(*(torch.empty(shape, device=values.device) for _ in range(3)))

    def work(part: Ranked) -> None:
        for members, mass, ends, steps in labels.masses_of(part):
            found.auroc[part.units, members] = _auroc(part, mass, ends, steps, labels, members)
            for column in members.tolist():
                counted = _counted(part, labels, column)
                found.precision[part.units, column] = _precision(counted, ends)
                common = _standardised(counted, ends, prevalence)
                found.standardised[part.units, column] = common

    over_units(values, work)
    return found


def average_precision(values: Tensor, columns: Columns, prevalence: float | None = None) -> Tensor:
    """Average precision of every unit for every column, float32 ``[U, K]``.

    Args:
        values: Pooled activations, float ``[N, U]``.
        columns: Labels of the same rows.
        prevalence: Share of positives to standardise to; the column's own when None.

    Raises:
        RequestError: ``prevalence`` is not between 0 and 1.
        RunError: A value is not a number, rows do not fit, or a column is constant.
    """
    if prevalence is not None:
        _check(prevalence)
    labels = _Labels(values, columns)
    found = torch.empty(values.shape[1], len(columns), device=values.device)

    def work(part: Ranked) -> None:
        for members, _, ends, _ in labels.masses_of(part):
            for column in members.tolist():
                counted = _counted(part, labels, column)
                found[part.units, column] = (
                    _precision(counted, ends) if prevalence is None
                    else _standardised(counted, ends, prevalence)
                )  # fmt: skip

    over_units(values, work)
    return found


def _check(prevalence: float) -> None:
    if not 0 < prevalence < 1:
        raise RequestError("prevalence", prevalence, "not between 0 and 1", "give a share like 0.5")


def auroc(values: Tensor, columns: Columns) -> Tensor:
    """Area under the ROC curve of every unit for every column, float32 ``[U, K]``.

    By mid-ranks (Mann and Whitney), so that all columns are one matrix product.

    Args:
        values: Pooled activations, float ``[N, U]``.
        columns: Labels of the same rows.

    Raises:
        RunError: A value is not a number, rows do not fit, or a column is constant.
    """
    labels = _Labels(values, columns)
    found = torch.empty(values.shape[1], len(columns), device=values.device)

    def work(part: Ranked) -> None:
        for members, mass, ends, steps in labels.masses_of(part):
            found[part.units, members] = _auroc(part, mass, ends, steps, labels, members)

    over_units(values, work)
    return found


def chance_precision(positives: int, rows: int) -> float:
    """Mean average precision of a unit without ties that knows nothing.

    ``(P - 1) / (n - 1) * (1 - H_n / n) + H_n / n``, with ``H_n`` the n-th harmonic number.

    Args:
        positives: P, at least 1.
        rows: n, at least 2.

    Example:
        >>> round(chance_precision(700, 1700), 4)
        0.4142
    """
    share = sum(1 / rank for rank in range(1, rows + 1)) / rows
    return (positives - 1) / (rows - 1) * (1 - share) + share


class _Labels:
    """Weighted labels on the device of the values, grouped by the rows' weights.

    Attributes:
        positives: Weight of each row if positive, else 0; float32 ``[K, N]``.
        weights: For each different weighting the rows' weights ``[N]``, or None if all are 1.
        members: For each weighting its columns, long.
        positive: Sum of the positives' weights, float64 ``[K]``.
        negative: Sum of the negatives' weights, float64 ``[K]``.
    """

    def __init__(self, values: Tensor, columns: Columns) -> None:
        if columns.rows != len(values):
            raise RunError(f"{len(values)} rows of values, but {columns.rows} rows of labels")
        columns.require_both()
        device = values.device
        self.positive, self.negative = (mass.to(device) for mass in columns.masses())
        if not columns.weighted():
            self.positives = columns.values.t().to(device, torch.float32).contiguous()
            self.weights: list[Tensor | None] = [None]
            self.members = [torch.arange(len(columns), device=device)]
            return
        weights = columns.row_weights()
        kinds, kind_of = torch.unique(weights, dim=1, return_inverse=True)
        self.positives = (weights * columns.values).t().to(device).contiguous()
        self.weights = list(kinds.t().to(device).contiguous())
        kind_of = kind_of.to(device)
        self.members = [(kind_of == kind).nonzero()[:, 0] for kind in range(kinds.shape[1])]

    def masses_of(self, part: Ranked) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor | None]]:
        """What the columns of one weighting share.

        Yields:
            Columns, mass down to each row ``[C, N]``, the same at the end of ties, sorted weights.
        """
        for weights, members in zip(self.weights, self.members, strict=True):
            steps = None if weights is None else weights.take(part.order)
            mass = _mass(part, steps)
            yield members, mass, part.at_ends(mass), steps


def _mass(part: Ranked, steps: Tensor | None) -> Tensor:
    """Weight of all rows down to each, float ``[C, N]``."""
    if steps is not None:
        return steps.cumsum(1)
    rows = part.order.shape[1]
    counts = torch.arange(1, rows + 1, device=part.order.device, dtype=torch.float32)
    return counts.expand(part.order.shape)


class _Counted(NamedTuple):
    """A column's positives in the order of every unit.

    Attributes:
        positive: Weight of each row if positive, else 0; float32 ``[C, N]``.
        true: Weight of the positives down to the end of each row's ties.
        total: Weight of all positives.
        rest: Weight of all negatives.
    """

    positive: Tensor
    true: Tensor
    total: float
    rest: float


def _counted(part: Ranked, labels: _Labels, column: int) -> _Counted:
    positive = labels.positives[column].take(part.order)
    true = part.at_ends(positive.cumsum(1))
    return _Counted(positive, true, float(labels.positive[column]), float(labels.negative[column]))


def _precision(counted: _Counted, mass: Tensor) -> Tensor:
    """Average precision at the column's own prevalence, float32 ``[C]``."""
    share = counted.true / mass.clamp_min(TINY)
    return torch.linalg.vecdot(counted.positive, share) / counted.total


def _standardised(counted: _Counted, mass: Tensor, prevalence: float) -> Tensor:
    """Average precision at a common prevalence, float32 ``[C]``."""
    good = counted.true * (prevalence / counted.total)
    bad = (mass - counted.true) * ((1 - prevalence) / counted.rest)
    share = good / (good + bad).clamp_min(TINY)
    return torch.linalg.vecdot(counted.positive, share) / counted.total


def _auroc(
    part: Ranked,
    mass: Tensor,
    at_ends: Tensor,
    steps: Tensor | None,
    labels: _Labels,
    members: Tensor,
) -> Tensor:
    """AUROC of the columns that share a weighting, float32 ``[C, M]``.

    The mean mass above a positive, less the positives' own share, is that of the negatives above.
    """
    ones = torch.ones_like(mass) if steps is None else steps
    middle = (part.before(mass, ones).double() + at_ends) / 2
    by_row = torch.empty_like(middle).scatter_(1, part.order, middle)
    positive, negative = labels.positive[members], labels.negative[members]
    above = by_row @ labels.positives[members].double().t() - positive.square() / 2
    return (1 - above / (positive * negative)).float()
