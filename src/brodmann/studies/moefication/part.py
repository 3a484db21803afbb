"""Part ``sparse_use``: partition x router x share of experts, all FFNs at once (section 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from brodmann.config.studies import StudyConfig
from brodmann.neurons.claims.evidence import Evidence
from brodmann.report.findings import Finding
from brodmann.studies.measuring import Measured
from brodmann.studies.moefication.answered import answered
from brodmann.studies.moefication.figures import figures
from brodmann.studies.moefication.judged import (
    CLUSTERED,
    RANDOM,
    clustering,
    lacking,
    none,
    sparse_use,
)
from brodmann.studies.moefication.routed import routed
from brodmann.studies.moefication.settings import (
    check_size,
    partition_names,
    routed_arguments,
    settings,
)
from brodmann.studies.moefication.task import MoefiedTask
from brodmann.studies.moefication.told import accuracy_table, notes, routing_table, summary
from brodmann.studies.study import Outcome, Part
from brodmann.studies.suite import Job, Suite, grid, of_tasks

NEEDED = ("expert", "centre", "first", "second")
"""Tensors of ``routed`` that ``answered`` reads."""


def jobs(config: StudyConfig) -> list[Job]:
    """A tuned model for every task and seed."""
    return grid(config)


def find(suite: Suite) -> Outcome:
    """Table 2 of the paper and more: accuracy, captured activity, recall, FLOPs."""
    known = routings(suite)
    found = _tasks(suite, known)
    own = settings(suite.config)
    place = own.shares.index(own.at)
    info = next((one.info for one in known.values()), None)
    tables = []
    if info is not None:
        tables = [accuracy_table(found, info), routing_table(known.values())]
    finding = Finding(
        part="sparse_use", title="Some experts for each token",
        summary=summary(found, place), tables=tables,
        figures=figures(found, place) if found else [],
        notes=notes(suite, [one.task for one in found], info),
    )  # fmt: skip
    return Outcome(finding, _evidence(suite, found, place))


def _evidence(
    suite: Suite, found: Sequence[MoefiedTask], place: int
) -> Mapping[str, Sequence[Evidence]]:
    own = settings(suite.config)
    judged = {
        "MF-1": (sparse_use, lacking(own.partitions, own.routers, CLUSTERED)),
        "MF-2": (clustering, lacking(own.partitions, own.routers, CLUSTERED, RANDOM)),
    }
    return {
        name: none(reason) if reason else work(suite, found, place)
        for name, (work, reason) in judged.items()
    }


def routings(suite: Suite) -> dict[Job, Measured]:
    """Partitions and routers of every run of the tasks that the method can do."""
    jobs = of_tasks(suite.config, suite.competent())
    arguments = routed_arguments(suite.config)
    return dict(zip(jobs, suite.measure("training routers", routed, jobs, arguments), strict=True))


def _tasks(suite: Suite, known: Mapping[Job, Measured]) -> list[MoefiedTask]:
    own, wanted = settings(suite.config), list(known)
    arguments = [
        {"names": partition_names(own), "routers": own.routers, "counts": one.info["counts"],
         "experts": one.info["experts"], "share": one.info["share"], "test_rows": own.test_rows}
        for one in known.values()
    ]  # fmt: skip
    inputs = [
        {name: t for name, t in one.tensors.items() if name.partition("/")[0] in NEEDED}
        for one in known.values()
    ]
    told = suite.measure("running some experts", answered, wanted, arguments, inputs)
    by_job = dict(zip(wanted, told, strict=True))
    tasks = dict.fromkeys(job.task for job in wanted)
    return [_task(suite, task, known, by_job) for task in tasks]


def _task(
    suite: Suite, task: str, known: Mapping[Job, Measured], told: Mapping[Job, Measured]
) -> MoefiedTask:
    jobs = [job for job in known if job.task == task]
    own, first = settings(suite.config), known[jobs[0]]
    keys = [(name, router) for name in partition_names(own) for router in own.routers]

    def right(name: str) -> NDArray[np.float64]:
        return torch.stack([told[job].tensors[name] for job in jobs], -1).double().numpy()

    def routing(kind: str, name: str, router: str) -> NDArray[np.float64]:
        tables = [known[job].tensors[f"{kind}/{name}/{router}"].mean(0) for job in jobs]
        return torch.stack(tables).mean(0).numpy()

    (prepared,) = suite.prepare(jobs[:1])
    usual = int(np.bincount(prepared.data.train.labels).argmax())
    return MoefiedTask(
        task, float((told[jobs[0]].tensors["labels"] == usual).double().mean()), right("dense"),
        {(name, router): right(f"right/{name}/{router}") for name, router in keys},
        {key: routing("captured", *key) for key in keys},
        {key: routing("recall", *key) for key in keys},
        own.shares, first.info["counts"], first.info["experts"],
    )  # fmt: skip


SPARSE_USE = Part("sparse_use", ("MF-1", "MF-2"), jobs, find, check_size)
"""Part ``sparse_use``."""
