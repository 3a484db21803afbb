"""Which position and sign a unit is read at: fixed on one split, looked up on another.

The paper takes the better sign (eq. 5) and the best position (eq. 6) on the split that it reports,
which rewards chance: the maximum over 127 positions of a unit that knows nothing is above one half.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from brodmann.errors import RunError
from brodmann.neurons.scores.accuracy import Predictivities

AT_ONCE = 2**19
"""Accuracies that are looked at together: as many as a core's cache holds."""


@dataclass(frozen=True)
class Unit:
    """One unit as it was chosen.

    Attributes:
        site: Name of its site.
        unit: Its index there.
        position: Where it is read.
        sign: 1 if "above the threshold" means true, -1 if it means false.
        score: Its score on the split that it was chosen on.
    """

    site: str
    unit: int
    position: int
    sign: int
    score: float


@dataclass(frozen=True)
class Choice:
    """Position and sign of every unit, for every column.

    Attributes:
        columns: Names of the K columns.
        metric: What was maximised.
        position: Site name -> long ``[U, K]``; the first of equally good ones.
        sign: Site name -> int8 ``[U, K]``; 1 when both signs are equal.
        score: Site name -> float32 ``[U, K]``, on the split that chose; never below one half.
    """

    columns: tuple[str, ...]
    metric: str
    position: Mapping[str, Tensor]
    sign: Mapping[str, Tensor]
    score: Mapping[str, Tensor]

    def scores_of(self, column: str) -> dict[str, Tensor]:
        """One column's scores by site, float32 ``[U]``, for ``order_by``."""
        index = self.columns.index(column)
        return {site: score[:, index] for site, score in self.score.items()}

    def best(self, column: str) -> Unit:
        """The unit with the highest score; of equal ones the first in the model's order."""
        index = self.columns.index(column)
        site = max(self.score, key=lambda name: float(self.score[name][:, index].max()))
        unit = int(self.score[site][:, index].argmax())
        found = (self.position[site], self.sign[site], self.score[site])
        position, sign, score = (tensor[unit, index].item() for tensor in found)
        return Unit(site, unit, int(position), int(sign), float(score))

    def maxima(self) -> Tensor:
        """Each column's highest score over all units, float32 ``[K]`` (for max-T over nulls)."""
        return torch.stack([score.amax(0) for score in self.score.values()]).amax(0)


def signed(accuracy: Tensor) -> tuple[Tensor, Tensor]:
    """The better of a unit and its opposite (Skill Neurons, eq. 5).

    Returns:
        The scores, and the signs as int8: 1 when both are equal.

    Example:
        >>> score, sign = signed(torch.tensor([0.25, 0.5, 1.0]))
        >>> score.tolist(), sign.tolist()
        ([0.75, 0.5, 1.0], [-1, 1, 1])
    """
    sign = torch.where(accuracy >= 0.5, 1, -1).to(torch.int8)
    return torch.where(sign > 0, accuracy, 1 - accuracy), sign


def choose(dev: Predictivities, metric: str = "balanced_accuracy") -> Choice:
    """Fix the best position and sign of every unit, for every column on its own.

    Args:
        dev: Counts on the split that chooses.
        metric: A row of ``accuracy.METRICS``.

    Raises:
        RequestError: There is no such metric.
    """
    made = {site: _by_parts(dev, site, metric) for site in dev.hits}
    position, sign, score = ({site: row[i] for site, row in made.items()} for i in range(3))
    return Choice(dev.columns, metric, position, sign, score)


def _by_parts(dev: Predictivities, site: str, metric: str) -> list[Tensor]:
    """A few columns at a time: accuracies by position are far more than what is chosen of them."""
    width = max(1, AT_ONCE // dev.hits[site][0].numel())
    parts = [_chosen(dev.of(site, metric, slice(start, start + width)))
             for start in range(0, len(dev.columns), width)]  # fmt: skip
    return [torch.cat(of_kind, dim=1) for of_kind in zip(*parts, strict=True)]


def _chosen(accuracy: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    best, position = torch.maximum(accuracy, 1 - accuracy).max(dim=0)
    _, sign = signed(accuracy.gather(0, position[None])[0])
    return position, sign, best


def report(choice: Choice, test: Predictivities) -> dict[str, Tensor]:
    """The scores on another split, with position and sign as chosen.

    Args:
        choice: Made on a disjoint split.
        test: Counts on the split to report, with the same columns and thresholds.

    Returns:
        Site name -> float32 ``[U, K]``; below one half where the choice did not hold.

    Raises:
        RunError: The columns or sites are others.
    """
    if choice.columns != test.columns or set(choice.score) - set(test.hits):
        raise RunError("a choice is reported on the columns and sites that it was made for")
    return {site: _looked_up(choice, test, site) for site in choice.score}


def _looked_up(choice: Choice, test: Predictivities, site: str) -> Tensor:
    accuracy = test.of(site, choice.metric).gather(0, choice.position[site][None])[0]
    return torch.where(choice.sign[site] > 0, accuracy, 1 - accuracy)
