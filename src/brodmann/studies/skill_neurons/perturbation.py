"""Part ``perturbation``: does disturbing a task's neurons harm it more than others (4.2)?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from brodmann.config.studies import StudyConfig
from brodmann.neurons.claims.evidence import POOLED, Evidence, Sensitivity
from brodmann.neurons.statistics.crossed import crossed_mean
from brodmann.report.findings import Figure, Finding, Row, Table
from brodmann.report.plots.curves import curves
from brodmann.report.plots.lines import Line
from brodmann.studies.evidence import both_sides, pooled, row, with_controls
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.damage import damage
from brodmann.studies.skill_neurons.orders import (
    Ranks,
    matched_nulls,
    own_order,
    random_order,
)
from brodmann.studies.skill_neurons.settings import scans, settings
from brodmann.studies.skill_neurons.surrogate import Tails, surrogate_p
from brodmann.studies.study import Outcome, Part
from brodmann.studies.suite import Job, Suite, by_task, grid, of_tasks

NO_SURROGATE = "a thousand controls are tested under noise with one draw per example only"
"""Reason given where a thousand controls are not tested."""
ONE_CONTROL = "one matched control order does not tell how others would have come out"
"""Reason given where the draw of control orders cannot be in the interval."""
UNTESTED = Tails(0, 0, 0)
"""Stands for the test that was not made: the interval's own p-values are larger."""
Damages = Mapping[Job, Measured]
"""Run -> what disturbing neurons does to it."""


def jobs(config: StudyConfig) -> list[Job]:
    """A tuned prompt for every task and seed."""
    return grid(config)


def find(suite: Suite) -> Outcome:
    """Curves over the rates for own, other tasks', random and matched null orders."""
    found = damages(suite, suite.tasks)
    competent = suite.competent()
    finding = Finding(
        part="perturbation", title="Disturbing a task's own neurons",
        summary=_summary(suite, found, competent),
        tables=[_table(suite, found), control_table(found, "perturbation_controls")],
        figures=[_figure(suite, found, task) for task in suite.tasks],
        notes=[
            "Noise is common to all orders and rates (the same draws), masks are nested.",
            "Control orders come from the same selector on permuted labels, matched on layer, "
            "activation s.d. and output norm.",
        ],
    )  # fmt: skip
    return Outcome(finding, {"SN-3": harm(suite, found, competent)})


def damages(suite: Suite, tasks: Sequence[str], *more: str) -> dict[Job, Measured]:
    """Damage of runs by the neurons that prompts find.

    Args:
        suite: The study.
        tasks: Tasks whose runs are disturbed.
        more: Overrides of the runs that are disturbed; the prompts' own when empty.
    """
    own = settings(suite.config)
    known = scans(suite, grid(suite.config))
    wanted = of_tasks(suite.config, tasks, *more)
    orders = [_orders(suite, known, job, others=not more) for job in wanted]
    arguments = [
        {"rows": own.perturb_rows, "orders": list(ranks), "scope": own.scope, "rates": own.rates,
         "kinds": [[own.intervention, own.strength, own.sigma]], "draws": own.draws}
        for ranks in orders
    ]  # fmt: skip
    inputs = [
        order_inputs(known[Job(job.task, job.seed)], ranks)
        for job, ranks in zip(wanted, orders, strict=True)
    ]
    made = suite.measure("disturbing neurons", damage, wanted, arguments, inputs)
    return dict(zip(wanted, made, strict=True))


def _orders(
    suite: Suite, known: Mapping[Job, Measured], job: Job, others: bool
) -> dict[str, Ranks]:
    own, scan = settings(suite.config), known[Job(job.task, job.seed)]
    ranks = {"own": own_order(scan, own.scope)}
    if others:
        ranks |= {f"task:{task}": own_order(known[Job(task, job.seed)], own.scope)
                  for task in suite.tasks if task != job.task}  # fmt: skip
    ranks |= {f"random:{i}": random_order(scan, own.scope, i) for i in range(own.random_orders)}
    nulls = matched_nulls(scan, own.scope, min(own.null_orders, own.permutations))
    return ranks | {f"null:{draw}": null for draw, null in enumerate(nulls)}


def order_inputs(scan: Measured, orders: Mapping[str, Ranks]) -> dict[str, torch.Tensor]:
    """What ``damage`` reads of a scan: ranks by order, s.d. and mean of every neuron."""
    tensors = {f"{name}/{site}": ranks.to(torch.int32)
               for name, by_site in orders.items() for site, ranks in by_site.items()}  # fmt: skip
    for site in scan.info["sites"]:
        tensors |= {f"{kind}/{site}": scan.tensors[f"{kind}/{site}"] for kind in ("std", "mean")}
    return tensors


