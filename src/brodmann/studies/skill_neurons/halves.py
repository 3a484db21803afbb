"""Label columns on parts of the validation data: disjoint halves, and halves less a group.

Halves make rank correlations free of shared examples; groups tell how far they hang on the examples
(:func:`~brodmann.neurons.statistics.jackknife.of_groups`).
"""

from __future__ import annotations

import torch
from torch import Tensor

from brodmann.neurons.scores.columns import Columns, join

HALVES = 2
GROUPS = 10
"""Groups of examples, as many in each half."""
IN_HALF = GROUPS // HALVES


def half_of(group: int) -> int:
    """The half that a group belongs to.

    Example:
        >>> half_of(4), half_of(5)
        (0, 1)
    """
    return group // IN_HALF


def on_parts(truth: Columns) -> Columns:
    """The true columns on each half, and on each half less one of its groups.

    Args:
        truth: The true columns of all rows.

    Returns:
        ``<column>.half.<h>``, and ``<column>.without.<g>``, valid on the half of the group less
        the group.
    """
    side, group = halves(truth.rows), groups(truth)
    parts = [_valid(truth, f"half.{half}", side == half) for half in range(HALVES)]
    for number in range(GROUPS):
        kept = (side == half_of(number)) & (group != number)
        parts.append(_valid(truth, f"without.{number}", kept))
    return join(*parts)


def halves(rows: int) -> Tensor:
    """The half of every row, long ``[N]``, 0 or 1: the same draw for all runs."""
    return torch.randperm(rows, generator=torch.Generator().manual_seed(1)) % HALVES


def groups(truth: Columns) -> Tensor:
    """The group of every row, long ``[N]``: classes are dealt out evenly within each half.

    Args:
        truth: The true columns; they tell the classes.

    Returns:
        0 to 4 in the first half, 5 to 9 in the second; -1 for the only example of its class in a
        half, which is never left out, since its column would be constant.
    """
    side = halves(truth.rows)
    asked = truth.values if truth.valid is None else torch.cat([truth.values, truth.valid], 1)
    kinds = torch.unique(asked, dim=0, return_inverse=True)[1]
    found = torch.full((truth.rows,), -1)
    for half in range(HALVES):
        mine = (side == half).nonzero()[:, 0]
        group = dealt(kinds[mine], IN_HALF, seed=2)
        found[mine] = torch.where(group < 0, group, half * IN_HALF + group)
    return found


def dealt(kinds: Tensor, count: int, seed: int) -> Tensor:
    """Rows in groups of equal size, up to one, and of like shares of every class.

    Args:
        kinds: Class of every row, long ``[N]``.
        count: How many groups.
        seed: Of the draw.

    Returns:
        Long ``[N]``, 0 to ``count - 1``; -1 for the only row of its class.

    Example:
        >>> dealt(torch.tensor([0, 0, 0, 0, 1, 1]), 2, seed=0).bincount().tolist()
        [3, 3]
    """
    shuffled = torch.randperm(len(kinds), generator=torch.Generator().manual_seed(seed))
    shuffled = shuffled[torch.bincount(kinds)[kinds[shuffled]] > 1]
    order = shuffled[kinds[shuffled].argsort(stable=True)]
    found = torch.full((len(kinds),), -1)
    found[order] = torch.arange(len(order)) % count
    return found


def _valid(truth: Columns, name: str, rows: Tensor) -> Columns:
    valid = rows[:, None].expand(-1, len(truth))
    if truth.valid is not None:
        valid = valid & truth.valid
    names = tuple(f"{column}.{name}" for column in truth.names)
    return Columns(names, truth.values, truth.weights, valid.contiguous())
