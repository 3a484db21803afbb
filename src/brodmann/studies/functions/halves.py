"""Halves of a question's examples, and between which of them labels may move."""

from __future__ import annotations

import torch
from torch import Tensor


def halves(labels: Tensor, groups: Tensor, seed: int) -> Tensor:
    """Two halves with both answers in each; groups stay whole.

    Groups are dealt out in turn within each kind: those with both answers, with a yes, with a no.

    Args:
        labels: Bool ``[n]``.
        groups: Long ``[n]``.
        seed: Of the order of groups.

    Returns:
        Bool ``[n]``: whether a row is in the second half.

    Example:
        >>> labels = torch.tensor([True, False, True, False])
        >>> halves(labels, torch.tensor([0, 0, 1, 1]), seed=0).long().sum().item()
        2
    """
    _, member = torch.unique(groups, return_inverse=True)
    count = int(member.max()) + 1
    yes = torch.zeros(count).index_add_(0, member, labels.float())
    size = torch.bincount(member, minlength=count)
    kind = torch.where(yes == 0, 0, torch.where(yes == size, 1, 2))
    keys = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    second = torch.zeros(count, dtype=torch.bool)
    for each in range(3):
        mine = (kind == each).nonzero()[:, 0]
        mine = mine[keys[mine].argsort()]
        second[mine[1::2]] = True
    return second[member]


def strata(labels: Tensor, groups: Tensor, half: Tensor) -> Tensor:
    """Rows between which labels are exchangeable under the null, as numbers, long ``[n]``.

    Within a group of both answers (a subject with its true and its corrupted statement) labels
    move inside the group; all other rows of a half form one stratum.

    Args:
        labels: Bool ``[n]``.
        groups: Long ``[n]``.
        half: Bool ``[n]``.
    """
    _, member = torch.unique(groups, return_inverse=True)
    count = int(member.max()) + 1
    yes = torch.zeros(count).index_add_(0, member, labels.float())
    both = (yes > 0) & (yes < torch.bincount(member, minlength=count))
    return torch.where(both[member], 2 + member, half.long())