def of_kind(one: Measured, kind: str) -> list[int]:
    """Places of the orders of a kind: ``own``, ``task``, ``random``, ``null``."""
    return [i for i, name in enumerate(one.info["orders"]) if name.partition(":")[0] == kind]


def gap(one: Measured, kind: int = 0) -> np.ndarray:
    """Log-loss under own neurons minus under the matched controls, mean over rates, ``[N]``."""
    return np.asarray(_gaps(one, kind).mean(0))


def gap_by_order(one: Measured) -> np.ndarray:
    """The same against each of the K control orders, mean over examples, ``[K]``."""
    return np.asarray(_gaps(one, 0).mean(1))


def accuracy_gap(one: Measured) -> float:
    """The same in accuracy lost, mean over examples."""
    return -float(_gaps(one, 0, "right").mean())


def _gaps(one: Measured, kind: int, of: str = "loss") -> np.ndarray:
    """Own minus each control order, mean over the rates above 0, ``[K, N]``."""
    values = one.tensors[of][kind].double().numpy()
    disturbed = [i for i, rate in enumerate(one.info["rates"]) if rate > 0]
    difference = values[of_kind(one, "own")].mean(0) - values[of_kind(one, "null")]
    return np.asarray(difference[:, disturbed].mean(1))


def harm(suite: Suite, found: Damages, competent: list[str], *more: str) -> list[Evidence]:
    """Rows of SN-3 (and SN-8): own minus matched control, in nats.

    Selections made on the intact model are disturbed, so that a dormant backup may stand in: such
    data never show that an effect is negligible.

    Args:
        suite: The study.
        found: What ``damages`` gave.
        competent: Tasks that are pooled.
        more: Overrides of the runs that were disturbed.
    """
    rows, values, alike, orders = [], {}, [], []
    tasks = list(dict.fromkeys(job.task for job in found))
    p_values = surrogate_p(suite, tasks, competent, *more)
    for task in tasks:
        of_task = [found[Job(task, seed, more)] for seed in suite.seeds]
        table = np.stack([gap(one) for one in of_task], 1)
        by_order = np.mean([gap_by_order(one) for one in of_task], 0)
        other = Sensitivity("in accuracy", float(np.mean([accuracy_gap(one) for one in of_task])))
        if task in competent:
            values[task] = table
            alike.append(other.effect)
            orders.append(by_order)
        if table.shape[1] < 2:
            continue
        p, below, smallest = p_values.get(task, UNTESTED)
        one = row(
            task, with_controls(crossed_mean(table), by_order), len(table), p, one_shot=True,
            smallest_p=smallest, seeds=table.shape[1], sensitivity=(other,),
            competence=suite.competence(task, *more), **_controls(by_order, p_values),
        )  # fmt: skip
        rows.append(both_sides(one, below))
    if not values:
        return [pooled(values, tasks), *rows]
    p, below, smallest = p_values.get(POOLED, UNTESTED)
    by_order, other = np.mean(orders, 0), Sensitivity("in accuracy", float(np.mean(alike)))
    together = pooled(values, tasks, by_order, p_value=p, smallest_p=smallest, one_shot=True,
                      sensitivity=(other,), **_controls(by_order, p_values))  # fmt: skip
    return [both_sides(together, below), *rows]


def _controls(by_order: np.ndarray, p_values: Mapping[str, Tails]) -> dict[str, Any]:
    """Number of control orders of a row, and why they are too few."""
    lacking = {NO_SURROGATE: not p_values, ONE_CONTROL: len(by_order) < 2}
    reasons = tuple(why for why, true in lacking.items() if true)
    return {"notes": {"control_orders": len(by_order)}, "untestable": reasons}


def mean_curves(one: list[Measured], kind: str, of: str) -> np.ndarray:
    """Accuracy or log-loss over the rates, mean over examples, float64 ``[seeds, orders, rates]``.

    Args:
        one: Damage of a task's runs, one per seed.
        kind: Of the orders: ``own``, ``task``, ``random``, ``null``.
        of: ``right`` (accuracy) or ``loss`` (log-loss in nats).
    """
    places = of_kind(one[0], kind)
    return np.stack([m.tensors[of][0][places].double().numpy().mean(-1) for m in one])


