"""AB-1: whether the harm of SN-3 has the same sign however neurons are disturbed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from brodmann.neurons.claims.evidence import POOLED, Evidence, not_measured
from brodmann.neurons.statistics.crossed import crossed_mean
from brodmann.neurons.statistics.proportions import Shares
from brodmann.report.findings import Figure, Row, Table
from brodmann.report.plots.matrix import matrix
from brodmann.studies.evidence import NONE, incompetent
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.damage import damage
from brodmann.studies.skill_neurons.orders import Ranks, matched_nulls, own_order
from brodmann.studies.skill_neurons.perturbation import control_table, gap, order_inputs
from brodmann.studies.skill_neurons.settings import scans, settings
from brodmann.studies.suite import Job, Suite, by_task, of_tasks

OTHERS = ("zero", "mean", "resample")
"""Ablations whose signs are held against those of noise, the first kind."""
NULLS = 4
"""Matched control orders at most; all are disturbed at the highest rate, where signs show best."""


def evidence_ab1(suite: Suite) -> tuple[list[Evidence], list[Table], list[Figure]]:
    """Rows of AB-1, their tables and their figure."""
    tasks = suite.competent()
    if not tasks:
        return [not_measured(POOLED, NONE), *incompetent(suite)], [], []
    found = ablations(suite, tasks)
    tables = [_table(found), control_table(found, "ablation_controls")]
    return _evidence(suite, found), tables, [_figure(found)]


def ablations(suite: Suite, tasks: Sequence[str]) -> dict[Job, Measured]:
    """Damage of runs by their own and by matched control neurons, under four ablations."""
    own, wanted = settings(suite.config), of_tasks(suite.config, tasks)
    known = scans(suite, wanted)
    orders = [_orders(known[job], own.scope, min(NULLS, own.null_orders, own.permutations))
              for job in wanted]  # fmt: skip
    kinds = [["noise", own.strength, own.sigma], *([kind, 1.0, "absolute"] for kind in OTHERS)]
    arguments = [
        {"rows": own.perturb_rows, "orders": list(ranks), "scope": own.scope,
         "rates": [max(own.rates)], "kinds": kinds, "draws": own.draws}
        for ranks in orders
    ]  # fmt: skip
    inputs = [order_inputs(known[job], ranks) for job, ranks in zip(wanted, orders, strict=True)]
    made = suite.measure("comparing ablations", damage, wanted, arguments, inputs)
    return dict(zip(wanted, made, strict=True))


def _orders(scan: Measured, scope: str, nulls: int) -> dict[str, Ranks]:
    drawn = {f"null:{i}": ranks for i, ranks in enumerate(matched_nulls(scan, scope, nulls))}
    return {"own": own_order(scan, scope), **drawn}


def agreement(one: Measured) -> float:
    """Share of the other ablations with the sign that noise has in one run; half for no sign."""
    effects = [float(gap(one, kind).mean()) for kind in range(1 + len(OTHERS))]
    signs = np.sign(effects[0]) * np.sign(effects[1:])
    return float(np.mean((signs + 1) / 2))


def _evidence(suite: Suite, found: Mapping[Job, Measured]) -> list[Evidence]:
    shares = {task: [agreement(one) for one in runs] for task, runs in by_task(found).items()}
    rows = [_row(task, of_task, suite, suite.competence(task)) for task, of_task in shares.items()]
    everything = [float(np.mean(of_task)) for of_task in shares.values()]
    return [_row(POOLED, everything, suite), *rows, *incompetent(suite)]


def _row(
    scope: str, shares: Sequence[float], suite: Suite, competence: float | None = None
) -> Evidence:
    found = Shares(tuple(shares))
    return Evidence(
        scope, found, found.p_value(), smallest_p=0.5 ** len(shares), n=len(shares),
        p_mirror=found.p_value("less"), seeds=len(suite.seeds), competence=competence,
        notes={"generalises": "these tasks"} if scope == POOLED else {},
    )  # fmt: skip


def _tables(of_task: Sequence[Measured], kind: int) -> np.ndarray:
    return np.stack([gap(one, kind) for one in of_task], 1)


def _table(found: Mapping[Job, Measured]) -> Table:
    rows: list[Row] = []
    for task, of_task in by_task(found).items():
        noise = _tables(of_task, 0).mean(0)
        for kind, (name, *_) in enumerate(of_task[0].info["kinds"]):
            table = _tables(of_task, kind)
            bounds = crossed_mean(table).at_level(0.05) if table.shape[1] > 1 else (None, None)
            rows.append({
                "task": task, "ablation": name, "gap (nats)": float(table.mean()),
                "low": bounds[0], "high": bounds[1],
                "seeds with noise's sign": float(np.mean(table.mean(0) * noise > 0)),
            })  # fmt: skip
    return Table(
        "ablations", "Own minus matched control neurons, under four ablations (AB-1)",
        "Log-loss under own neurons minus that under control neurons, at the highest rate, with "
        "95 % intervals over examples and seeds. Above 0: the own neurons matter more.",
        rows, shown=28,
    )  # fmt: skip


def _figure(found: Mapping[Job, Measured]) -> Figure:
    names = ("noise", *OTHERS)
    values = [
        [float(_tables(of_task, kind).mean()) for kind in range(len(names))]
        for of_task in by_task(found).values()
    ]
    tasks = [task.rpartition("/")[2] for task in by_task(found)]
    return Figure(
        "ablations", "Own minus control neurons, by task and ablation",
        "Rows of one colour: the finding does not hang on how neurons are disturbed. Red: own "
        "neurons cost more log-loss (nats) than control neurons, blue: less.",
        "Control neurons come from the same selector on permuted labels, with as many of each "
        "layer, activation s.d. and output norm.",
        matrix(values, tasks, names, signed=True, digits=3, meaning="gap in nats"),
        claim="AB-1", size=(6.4, 1.2 + 0.45 * len(tasks)),
    )  # fmt: skip
