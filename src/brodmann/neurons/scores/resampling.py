"""Columns made from columns: permuted labels, bootstrap weights, equal classes."""

from __future__ import annotations

import torch
from torch import Tensor

from brodmann.errors import RequestError
from brodmann.neurons.scores.columns import Columns


def permuted(columns: Columns, count: int, seed: int, groups: Tensor | None = None) -> Columns:
    """Null columns: the labels of whole rows, permuted.

    Each draw is one permutation for all units, so that their correlations stay and the maximum
    over units has its true null distribution (Westfall & Young 1993). It is also shared by all
    columns that leave out the same rows. Labels move only among the rows that a column asks
    about; weights stay where they are, since they belong to examples.

    Args:
        columns: The true labels.
        count: Draws.
        seed: Of the draws.
        groups: Stratum of every row, long ``[N]``: labels move within strata only.

    Returns:
        ``count`` columns for each column, ``<column>.null.0`` to ``<column>.null.<count - 1>``.

    Raises:
        RequestError: ``count`` is below 1.

    Example:
        >>> truth = Columns(("polarity",), torch.tensor([[True], [False], [False]]))
        >>> null = permuted(truth, 2, seed=0)
        >>> null.names, null.values.sum(0).tolist()
        (('polarity.null.0', 'polarity.null.1'), [1, 1])
    """
    _check(count)
    generator = torch.Generator().manual_seed(seed)
    base = torch.zeros(columns.rows, dtype=torch.long) if groups is None else groups.cpu()
    strata = torch.stack([_stratum(columns, base, index) for index in range(len(columns))])
    kinds, kind_of = torch.unique(strata, dim=0, return_inverse=True)
    values = torch.empty(columns.rows, len(columns), count, dtype=torch.bool)
    for draw in range(count):
        keys = torch.randperm(columns.rows, generator=generator)
        for kind, stratum in enumerate(kinds):
            moved = _within(stratum, keys)
            mine = (kind_of == kind).nonzero()[:, 0]
            values[:, mine, draw] = columns.values[:, mine][moved]
    return _repeated(columns, "null", values.flatten(1), count)


def bootstrap(columns: Columns, count: int, seed: int, clusters: Tensor | None = None) -> Columns:
    """The same labels with bootstrap weights: rows drawn with replacement, for all columns alike.

    Args:
        columns: The true labels; their own weights are multiplied.
        count: Draws.
        seed: Of the draws.
        clusters: Cluster of every row, long ``[N]``: whole clusters are drawn.

    Returns:
        ``count`` columns for each column, ``<column>.boot.0`` and so on.

    Raises:
        RequestError: ``count`` is below 1.
    """
    _check(count)
    generator = torch.Generator().manual_seed(seed)
    rows = torch.arange(columns.rows) if clusters is None else clusters.cpu()
    _, member = torch.unique(rows, return_inverse=True)
    units = int(member.max()) + 1
    drawn = torch.randint(units, (count, units), generator=generator)
    times = torch.stack([torch.bincount(one, minlength=units) for one in drawn], 1)[member]
    made = _repeated(columns, "boot", columns.values.repeat_interleave(count, 1), count)
    weights = times.float().repeat(1, len(columns))
    if made.weights is not None:
        weights = weights * made.weights
    return Columns(made.names, made.values, weights, made.valid)


def undersampled(columns: Columns) -> Columns:
    """Equal classes by leaving out the later rows of the larger one, as the released code does.

    Returns:
        Columns whose ``valid`` keeps, of each label, the first rows up to the rarer one's count.
    """
    asked = torch.ones_like(columns.values) if columns.valid is None else columns.valid
    sides = [asked & columns.values, asked & ~columns.values]
    least = torch.minimum(sides[0].sum(0), sides[1].sum(0))
    kept = [side & (side.cumsum(0) <= least) for side in sides]
    return Columns(columns.names, columns.values, columns.weights, kept[0] | kept[1])


def _check(count: int) -> None:
    if count < 1:
        raise RequestError("draws", count, "below 1", "ask for at least one draw")


def _stratum(columns: Columns, base: Tensor, index: int) -> Tensor:
    """Rows between which a column's labels may move, as numbers."""
    if columns.valid is None:
        return base
    return 2 * base + columns.valid[:, index].cpu()


def _within(strata: Tensor, keys: Tensor) -> Tensor:
    """A permutation of rows within strata: for every row, the row whose label it gets."""
    home = torch.argsort(strata, stable=True)
    shuffled = torch.argsort(keys)
    shuffled = shuffled[torch.argsort(strata[shuffled], stable=True)]
    moved = torch.empty_like(home)
    moved[home] = shuffled
    return moved


def _repeated(columns: Columns, kind: str, values: Tensor, count: int) -> Columns:
    """Each column ``count`` times, with its weights and its valid rows."""
    names = tuple(f"{name}.{kind}.{draw}" for name in columns.names for draw in range(count))
    weights, valid = (
        None if given is None else given.repeat_interleave(count, 1)
        for given in (columns.weights, columns.valid)
    )
    return Columns(names, values, weights, valid)