def _figure(suite: Suite, found: Damages, task: str) -> Figure:
    of_task = [found[Job(task, seed)] for seed in suite.seeds]
    rates = of_task[0].info["rates"]
    lines = []
    for kind, name in (("own", "its own neurons"), ("random", "random"), ("null", "matched null")):
        table = mean_curves(of_task, kind, "right").mean(1)
        low, high = _band(table)
        lines.append(Line(name, rates, table.mean(0).tolist(), kind, low, high))
    names = [of_task[0].info["orders"][i] for i in of_kind(of_task[0], "task")]
    table = mean_curves(of_task, "task", "right").mean(0) if names else np.empty((0, len(rates)))
    types = suite.types()
    for name, values in zip(names, table, strict=True):
        if types[name.partition(":")[2]] == types[task]:
            lines.append(Line(name.partition(":")[2], rates, values.tolist()))
    majority = suite.metrics(Job(task, suite.seeds[0]))["test/majority"]
    return Figure(
        f"perturbation_{task}", f"Accuracy on {task} while neurons are disturbed",
        "The own neurons' line below the others: the model needs the neurons that predict the "
        "task. Other tasks of the same type are drawn as well.",
        "Matched null: neurons that the same selector finds on permuted labels, with as many of "
        "each layer, activation s.d. and output norm.",
        curves(lines, level=majority), claim="SN-3",
    )  # fmt: skip


def _band(table: np.ndarray) -> tuple[list[float] | None, list[float] | None]:
    """95 % t interval over seeds."""
    if len(table) < 2:
        return None, None
    from scipy import stats

    half = stats.t.ppf(0.975, len(table) - 1) * table.std(0, ddof=1) / np.sqrt(len(table))
    return (table.mean(0) - half).tolist(), (table.mean(0) + half).tolist()


def _table(suite: Suite, found: Damages) -> Table:
    rows: list[Row] = []
    for task in suite.tasks:
        of_task = [found[Job(task, seed)] for seed in suite.seeds]
        for kind in ("own", "task", "random", "null"):
            places = of_kind(of_task[0], kind)
            right, loss = (mean_curves(of_task, kind, of).mean(0) for of in ("right", "loss"))
            for place, accuracy, nats in zip(places, right, loss, strict=True):
                for rate, a, b in zip(of_task[0].info["rates"], accuracy, nats, strict=True):
                    name = of_task[0].info["orders"][place]
                    cells = {"rate": rate, "accuracy": float(a), "log-loss": float(b)}
                    rows.append({"task": task, "order": name, **cells})
    return Table(
        "perturbation", "Accuracy and log-loss by order and rate",
        "Mean over seeds; the file has every order.", rows, shown=12,
    )  # fmt: skip


def control_table(found: Damages, name: str) -> Table:
    """The two controls of every task: strength 0 changes nothing, no neurons leave chance.

    Args:
        found: Damage of every task and seed.
        name: Of the table.
    """
    rows: list[Row] = []
    for task, of_task in by_task(found).items():
        labels = of_task[0].tensors["labels"]
        accuracy = {
            kind: float(np.mean([(m.tensors[kind].argmax(-1) == labels).double().mean()
                                 for m in of_task]))
            for kind in ("clean", "idle", "emptied")
        }  # fmt: skip
        change = max(float((m.tensors["idle"] - m.tensors["clean"]).abs().max()) for m in of_task)
        rows.append({
            "task": task, "intact": accuracy["clean"], "noise of strength 0": accuracy["idle"],
            "largest logit change at 0": change, "all neurons zeroed": accuracy["emptied"],
        })  # fmt: skip
    return Table(
        name, "Controls",
        "Noise of strength 0 must change nothing; with all neurons zeroed the model must be at "
        "chance.", rows,
    )  # fmt: skip


def _summary(suite: Suite, found: Damages, competent: list[str]) -> str:
    if not competent:
        return "The method solves none of the tasks, so there is nothing that could be harmed."
    drops = []
    for task in competent:
        of_task = [found[Job(task, seed)] for seed in suite.seeds]
        own, null = (mean_curves(of_task, kind, "right").mean((0, 1)) for kind in ("own", "null"))
        drops.append(float(null[-1] - own[-1]))
    rate = found[Job(competent[0], suite.seeds[0])].info["rates"][-1]
    return (
        f"With {100 * rate:.0f} % of each layer's neurons disturbed, the task's own neurons cost "
        f"{100 * min(drops):.1f} to {100 * max(drops):.1f} points of accuracy more than matched "
        f"control neurons, over {len(competent)} tasks."
    )


PERTURBATION = Part("perturbation", ("SN-3",), jobs, find)
"""Part ``perturbation``."""
