"""A sweep: check every job, skip the finished ones, carry out the rest, keep the tables."""

from __future__ import annotations

import hashlib
from pathlib import Path

from rich.console import Console

from brodmann.config.request import Request, chosen
from brodmann.lab.files import write_csv
from brodmann.lab.jobs import carry_out_jobs, open_jobs, prepare_jobs, reason
from brodmann.lab.prepare import Prepared
from brodmann.lab.summary import SETTING, Row, by_setting
from brodmann.report.terminal import show_sweep

ELSEWHERE = ("seed", "runs_dir", "logger", "launcher")
"""Keys that have a column of their own, or say nothing of a result."""


def run_sweep(request: Request, console: Console) -> int:
    """Carry out all jobs of a request.

    Args:
        request: A command line with ``-m``.
        console: Where a line per finished job is shown.

    Returns:
        0 when every job is done, else 1.

    Raises:
        RequestError: One of the jobs is wrong; none was started.
    """
    jobs = request.jobs()
    prepared = prepare_jobs(jobs, request.conf_dirs, console)
    config = prepared[0].config
    folder = Path(config.runs_dir) / "sweeps" / sweep_name(request.overrides)
    folder.mkdir(parents=True, exist_ok=True)
    table = _Table(request, jobs, prepared, folder)
    left = open_jobs(prepared)
    console.print(f"{len(jobs)} jobs, {len(jobs) - len(left)} of them done already", style="bold")
    table.write()
    count = 0

    def ended(index: int) -> None:
        nonlocal count
        count += 1
        table.write()
        line = _line(table.row(left[index]), table.varied, prepared[left[index]])
        console.print(f"{count:>4}/{len(left)}  {line}", soft_wrap=True)

    group = f"sweep-{folder.name}"
    carry_out_jobs([prepared[i] for i in left], config.launcher, folder, group, ended)
    show_sweep(console, table.write(), folder, table.varied)
    return 0 if all(p.folder.state == "done" for p in prepared) else 1


def sweep_name(overrides: list[str]) -> str:
    """Folder name of a sweep: a hash of its sorted overrides."""
    return hashlib.sha256("\n".join(sorted(overrides)).encode()).hexdigest()[:8]


class _Table:
    """The sweep's rows, made anew from the runs' own folders whenever they are written.

    Attributes:
        varied: Keys in which the jobs differ, besides task, model, method and seed.
    """

    def __init__(
        self, request: Request, jobs: list[list[str]], prepared: list[Prepared], folder: Path
    ) -> None:
        self.prepared, self.folder = prepared, folder
        self.settings = [_own(*chosen(job, request.conf_dirs)) for job in jobs]
        self.varied = [
            key for key in self.settings[0]
            if len({str(settings[key]) for settings in self.settings}) > 1
        ]  # fmt: skip

    def row(self, index: int) -> Row:
        prepared = self.prepared[index]
        config, run = prepared.config, prepared.folder
        named = {"task": config.task.name, "model": config.model.name, "method": config.method.name}
        outcome = {"state": run.state, "error": run.error, "folder": str(run.path)}
        metrics = run.result().metrics if run.state == "done" else {}
        return {**named, "seed": config.seed, **self.settings[index], **outcome, **metrics}

    def write(self) -> list[Row]:
        rows = [self.row(index) for index in range(len(self.prepared))]
        settings = by_setting(rows)
        write_csv(self.folder / "summary.csv", rows)
        write_csv(self.folder / "summary_by_setting.csv", settings)
        return settings


def _own(groups: dict[str, str], settings: dict[str, object]) -> Row:
    """What was typed for a job besides task, model, method and seed, and where nothing is run."""
    typed = {**groups, **settings}
    return {k: v for k, v in typed.items() if k not in (*SETTING, *ELSEWHERE)}


def _line(row: Row, varied: list[str], prepared: Prepared) -> str:
    name = f"{row['task']}  {row['model']}  {row['method']}  seed {row['seed']}"
    name += "".join(f"  {key}={row[key]}" for key in varied)
    if row["state"] == "done":
        return f"{name}  accuracy {row['test/accuracy']:.3f}"
    return f"{name}  {row['state']}: {reason(prepared)} ({row['folder']})"
