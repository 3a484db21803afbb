"""Several runs: all are checked before the first one starts, and each has a process of its own."""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich.console import Console

from brodmann.config.compose import compose_train
from brodmann.config.request import naming, own_overrides
from brodmann.config.schema import LauncherConfig, TrainConfig
from brodmann.errors import Interrupted, RequestError
from brodmann.lab.launchers import LAUNCHERS, check_launcher
from brodmann.lab.prepare import Prepared, check_settings, prepare
from brodmann.lab.run import RunFolder
from brodmann.lab.signals import handling, leave
from brodmann.report.preparing import preparing

WITHOUT_ERROR = {"absent": "its process ended before it began"}
"""State of a job that is not done -> what is said when its folder holds no error."""


def prepare_jobs(
    jobs: Sequence[list[str]], conf_dirs: list[Path], console: Console
) -> list[Prepared]:
    """Check the requests of several runs, cheap checks of all before the dear ones of any.

    Args:
        jobs: Overrides of each.
        conf_dirs: Folders of YAML files.
        console: Where progress is shown.

    Raises:
        RequestError: One of them is wrong.
    """
    configs: list[TrainConfig] = []
    names = own_overrides(jobs)
    for job, own in zip(jobs, names, strict=True):
        with naming(own):
            configs.append(compose_train(job, conf_dirs))
            check_settings(configs[-1])
            _refuse_distributed(configs[-1])
    for config in configs[:1]:
        check_launcher(config.launcher)
    prepared: list[Prepared] = []
    with preparing(console) as progress:
        for config, own in zip(configs, names, strict=True):
            with naming(own):
                prepared.append(prepare(config, progress))
    return prepared


def _refuse_distributed(config: TrainConfig) -> None:
    if config.trainer.strategy not in ("auto", "single_device") or config.trainer.devices not in (
        1,
    ):
        raise RequestError(
            "trainer", config.trainer.name, "several devices per job are not for sweeps",
            "use launcher=joblib: one job per GPU",
        )  # fmt: skip


def open_jobs(prepared: Sequence[Prepared]) -> list[int]:
    """Indices of the runs that are still to be trained."""
    return [i for i, p in enumerate(prepared) if not (p.config.resume and p.folder.state == "done")]


def carry_out_jobs(
    prepared: Sequence[Prepared],
    launcher: LauncherConfig,
    folder: Path,
    group: str,
    ended: Callable[[int], None],
) -> None:
    """Train runs by a launcher; how each ends stands in its folder.

    Args:
        prepared: The checked requests.
        launcher: Which launcher, and how many at a time.
        folder: For the launcher's own files.
        group: W&B group.
        ended: Called with a run's index as it ends.

    Raises:
        Interrupted: SIGTERM; the jobs were told to save and end.
    """
    jobs = [functools.partial(_job, one, group) for one in prepared]
    with handling(leave, signal.SIGTERM), _passed_on():
        for index in LAUNCHERS[launcher.name](jobs, launcher, folder):
            ended(index)


def reason(prepared: Prepared) -> str:
    """Why a run is not done."""
    run = prepared.folder
    return run.error or WITHOUT_ERROR.get(run.state, "see train.log")


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
