"""PB-1: the best neuron against the best of equally many rotated directions (Bau et al. 2017)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from brodmann.neurons.claims.evidence import Evidence
from brodmann.neurons.rotation import DENSE, Rotated, Rotation, rotations
from brodmann.neurons.scores.choice import choose
from brodmann.neurons.scores.columns import Columns
from brodmann.neurons.scores.moments import Baseline
from brodmann.neurons.scores.predictivity import Predictivity
from brodmann.neurons.statistics.crossed import crossed_mean
from brodmann.neurons.statistics.permutation import Side, p_value, smallest_p
from brodmann.neurons.statistics.rows import balanced_rows
from brodmann.neurons.stream import stream
from brodmann.neurons.tokens import Reading
from brodmann.report.findings import Figure, Row, Table
from brodmann.report.plots.bars import Bar, bars
from brodmann.studies.examined import Opened, Run, opened
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.evidence import both_sides, pooled, row
from brodmann.studies.skill_neurons.scan import METRICS, best_units, columns_of, reading_of
from brodmann.studies.skill_neurons.settings import settings
from brodmann.studies.skill_neurons.single import column_labels
from brodmann.studies.suite import Job, Suite, grid

MEMORY = 256 * 2**20
"""Bytes that the counts and matrices of the rotations of one pass may take."""
Bases = Mapping[Job, Measured]


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


def evidence_pb1(suite: Suite) -> tuple[list[Evidence], list[Table], list[Figure]]:
    """Rows of PB-1, their table and their figure."""
    own = settings(suite.config)
    wanted = grid(suite.config)
    arguments = {
        "train_rows": own.train_rows, "dev_rows": own.dev_rows, "test_rows": own.test_rows,
        "with_mask": own.with_mask, "measure": own.measure, "turns": own.rotations,
    }  # fmt: skip
    made = suite.measure("rotating the basis", bases, wanted, arguments)
    found = dict(zip(wanted, made, strict=True))
    evidence = _evidence(suite, found, suite.competent())
    rows = [_row(task, _of(suite, found, task)) for task in suite.tasks]
    return evidence, [_table(rows)], [_figure(rows)]


def _of(suite: Suite, found: Bases, task: str) -> list[Measured]:
    return [found[Job(task, seed)] for seed in suite.seeds]


def accuracies(one: Measured) -> np.ndarray:
    """Test balanced accuracy of each basis' best directions, mean over columns, ``[1 + R]``."""
    truth, said = column_labels(one), one.tensors["said"].numpy()
    found = [
        balanced_rows((said[:, :, k] == truth[:, k]).T.astype(float), truth[:, k]).mean(0)
        for k in range(truth.shape[1])
    ]
    return np.asarray(np.mean(found, 0))


def gaps(of_task: Sequence[Measured]) -> np.ndarray:
    """``[N, S]``, whose mean is the neuron's balanced accuracy minus the rotated bases' mean."""
    truth = column_labels(of_task[0])
    tables = []
    for k in range(truth.shape[1]):
        right = np.stack([one.tensors["said"].numpy()[:, :, k] == truth[:, k] for one in of_task])
        values = right[:, 0].astype(float) - right[:, 1:].mean(1)
        tables.append(balanced_rows(values.T, truth[:, k]))
    return np.asarray(np.mean(tables, 0))


def _evidence(suite: Suite, found: Bases, competent: list[str]) -> list[Evidence]:
    rows, values, by_basis = [], {}, []
    least = smallest_p(draws=settings(suite.config).rotations)
    for task in suite.tasks:
        of_task = _of(suite, found, task)
        if len(of_task) < 2:
            continue
        table, scores = gaps(of_task), np.mean([accuracies(one) for one in of_task], 0)
        one = row(task, crossed_mean(table), len(table), _p(scores), smallest_p=least,
                  seeds=len(of_task), competence=suite.competence(task))  # fmt: skip
        rows.append(both_sides(one, _p(scores, "less")))
        if task in competent:
            values[task] = table
            by_basis.append(scores)
    if not by_basis:
        return [pooled(values, suite.tasks), *rows]
    scores = np.mean(by_basis, 0)
    together = pooled(values, suite.tasks, p_value=_p(scores), smallest_p=least)
    return [both_sides(together, _p(scores, "less")), *rows]


def _p(scores: np.ndarray, side: Side = "greater") -> float:
    """P that a random basis' best is as good (``less``: as bad) as the first one's."""
    return float(p_value(scores[0], scores[1:], side))


def _row(task: str, of_task: Sequence[Measured]) -> Row:
    scores = np.mean([accuracies(one) for one in of_task], 0)
    dev = np.mean([one.tensors["dev"].double().numpy().mean(1) for one in of_task], 0)
    low, high = np.quantile(scores[1:], [0.025, 0.975])
    return {
        "task": task, "best neuron": float(scores[0]),
        "best rotated direction": float(scores[1:].mean()), "2.5 %": float(low),
        "97.5 %": float(high), "difference": float(scores[0] - scores[1:].mean()),
        "p": _p(scores), "rotations": len(scores) - 1,
        "validation, neuron": float(dev[0]), "validation, rotated": float(dev[1:].mean()),
    }  # fmt: skip


def _table(rows: list[Row]) -> Table:
    return Table(
        "basis", "The best neuron and the best of equally many rotated directions (PB-1)",
        "Test balanced accuracy, mean over seeds; both are chosen alike on training and validation "
        "data. The range is that of the rotations.", rows,
    )  # fmt: skip


def _figure(rows: list[Row]) -> Figure:
    def cell(one: Row, key: str) -> float:
        return float(str(one[key]))

    shown = [
        Bar(str(one["task"]), cell(one, "best neuron"),
            reference=cell(one, "best rotated direction"), chance=0.5,
            band=(cell(one, "2.5 %"), cell(one, "97.5 %")))
        for one in rows
    ]  # fmt: skip
    return Figure(
        "basis", "The best neuron beside the best direction of random bases",
        "Bars that end right of the grey band: neurons carry the task better than arbitrary "
        "directions do. Bars within or left of it: there is nothing special about neurons here.",
        "Every site's units are mixed by a random orthogonal matrix, the same one for all tasks "
        "and seeds; the band holds 95 % of these bases, the diamond is their mean.",
        bars(shown, "test balanced accuracy", reference_name="rotated, mean", chance_name="chance",
             band_name="rotated, 95 %"),
        claim="PB-1", size=(6.4, 0.9 + 0.45 * len(rows)),
    )  # fmt: skip
