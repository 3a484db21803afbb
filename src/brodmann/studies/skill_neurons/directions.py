"""The best neuron of a run, and the best direction of random changes of its basis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from brodmann.neurons.rotation import DENSE, Rotated, Rotation, rotations
from brodmann.neurons.scores.choice import choose
from brodmann.neurons.scores.columns import Columns
from brodmann.neurons.scores.moments import Baseline
from brodmann.neurons.scores.predictivity import Predictivity
from brodmann.neurons.stream import stream
from brodmann.neurons.tokens import Reading
from brodmann.studies.examined import Opened, Run, opened
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.scan import METRICS, best_units, columns_of, reading_of

MEMORY = 256 * 2**20
"""Bytes that the counts and matrices of the rotations of one pass may take."""


@dataclass(frozen=True)
class Direction:
    """The best direction of one basis, as chosen on validation.

    Attributes:
        site: Its site.
        weights: Its mixture of units, float32 ``[U]``.
        position: Where it is read.
        sign: 1 if "above the threshold" means true, else -1.
        threshold: Its mean over train.
        score: Its score on validation.
    """

    site: str
    weights: Tensor
    position: int
    sign: int
    threshold: float
    score: float


class Projections:
    """A listener: what chosen directions are at, example by example.

    Args:
        reading: The one that they were chosen by.
        directions: ``D`` of them.
    """

    def __init__(self, reading: Reading, directions: Sequence[Direction]) -> None:
        self.reading, self.directions = reading, tuple(directions)
        self.sites = tuple(dict.fromkeys(one.site for one in directions))
        self._parts: list[tuple[int, Tensor, Tensor]] = []

    def update(self, site: str, values: Tensor, rows: Tensor) -> None:
        """Project a batch, float ``[B, P, U]``."""
        for place, one in enumerate(self.directions):
            if one.site == site:
                found = values[:, one.position].float() @ one.weights.to(values.device)
                self._parts.append((place, rows.cpu(), found.cpu()))

    def compute(self) -> Tensor:
        """Float32 ``[N, D]``, by ascending row."""
        count = 1 + max(int(rows.max()) for _, rows, _ in self._parts)
        result = torch.full((count, len(self.directions)), torch.nan)
        for place, rows, found in self._parts:
            result[rows, place] = found
        return result


def bases(
    prepared: Run,
    train_rows: int | None,
    dev_rows: int | None,
    test_rows: int | None,
    with_mask: bool,
    measure: str,
    turns: int,
) -> Measured:
    """The best neuron of a run, and the best direction of every random basis.

    Both are chosen alike: threshold from train (the mean of a direction is the direction of the
    means), position, sign and direction from validation, reported on test.

    Args:
        prepared: A run that is done.
        train_rows: Examples for the thresholds.
        dev_rows: Examples that choose.
        test_rows: Examples to report on.
        with_mask: Whether [MASK] counts as a position beside the prompts.
        measure: A row of ``METRICS``.
        turns: R, random bases, the same ones for every run of a model.

    Returns:
        With basis 0 the neurons' own: ``said`` bool ``[1 + R, N, K]``, ``dev`` float32
        ``[1 + R, K]``, ``labels`` long ``[N]``.
    """
    examined = opened(prepared)
    reading = reading_of(examined, with_mask)
    base = Baseline(reading, [site.name for site in examined.subject.sites])
    stream(examined.subject, examined.batches("train", train_rows), [base])
    columns = columns_of(examined, "val", dev_rows)
    best = []
    for seeds in _passes(examined, base, columns, turns):
        best += _best(examined, base, columns, METRICS[measure], dev_rows, seeds)
    heard = Projections(reading, [one for of_basis in best for one in of_basis])
    stream(examined.subject, examined.batches("test", test_rows), [heard])
    return Measured(
        {"said": _said(heard, len(columns)),
         "dev": torch.tensor([[one.score for one in of_basis] for of_basis in best]),
         "labels": examined.labels("test", test_rows)},
        {"classes": list(examined.classes), "columns": list(columns.names)},
    )  # fmt: skip


def _passes(examined: Opened, base: Baseline, columns: Columns, turns: int) -> Iterator[list[int]]:
    """Bases 0 (the neurons' own) to R in groups that fit into memory."""
    units = [site.units for site in examined.subject.sites]
    positions = len(next(iter(base.compute().mean.values())))
    counts = sum(4 * (len(columns) + 1) * positions * u for u in units)
    matrices = sum(4 * u * u if u <= DENSE else 48 * u for u in units)
    at_once = max(1, MEMORY // (counts + matrices))
    for start in range(0, turns + 1, at_once):
        yield list(range(start, min(start + at_once, turns + 1)))


def _best(
    examined: Opened, base: Baseline, columns: Columns, metric: str, rows: int | None,
    seeds: list[int],
) -> list[list[Direction]]:  # fmt: skip
    """The best direction of every column in several bases, by one look at validation."""
    units = {site.name: site.units for site in examined.subject.sites}
    turned: list[dict[str, Rotation] | None] = [rotations(units, s) if s else None for s in seeds]
    means, heard = base.compute().mean, []
    for turn in turned:
        center = {s: turn[s](m) if turn else m for s, m in means.items()}
        heard.append(Predictivity(base.reading, list(units), columns, center))
    listeners = [Rotated(one, turn) if turn else one
                 for one, turn in zip(heard, turned, strict=True)]  # fmt: skip
    stream(examined.subject, examined.batches("val", rows), listeners)
    return [_directions(one, turn, metric) for one, turn in zip(heard, turned, strict=True)]


def _directions(
    heard: Predictivity, turn: Mapping[str, Rotation] | None, metric: str
) -> list[Direction]:
    choice = choose(heard.compute(), metric)
    found = []
    for name in choice.columns:
        (unit,) = best_units(choice, name, 1)
        width = heard.thresholds[unit.site].shape[1]
        weights = turn[unit.site].direction(unit.unit) if turn else torch.eye(width)[unit.unit]
        threshold = float(heard.thresholds[unit.site][unit.position, unit.unit])
        found.append(Direction(unit.site, weights, unit.position, unit.sign, threshold, unit.score))
    return found


def _said(heard: Projections, columns: int) -> Tensor:
    """Bool ``[bases, N, K]``."""
    signs = torch.tensor([one.sign for one in heard.directions])
    limits = torch.tensor([one.threshold for one in heard.directions], dtype=torch.float64)
    said = (heard.compute().double() > limits) == (signs > 0)
    return said.unflatten(1, (-1, columns)).movedim(1, 0)
