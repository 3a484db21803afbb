"""Label columns: what a score is computed against, by row of the data set.

A column is a binary question: a two-class task, a sub-task of a task with more classes, a concept,
a permuted label (a null), or a label with bootstrap weights. A score takes all columns at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import torch
from torch import Tensor

from brodmann.errors import RequestError, RunError, nearest

BLOCK = 4096
"""Rows that are weighed at a time, so that memory does not grow with their number."""


@dataclass(frozen=True)
class Columns:
    """Binary columns over the rows of a data set.

    Attributes:
        names: One per column, all different.
        values: The labels, bool ``[N, K]``.
        weights: Weight of each row in each column, float ``[N, K]``; 1 everywhere when None.
        valid: Rows that a column asks about, bool ``[N, K]``; all when None.

    Raises:
        RunError: Names repeat, or shapes or dtypes do not fit.

    Example:
        >>> columns = Columns(("polarity",), torch.tensor([[True], [False], [True]]))
        >>> columns.rows, len(columns)
        (3, 1)
    """

    names: tuple[str, ...]
    values: Tensor
    weights: Tensor | None = None
    valid: Tensor | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(self.names))
        if self.values.dtype != torch.bool or self.values.dim() != 2:
            raise RunError(f"labels are bool [rows, columns], not {_shown(self.values)}")
        for given in (self.weights, self.valid):
            if given is not None and given.shape != self.values.shape:
                raise RunError(f"{_shown(given)} does not fit labels {_shown(self.values)}")
        if len(set(self.names)) != len(self.names) or len(self.names) != self.values.shape[1]:
            raise RunError(f"{self.values.shape[1]} columns need as many different names")

    def __len__(self) -> int:
        return len(self.names)

    @property
    def rows(self) -> int:
        """N, the rows of the data set."""
        return len(self.values)

    def weighted(self) -> bool:
        """Whether rows count differently in any column."""
        return self.weights is not None or self.valid is not None

    def row_weights(self, rows: slice = slice(None)) -> Tensor:
        """What each row counts: its weight where it is valid, 0 elsewhere; float32 ``[N, K]``.

        Args:
            rows: Some of the rows; all when not given.
        """
        if self.weights is None:
            weights = torch.ones_like(self.values[rows], dtype=torch.float32)
        else:
            weights = self.weights[rows].to(torch.float32)
        return weights if self.valid is None else weights * self.valid[rows]

    def pick(self, names: Sequence[str]) -> Columns:
        """Some of the columns, in the order asked for.

        Raises:
            RequestError: There is no such column.
        """
        for name in names:
            if name not in self.names:
                raise RequestError("columns", name, "there is no such column",
                                   nearest(name, self.names))  # fmt: skip
        index = torch.tensor([self.names.index(name) for name in names], dtype=torch.long)
        weights, valid = (None if t is None else t[:, index] for t in (self.weights, self.valid))
        return Columns(tuple(names), self.values[:, index], weights, valid)

    def masses(self, counts: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Weight of the positives and of the negatives.

        Args:
            counts: How often each row counts, float ``[N]``; once when None.

        Returns:
            Two float64 ``[K]``.
        """
        positive, total = self._summed(lambda weights: weights.double(), counts)
        return positive, total - positive

    def _summed(
        self, amount: Callable[[Tensor], Tensor], counts: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Sum of an amount over the positives and over all rows, a block of rows at a time."""
        sums = torch.zeros(2, len(self), dtype=torch.float64, device=self.values.device)
        for start in range(0, self.rows, BLOCK):
            rows = slice(start, start + BLOCK)
            amounts = amount(self.row_weights(rows))
            if counts is not None:
                amounts = amounts * amount(counts[rows]).to(amounts)[:, None]
            sums += torch.stack([(amounts * self.values[rows]).sum(0), amounts.sum(0)])
        return sums[0], sums[1]

    def require_both(self, counts: Tensor | None = None, least: int = 1) -> None:
        """Refuse columns that cannot be scored.

        Args:
            counts: How often each row counts, float ``[N]``; once when None.
            least: Fewest examples of either label.

        Raises:
            RunError: A column is constant, or has fewer than ``least`` examples of a label.
        """
        positive, total = self._summed(lambda weights: (weights > 0).double(), counts)
        negative = total - positive
        for name, ones, zeros in zip(
            self.names, positive.long().tolist(), negative.long().tolist(), strict=True
        ):
            if min(ones, zeros) == 0:
                raise RunError(f"column {name} is constant over its {ones + zeros} examples")
            if min(ones, zeros) < least:
                raise RunError(
                    f"column {name} has {ones} positive and {zeros} negative examples, "
                    f"fewer than the {least} of each that are needed"
                )


def join(*parts: Columns) -> Columns:
    """Columns side by side.

    Raises:
        RunError: They are about different numbers of rows, or names repeat.
    """
    if len({part.rows for part in parts}) != 1:
        raise RunError(f"columns over {[part.rows for part in parts]} rows cannot be joined")
    weights = valid = None
    if any(part.weights is not None for part in parts):
        filled = (torch.ones(p.values.shape) if p.weights is None else p.weights for p in parts)
        weights = torch.cat([part.float() for part in filled], 1)
    if any(part.valid is not None for part in parts):
        valid = torch.cat([torch.ones_like(p.values) if p.valid is None else p.valid
                           for p in parts], 1)  # fmt: skip
    names = tuple(name for part in parts for name in part.names)
    return Columns(names, torch.cat([part.values for part in parts], 1), weights, valid)


def sub_task(
    name: str, labels: Tensor, positives: Sequence[int], negatives: Sequence[int] | None = None
) -> Columns:
    """One set of classes against another (Skill Neurons, section 3.2 and appendix A).

    Args:
        name: The column's name.
        labels: Class of every row, long ``[N]``.
        positives: Classes that count as true.
        negatives: Classes that count as false; rows of other classes are left out. All other
            classes when None.

    Example:
        >>> labels = torch.tensor([0, 1, 2, 0])
        >>> sub_task("entailment-contradiction", labels, [0], [2]).valid[:, 0].tolist()
        [True, False, True, True]
    """
    values = torch.isin(labels, torch.tensor(positives))[:, None]
    if negatives is None:
        return Columns((name,), values)
    valid = values | torch.isin(labels, torch.tensor(negatives))[:, None]
    return Columns((name,), values, valid=valid)


def one_vs_rest(task: str, labels: Tensor, classes: Sequence[str]) -> Columns:
    """A column for each class, named ``<task>.<class>``.

    Args:
        task: The task's name.
        labels: Class of every row, long ``[N]``.
        classes: Names of the classes, in the order of their numbers.
    """
    return join(*(sub_task(f"{task}.{name}", labels, [i]) for i, name in enumerate(classes)))


def one_vs_one(task: str, labels: Tensor, classes: Sequence[str]) -> Columns:
    """A column for each pair of classes, the later one true: ``<task>.<later>-<earlier>``.

    Rows of other classes are left out of a column (``valid``).

    Args:
        task: The task's name.
        labels: Class of every row, long ``[N]``.
        classes: Names of the classes, in the order of their numbers.
    """
    pairs = combinations(range(len(classes)), 2)
    return join(
        *(sub_task(f"{task}.{classes[j]}-{classes[i]}", labels, [j], [i]) for i, j in pairs)
    )


SPLITS = {"one_vs_rest": one_vs_rest, "one_vs_one": one_vs_one}
"""How a task of several classes becomes binary columns."""


def of_classes(
    task: str, labels: Tensor, classes: Sequence[str], split: str = "one_vs_rest"
) -> Columns:
    """The columns of a task: one if it has two classes (class 1 is true), else its sub-tasks.

    Args:
        task: The task's name.
        labels: Class of every row, long ``[N]``.
        classes: Names of the classes, in the order of their numbers.
        split: A row of ``SPLITS``.

    Raises:
        RequestError: ``split`` is unknown.
        RunError: A label is not the number of a class.
    """
    if split not in SPLITS:
        raise RequestError("subtasks", split, "there is no such split", nearest(split, SPLITS))
    if int(labels.min()) < 0 or int(labels.max()) >= len(classes):
        raise RunError(f"{task} has labels outside its {len(classes)} classes")
    if len(classes) == 2:
        return sub_task(task, labels, [1])
    return SPLITS[split](task, labels, classes)


def _shown(tensor: Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} {list(tensor.shape)}"
