"""Which neurons are disturbed: a function's experts, its best neurons, and others like them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from brodmann.config.studies import ModularitySettings
from brodmann.neurons.controls import matched
from brodmann.neurons.partition.partition import Partition
from brodmann.neurons.selection import Selection
from brodmann.studies.functions.asked import Scans, short

OTHER_NOISES = ("resample", "zero", "noise", "permute4")
"""Kinds that the largest dose is repeated with, the study's own among them."""
FEW = 5
"""Random experts beside the own ones under the other kinds of noise."""


@dataclass(frozen=True)
class Arm:
    """One set of neurons, disturbed in one way.

    Attributes:
        kind: ``experts``, ``neurons``, ``random experts``, ``matched neurons``, ``one question``,
            ``experts without`` (of a question: its function's, chosen by the other questions).
        of: Function or question whose they are; the number of the draw for random ones.
        dose: Place in ``study.doses``.
        noise: Row of ``NOISES``.
    """

    kind: str
    of: str
    dose: int
    noise: str


Chosen = dict[Arm, dict[str, Tensor]]
"""Arm -> site name -> bool ``[U]``."""


def touched(sites: Sequence[str], share: float) -> list[str]:
    """The sites that are disturbed: all but the lower share.

    Example:
        >>> touched(["a", "b", "c"], 0.667)
        ['c']
    """
    return list(sites[int(share * len(sites) + 1e-9) :])


def strength(found: Scans, site: str) -> Tensor:
    """|AUROC - .5| of every neuron for every question, float ``[Q, U]``."""
    return (found.of("auroc", site) - 0.5).abs()


def ranked_experts(
    found: Scans, made: Partition, site: str, questions: NDArray[np.bool_]
) -> list[int]:
    """Experts by the mean predictivity of their neurons over some questions, best first.

    The paper's choice for Figure 2 (with average precision).
    """
    mine = torch.as_tensor(questions)
    means = made.means(site, strength(found, site)[mine].mean(0))
    return [int(one) for one in means.argsort(descending=True, stable=True)]


def count_of(dose: float, experts: int) -> int:
    """Experts that a dose disturbs in a layer: one at least."""
    return max(1, round(dose * experts))


def choose(
    found: Scans, made: Partition, norms: Mapping[str, Tensor], own: ModularitySettings,
    target: str,
) -> Chosen:  # fmt: skip
    """All arms that a function's questions are asked under.

    Args:
        found: The scans: neurons are chosen on training examples.
        made: The partition.
        norms: Site name -> norm of the neurons' output weights.
        own: The study's settings.
        target: The function that is asked.
    """
    sites = touched(found.sites, own.disturb_from)
    place, chosen = found.functions.index(target), {}
    for dose, share in enumerate(own.doses):
        count = count_of(share, made.experts)
        for number, name in enumerate(found.functions):
            mask = _experts(found, made, sites, found.function_of == number, count)
            chosen[Arm("experts", short(name), dose, own.noise)] = mask
        top = _neurons(found, made, sites, found.function_of == place, count)
        chosen[Arm("neurons", short(target), dose, own.noise)] = top
        own_experts = chosen[Arm("experts", short(target), dose, own.noise)]
        for draw in range(own.random_draws):
            chosen[Arm("random experts", str(draw), dose, own.noise)] = _random(
                found, made, sites, count, draw)  # fmt: skip
            chosen[Arm("matched neurons", str(draw), dose, own.noise)] = _matched(
                found, target, own_experts, norms, draw)  # fmt: skip
    last = len(own.doses) - 1
    for noise in [one for one in OTHER_NOISES if one != own.noise]:
        chosen |= {
            Arm(arm.kind, arm.of, last, noise): mask for arm, mask in list(chosen.items())
            if arm.dose == last and arm.noise == own.noise and _compared(arm, short(target))
        }  # fmt: skip
    return chosen | _single(found, made, sites, place, own) | _without(
        found, made, sites, place, own)  # fmt: skip


def _without(
    found: Scans, made: Partition, sites: Sequence[str], place: int, own: ModularitySettings
) -> Chosen:
    """The function's experts as its other questions choose them, for every question.

    Experts that a question had a part in choosing harm that question above others even where
    questions of a function have nothing in common.
    """
    mine = np.flatnonzero(found.function_of == place)
    chosen: Chosen = {}
    for q in mine if len(mine) > 1 else []:
        others = np.isin(np.arange(len(found.questions)), mine[mine != q])
        name = found.questions[q].split(": ", 1)[1]
        for dose, share in enumerate(own.doses):
            mask = _experts(found, made, sites, others, count_of(share, made.experts))
            chosen[Arm("experts without", name, dose, own.noise)] = mask
    return chosen


def _compared(arm: Arm, target: str) -> bool:
    """The arms that are repeated under other kinds of noise."""
    if arm.kind == "experts":
        return arm.of == target
    return arm.kind == "random experts" and int(arm.of) < FEW


def _single(
    found: Scans, made: Partition, sites: Sequence[str], place: int, own: ModularitySettings
) -> Chosen:
    """The best neurons of single questions, at the middle dose."""
    dose = len(own.doses) // 2
    count = count_of(own.doses[dose], made.experts)
    chosen: Chosen = {}
    for q in np.flatnonzero(found.function_of == place):
        name = found.questions[q].split(": ", 1)[1]
        mask = _neurons(found, made, sites, np.arange(len(found.questions)) == q, count)
        chosen[Arm("one question", name, dose, own.noise)] = mask
    return chosen


def _none(found: Scans) -> dict[str, Tensor]:
    return {site: torch.zeros(found.units(site), dtype=torch.bool) for site in found.sites}


def _experts(
    found: Scans, made: Partition, sites: Sequence[str], questions: NDArray[np.bool_], count: int
) -> dict[str, Tensor]:
    best = {site: ranked_experts(found, made, site, questions)[:count] for site in sites}
    return _none(found) | dict(made.selection(best).masks)


def _random(
    found: Scans, made: Partition, sites: Sequence[str], count: int, draw: int
) -> dict[str, Tensor]:
    random = np.random.default_rng([draw, count])
    picked = {site: random.permutation(made.experts)[:count].tolist() for site in sites}
    return _none(found) | dict(made.selection(picked).masks)


def _neurons(
    found: Scans, made: Partition, sites: Sequence[str], questions: np.ndarray, count: int
) -> dict[str, Tensor]:
    masks = _none(found)
    mine = torch.as_tensor(questions)
    for site in sites:
        best = strength(found, site)[mine].mean(0).argsort(descending=True, stable=True)
        masks[site][best[: count * made.size(site)]] = True
    return masks


def _matched(
    found: Scans, target: str, masks: Mapping[str, Tensor], norms: Mapping[str, Tensor], draw: int
) -> dict[str, Tensor]:
    """Other neurons of like output norm, and of like s.d. in the texts that are asked about."""
    asked = found.by_function[target]
    inside = {site: mask for site, mask in masks.items() if bool(mask.any())}
    traits = {site: torch.stack([asked.tensors[f"std/{site}"], norms[site]], 1) for site in inside}
    return _none(found) | dict(matched(Selection(inside), traits, seed=draw).masks)
