"""What single neurons tell of a function's questions, with one null for all of them.

Zhang et al. (2023), "Emergent Modularity", section 4: a neuron's score in a text is its largest
activation over the tokens, its predictivity of a question how well the score ranks the answers.
The paper takes the larger average precision of the two answers; here AUROC is the measure, with its
sign kept, and labels permuted once for all neurons say what chance would give. Everything is had
from one forward pass over the texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor

from brodmann.neurons.partition.enrichment import share_between
from brodmann.neurons.scores.columns import Columns
from brodmann.neurons.scores.pooled import Pooled
from brodmann.neurons.scores.ranking import auroc, average_precision
from brodmann.neurons.scores.resampling import permuted
from brodmann.neurons.selection import count_of
from brodmann.neurons.stream import stream
from brodmann.neurons.tokens import Reading
from brodmann.studies.functions.halves import halves, strata
from brodmann.studies.functions.probed import Asked, Probed, probed
from brodmann.studies.measuring import Measured

LIMIT = 8 * 10**9
"""Bytes of pooled values that are held at most."""

TIES = 0
"""Seed of the order in which units of equal predictivity are taken."""


@dataclass(frozen=True)
class _Question:
    """One question's rows and labels.

    Attributes:
        rows: Rows of the data set, long ``[n]``.
        half: Whether a row is in the second half, bool ``[n]``.
        labels: The answers and their permutations, bool ``[n, 1 + B]``.
    """

    rows: Tensor
    half: Tensor
    labels: Tensor


def scan(
    asked: Asked,
    tokens: str,
    pooling: str,
    top: float,
    permutations: int,
    seed: int,
    inputs: Mapping[str, Tensor] | None = None,
) -> Measured:
    """Predictivity of every neuron for every question of a function.

    Args:
        asked: The function on a model.
        tokens: Which tokens count: ``all``, ``content``, ``target``, ``last``.
        pooling: How they become one value: ``max`` (the paper's), ``mean``, ...
        top: Share of a layer's neurons that are its top neurons.
        permutations: B, label permutations within the halves, shared by all neurons.
        seed: Of halves and permutations.
        inputs: ``<partition>/<site>``: labels of partitions, long ``[U]``, whose share of variance
            is wanted under permuted labels as well.

    Returns:
        By site: ``auroc``, ``half_a``, ``half_b`` ``[U, K]``; ``precision`` ``[U, K, 2]`` (of yes,
        of no); ``std`` ``[U]``; ``tops``, ``tops_a``, ``tops_b`` ``[K, 1 + B, T]``: top neurons
        by |AUROC - .5| (of all rows, of either half) under the labels and each permutation;
        ``held_out`` ``[K, 1 + B]``: AUROC of the best neuron of a half, read in the other, its sign
        kept, mean of both directions; ``held_precision`` ``[K]``: its average precision above the
        share of positives, over what is left of it; ``largest`` ``[K, 1 + B]``: max |AUROC - .5|;
        ``between.<partition>`` ``[K, 1 + B]``.
    """
    opened = probed(asked)
    sites = list(opened.subject.sites)
    columns, groups = opened.columns("train", None), opened.groups("train", None)
    listener = Pooled(Reading(tokens, pooling), sites, columns.rows, LIMIT)
    stream(opened.subject, opened.batches("train", None), [listener])
    values = listener.compute()
    questions = list(_questions(columns, groups, permutations, seed))
    tensors: dict[str, Tensor] = {}
    for site in sites:
        units = values[site.name][:, 0]
        partitions = _of_site(inputs or {}, site.name)
        found = [_site(units, question, top, partitions) for question in questions]
        for kind in found[0]:
            axis = 1 if kind in PER_UNIT else 0
            tensors[f"{kind}/{site.name}"] = torch.stack([one[kind] for one in found], axis)
        tensors[f"std/{site.name}"] = units.double().std(0).float()
    return Measured(tensors, _told(opened, columns, top, permutations))


PER_UNIT = ("auroc", "half_a", "half_b", "precision")
"""Tensors whose first axis is units."""


def _told(opened: Probed, columns: Columns, top: float, permutations: int) -> dict[str, object]:
    valid = cast(Tensor, columns.valid)
    return {
        **opened.facts, "sites": [site.name for site in opened.subject.sites],
        "questions": list(opened.questions), "ties": TIES, "top": top, "permutations": permutations,
        "rows": valid.sum(0).tolist(), "positives": (columns.values & valid).sum(0).tolist(),
    }  # fmt: skip


def _questions(
    columns: Columns, groups: Tensor, permutations: int, seed: int
) -> Iterator[_Question]:
    valid = cast(Tensor, columns.valid)
    for k in range(len(columns)):
        rows = valid[:, k].nonzero()[:, 0]
        labels = columns.values[rows, k]
        half = halves(labels, groups[rows], seed + k)
        within = strata(labels, groups[rows], half)
        drawn = permuted(Columns(("answer",), labels[:, None]), permutations, seed + k, within)
        yield _Question(rows, half, torch.cat([labels[:, None], drawn.values], 1))


def _of_site(inputs: Mapping[str, Tensor], site: str) -> dict[str, Tensor]:
    return {
        name.rsplit("/", 1)[0]: labels
        for name, labels in inputs.items() if name.rsplit("/", 1)[1] == site
    }  # fmt: skip


def _site(
    units: Tensor, question: _Question, top: float, partitions: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Everything about one site and one question."""
    values, first, second = units[question.rows], ~question.half, question.half
    whole = _aurocs(values, question.labels)
    one, two = (_aurocs(values[part], question.labels[part]) for part in (first, second))
    count = max(1, count_of(top, units.shape[1]))
    chosen, other = _best(one), _best(two)
    held = (_read(two, chosen, one) + _read(one, other, two)) / 2
    between = {
        f"between.{name}": share_between((whole - 0.5).abs(), labels, int(labels.max()) + 1)
        for name, labels in partitions.items()
    }
    precisions = [
        _precision_beyond(values[part], question.labels[part, 0], int(place[0]), float(sign))
        for part, place, sign in (
            (second, chosen, one[chosen[0], 0] - 0.5), (first, other, two[other[0], 0] - 0.5),
        )
    ]  # fmt: skip
    return {
        "auroc": whole[:, 0], "half_a": one[:, 0], "half_b": two[:, 0],
        "precision": _precisions(values, question.labels[:, 0]),
        "tops": _tops(whole, count), "tops_a": _tops(one, count), "tops_b": _tops(two, count),
        "held_out": held, "held_precision": torch.tensor(precisions).mean(),
        "largest": (whole - 0.5).abs().amax(0), **between,
    }  # fmt: skip


def _aurocs(values: Tensor, labels: Tensor) -> Tensor:
    """Of every unit under the labels and all permutations, float32 ``[U, 1 + B]``."""
    names = tuple(str(place) for place in range(labels.shape[1]))
    return auroc(values, Columns(names, labels))


def _tops(found: Tensor, count: int) -> Tensor:
    """The units furthest from chance, int32 ``[1 + B, count]``; ties are broken by a seeded order.

    Dead and saturated units all have an AUROC of one half, so that ties at the cut do occur.
    """
    units = len(found)
    shuffled = torch.randperm(units, generator=torch.Generator().manual_seed(TIES))
    strength = (found.cpu()[shuffled] - 0.5).abs().t().contiguous()
    falling = torch.arange(units - 1, -1, -1)  # below the float's bits: no two keys are equal
    keys = (strength.view(torch.int32).to(torch.int64) << 32) | falling
    largest = np.partition(keys.numpy(), units - count, axis=1)[:, units - count :]
    places = torch.from_numpy(np.sort(largest, axis=1)).flip(1) & 0xFFFFFFFF
    return shuffled[units - 1 - places].to(torch.int32)


def _best(found: Tensor) -> Tensor:
    """The unit furthest from chance under each labeling, long ``[1 + B]``."""
    return (found - 0.5).abs().argmax(0)


def _read(found: Tensor, chosen: Tensor, chosen_on: Tensor) -> Tensor:
    """AUROC beyond one half of units chosen elsewhere, with the sign they had there."""
    there = chosen_on.gather(0, chosen[None])[0] - 0.5
    here = found.gather(0, chosen[None])[0] - 0.5
    return here * torch.where(there >= 0, 1.0, -1.0)


def _precisions(values: Tensor, labels: Tensor) -> Tensor:
    """Average precision for yes and for no, by the same score, float32 ``[U, 2]``."""
    return average_precision(values, Columns(("yes", "no"), torch.stack([labels, ~labels], 1)))


def _precision_beyond(values: Tensor, labels: Tensor, unit: int, sign: float) -> float:
    """A unit's average precision above the share of positives, over what is left of it."""
    true = labels if sign >= 0 else ~labels
    found = average_precision(values[:, [unit]], Columns(("answer",), true[:, None]))
    share = float(true.double().mean())
    return (float(found) - share) / (1 - share)
