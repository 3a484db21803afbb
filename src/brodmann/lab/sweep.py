"""A sweep: check every job, skip the finished ones, carry out the rest, keep the tables."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import multiprocessing
import signal
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from brodmann.config.compose import compose_train
from brodmann.config.request import Request, chosen
from brodmann.config.schema import TrainConfig
from brodmann.errors import Interrupted, RequestError
from brodmann.lab.files import write_csv
from brodmann.lab.launchers import LAUNCHERS
from brodmann.lab.prepare import Prepared, check_settings, prepare
from brodmann.lab.run import RunFolder
from brodmann.lab.signals import handling, leave
from brodmann.lab.summary import Row, by_setting
from brodmann.report.preparing import preparing
from brodmann.report.terminal import show_sweep

WITHOUT_ERROR = {"absent": "its process ended before it began"}
"""State of a job that is not done -> what is said when its folder holds no error."""


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
    configs = [compose_train(job, request.conf_dirs) for job in jobs]
    for config in configs:
        check_settings(config)
        _refuse_distributed(config)
    prepared = _prepare_all(configs, console)
    folder = Path(configs[0].runs_dir) / "sweeps" / sweep_name(request.overrides)
    folder.mkdir(parents=True, exist_ok=True)
    table = _Table(request, jobs, prepared, folder)
    open_jobs = [
        i for i, p in enumerate(prepared) if not (p.config.resume and p.folder.state == "done")
    ]
    console.print(
        f"{len(jobs)} jobs, {len(jobs) - len(open_jobs)} of them done already", style="bold"
    )
    table.write()
    with handling(leave, signal.SIGTERM), _passed_on():
        _launch(open_jobs, table, request, folder, console)
    show_sweep(console, table.write(), folder)
    return 0 if all(p.folder.state == "done" for p in prepared) else 1


@contextlib.contextmanager
def _passed_on() -> Iterator[None]:
    """A SIGTERM reaches this process alone (Ctrl-C reaches all): tell the jobs to save and end."""
    try:
        yield
    except Interrupted:
        for job in multiprocessing.active_children():
            job.terminate()
        for job in multiprocessing.active_children():
            job.join()
        raise


def sweep_name(overrides: list[str]) -> str:
    """Folder name of a sweep: a hash of its sorted overrides."""
    return hashlib.sha256("\n".join(sorted(overrides)).encode()).hexdigest()[:8]


def _refuse_distributed(config: TrainConfig) -> None:
    if config.trainer.strategy not in ("auto", "single_device") or config.trainer.devices not in (
        1,
    ):
        raise RequestError(
            "trainer", config.trainer.name, "several devices per job are not for sweeps",
            "use launcher=joblib: one job per GPU",
        )  # fmt: skip


def _prepare_all(configs: list[TrainConfig], console: Console) -> list[Prepared]:
    with preparing(console) as progress:
        return [prepare(config, progress) for config in configs]


class _Table:
    """The sweep's rows, made anew from the runs' own folders whenever they are written."""

    def __init__(
        self, request: Request, jobs: list[list[str]], prepared: list[Prepared], folder: Path
    ) -> None:
        self.prepared, self.folder = prepared, folder
        self.settings = [chosen(job, request.conf_dirs)[1] for job in jobs]

    def row(self, index: int) -> Row:
        prepared = self.prepared[index]
        config, run = prepared.config, prepared.folder
        named = {"task": config.task.name, "model": config.model.name, "method": config.method.name}
        outcome = {"state": run.state, "error": run.error, "folder": str(run.path)}
        metrics = run.result().metrics if run.state == "done" else {}
        extra = {k: v for k, v in self.settings[index].items() if k not in ("seed", "runs_dir")}
        return {**named, "seed": config.seed, **extra, **outcome, **metrics}

    def write(self) -> list[Row]:
        rows = [self.row(index) for index in range(len(self.prepared))]
        settings = by_setting(rows)
        write_csv(self.folder / "summary.csv", rows)
        write_csv(self.folder / "summary_by_setting.csv", settings)
        return settings


def _launch(
    indices: list[int], table: _Table, request: Request, folder: Path, console: Console
) -> None:
    settings = table.prepared[0].config.launcher
    group = f"sweep-{folder.name}"
    jobs = [functools.partial(_job, table.prepared[i], group) for i in indices]
    for count, ended in enumerate(LAUNCHERS[settings.name](jobs, settings, folder), start=1):
        row = table.row(indices[ended])
        table.write()
        console.print(f"{count:>4}/{len(indices)}  {_line(row)}", soft_wrap=True)


def _line(row: Row) -> str:
    name = f"{row['task']}  {row['model']}  {row['method']}  seed {row['seed']}"
    if row["state"] == "done":
        return f"{name}  accuracy {row['test/accuracy']:.3f}"
    reason = row["error"] or WITHOUT_ERROR.get(str(row["state"]), "see train.log")
    return f"{name}  {row['state']}: {reason} ({row['folder']})"


def _job(prepared: Prepared, group: str) -> None:
    """One job, in a process of its own; how it ends stands in its folder."""
    from brodmann.lab.job import carry_out

    fresh = RunFolder(prepared.folder.path)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        carry_out(Prepared(prepared.config, prepared.data, prepared.source, fresh), None,
                  lambda *_: None, group)  # fmt: skip
    except Interrupted as stopped:
        raise SystemExit(stopped.code) from None
    except Exception:  # noqa: BLE001
        raise SystemExit(1) from None
