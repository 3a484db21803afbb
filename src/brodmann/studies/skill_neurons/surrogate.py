"""A cheap surrogate of the damage, so that own neurons meet a thousand controls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from brodmann.config.studies import SkillNeuronsSettings
from brodmann.neurons.scores.attribution import gradients
from brodmann.neurons.selection import count_of
from brodmann.neurons.statistics.permutation import p_value, smallest_p
from brodmann.studies.examined import Run, opened
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.orders import matched_nulls, own_order
from brodmann.studies.skill_neurons.settings import scans, settings
from brodmann.studies.suite import Job, Suite, grid, of_tasks


class Tails(NamedTuple):
    """One-sided p-values of the own neurons among their matched controls.

    Attributes:
        above: P that controls would be predicted to harm as much.
        below: P that controls would be predicted to harm as little.
        smallest: The smallest p that so many draws can give.
    """

    above: float
    below: float
    smallest: float


def sensitivities(prepared: Run, rows: int) -> Measured:
    """Mean squared gradient of the log-loss by every neuron's shift.

    Args:
        prepared: The run.
        rows: Test examples.

    Returns:
        ``squared/<site>`` float32 ``[U]``.
    """
    examined = opened(prepared)
    labels = examined.labels("test", rows)

    def loss(logits: Tensor, index: Tensor) -> Tensor:
        wanted = labels.to(logits.device)[index]
        return functional.cross_entropy(logits.float(), wanted, reduction="none")

    found = gradients(examined.subject, examined.batches("test", rows), loss)
    sites = [site.name for site in examined.subject.sites]
    tensors = {f"squared/{site}": found[site].square().mean(0) for site in sites}
    return Measured(tensors, {"sites": sites})


def surrogate_p(
    suite: Suite, tasks: list[str], competent: list[str], *more: str
) -> dict[str, Tails]:
    """P that matched controls would be predicted to harm as much, or as little, as own neurons.

    Half the sum of (noise x gradient) squared over the selected neurons, mean over the rates,
    divided by the sum of (noise x output norm) squared, stands for the damage by noise of equal
    size: neurons that are only louder do not pass. The controls are all permuted labels'
    selections, matched as in the full measurement.

    Args:
        suite: The study.
        tasks: Tasks whose runs are disturbed.
        competent: Tasks that are pooled.
        more: Overrides of the runs that are disturbed.

    Returns:
        Task, and ``pooled`` -> the p-values of both sides; empty where the surrogate does not
        stand for the intervention.
    """
    own = settings(suite.config)
    if own.intervention != "noise" or own.draws != "example":
        return {}
    known = scans(suite, grid(suite.config))
    jobs = of_tasks(suite.config, tasks, *more)
    measured = suite.measure("gradients", sensitivities, jobs, {"rows": own.perturb_rows})
    table: dict[str, np.ndarray] = {}
    for job, one in zip(jobs, measured, strict=True):
        sums = _sums(known[Job(job.task, job.seed)], one, own)
        table[job.task] = table.get(job.task, 0) + sums / len(suite.seeds)
    if competent:
        table["pooled"] = np.sum([table[task] for task in competent], 0)
    return {name: tails(sums) for name, sums in table.items()}


def tails(sums: np.ndarray) -> Tails:
    """P-values of the first of the sums among the others.

    Args:
        sums: float ``[1 + R]``: predicted damage by the own order, then by every control.

    Example:
        >>> tails(np.array([3.0, 1.0, 2.0, 4.0]))
        Tails(above=0.5, below=0.75, smallest=0.25)
    """
    own, controls = sums[0], sums[1:]
    return Tails(
        float(p_value(own, controls, "greater")),
        float(p_value(own, controls, "less")),
        smallest_p(draws=len(controls)),
    )


def _sums(scan: Measured, one: Measured, own: SkillNeuronsSettings) -> np.ndarray:
    """Predicted damage at equal displacement by the own order and every permuted one, [1 + R]."""
    draws = len(scan.tensors[f"null/{scan.info['sites'][0]}"])
    ranks = own_order(scan, own.scope)
    orders = [ranks, *matched_nulls(scan, own.scope, draws)]
    units = sum(len(r) for r in ranks.values())
    damage, moved = torch.zeros(2, len(orders), dtype=torch.float64)
    for site, of_site in ranks.items():
        noise = scan.tensors[f"std/{site}"].double() if own.sigma == "relative" else 1.0
        counts = [count_of(rate, units if own.scope == "global" else len(of_site))
                  for rate in own.rates if rate > 0]  # fmt: skip
        times = _times(torch.stack([order[site] for order in orders]), counts)
        damage += times @ (one.tensors[f"squared/{site}"].double() * noise**2)
        moved += times @ (noise * scan.tensors[f"norm/{site}"].double()) ** 2
    disturbed = 2 * max(1, sum(rate > 0 for rate in own.rates))
    found: np.ndarray = (damage / disturbed / (moved / disturbed).clamp_min(1e-30)).numpy()
    return found


def _times(ranks: Tensor, counts: Sequence[int]) -> Tensor:
    """At how many of the rates each order selects each neuron, float64 ``[orders, U]``."""
    times = torch.zeros(ranks.shape, dtype=torch.float64)
    for count in counts:
        times += ranks < count
    return times
