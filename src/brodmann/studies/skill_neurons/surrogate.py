"""A cheap surrogate of the damage, so that own neurons meet a thousand controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from brodmann.neurons.scores.attribution import gradients
from brodmann.neurons.selection import count_of
from brodmann.neurons.statistics.permutation import p_value, smallest_p
from brodmann.studies.examined import Opened, Run, opened
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


def predicted(
    prepared: Run, rows: int, scope: str, sigma: str, rates: Sequence[float], seed: int,
    inputs: Mapping[str, Tensor],
) -> Measured:  # fmt: skip
    """Damage at equal displacement that gradients predict, by own and by matched control orders.

    Args:
        prepared: The run that is disturbed.
        rows: Test examples.
        scope: ``layer`` or ``global``.
        sigma: ``relative`` or ``absolute`` noise.
        rates: Shares of neurons; those above 0 count.
        seed: Of the scan: it decides ties.
        inputs: Of the prompt's scan: ``dev``, ``null``, ``std`` and ``norm`` by site.

    Returns:
        ``sums`` float64 ``[1 + R]``: by the own order, then by every permutation's.
    """
    squared = sensitivities(opened(prepared), rows)
    scan = Measured(inputs, {"sites": list(squared), "seed": seed})
    draws = len(inputs[f"null/{next(iter(squared))}"])
    ranks = own_order(scan, scope)
    orders = [ranks, *matched_nulls(scan, scope, draws)]
    units = sum(len(r) for r in ranks.values())
    damage, moved = torch.zeros(2, len(orders), dtype=torch.float64)
    for site, of_site in ranks.items():
        noise = inputs[f"std/{site}"].double() if sigma == "relative" else 1.0
        counts = [count_of(rate, units if scope == "global" else len(of_site))
                  for rate in rates if rate > 0]  # fmt: skip
        times = _times(torch.stack([order[site] for order in orders]), counts)
        damage += times @ (squared[site].double() * noise**2)
        moved += times @ (noise * inputs[f"norm/{site}"].double()) ** 2
    disturbed = 2 * max(1, sum(rate > 0 for rate in rates))
    return Measured({"sums": damage / disturbed / (moved / disturbed).clamp_min(1e-30)}, {})


def _times(ranks: Tensor, counts: Sequence[int]) -> Tensor:
    """At how many of the rates each order selects each neuron, float64 ``[orders, U]``."""
    times = torch.zeros(ranks.shape, dtype=torch.float64)
    for count in counts:
        times += ranks < count
    return times


def sensitivities(examined: Opened, rows: int) -> dict[str, Tensor]:
    """Mean squared gradient of the log-loss by every neuron's shift.

    Args:
        examined: The run.
        rows: Test examples.

    Returns:
        Site name -> float32 ``[U]``.
    """
    labels = examined.labels("test", rows)

    def loss(logits: Tensor, index: Tensor) -> Tensor:
        wanted = labels.to(logits.device)[index]
        return functional.cross_entropy(logits.float(), wanted, reduction="none")

    found = gradients(examined.subject, examined.batches("test", rows), loss)
    return {site.name: found[site.name].square().mean(0) for site in examined.subject.sites}


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
    of_prompts = [known[Job(job.task, job.seed)] for job in jobs]
    arguments = [
        {"rows": own.perturb_rows, "scope": own.scope, "sigma": own.sigma, "rates": own.rates,
         "seed": int(scan.info["seed"])}
        for scan in of_prompts
    ]  # fmt: skip
    inputs = [
        {f"{kind}/{site}": scan.tensors[f"{kind}/{site}"]
         for kind in ("dev", "null", "std", "norm") for site in scan.info["sites"]}
        for scan in of_prompts
    ]  # fmt: skip
    measured = suite.measure("predicting damage", predicted, jobs, arguments, inputs)
    table: dict[str, np.ndarray] = {}
    for job, one in zip(jobs, measured, strict=True):
        sums = one.tensors["sums"].numpy() / len(suite.seeds)
        table[job.task] = table.get(job.task, 0) + sums
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
