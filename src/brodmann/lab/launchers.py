"""How the jobs of a sweep are carried out: one after the other, in a pool, or by SLURM.

Every job is a process of its own, forked from one that has imported the heavy libraries and done
nothing else: jobs share no state, and no job pays for the imports.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import shutil
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

from brodmann.config.schema import LauncherConfig
from brodmann.errors import RequestError
from brodmann.lab.device import usable_cores, visible_gpus

Job = Callable[[], None]
"""A picklable call that trains one run and records how it ends in the run's folder."""
Launcher = Callable[[Sequence[Job], LauncherConfig, Path], Iterator[int]]
"""``(jobs, settings, folder of logs) -> places of the jobs, as they end``."""
PRELOAD = ["brodmann.lab.warm"]
"""Modules that the server of processes imports once, for all the processes that it forks."""


def forked() -> ForkServerContext:
    """Processes that start with the heavy libraries imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    return context


def _run_process(job: Job, gpu: str | None = None) -> None:
    process = forked().Process(target=_entry, args=(job, gpu))
    try:
        process.start()
        process.join()
    except BrokenPipeError:
        return
    except KeyboardInterrupt:
        process.join()
        raise


def _entry(job: Job, gpu: str | None) -> None:
    if gpu is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = gpu
    job()


def basic(jobs: Sequence[Job], settings: LauncherConfig, folder: Path) -> Iterator[int]:
    """One job after the other.

    Args:
        jobs: What to do.
        settings: Not looked at.
        folder: The sweep's folder.

    Yields:
        The index of each job as it ends.
    """
    for index, job in enumerate(jobs):
        _run_process(job)
        yield index


def pool(jobs: Sequence[Job], settings: LauncherConfig, folder: Path) -> Iterator[int]:
    """Several jobs at a time through joblib, each on a GPU of its own where there are GPUs."""
    joblib = _imported("joblib")
    gpus = visible_gpus()
    size = settings.n_jobs if settings.n_jobs > 0 else len(gpus) or max(1, usable_cores() // 2)
    free: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    for slot in range(size):
        free.put(gpus[slot % len(gpus)] if gpus else None)

    def on_free_device(index: int, job: Job) -> int:
        gpu = free.get()
        try:
            _run_process(job, gpu)
        finally:
            free.put(gpu)
        return index

    runner = joblib.Parallel(n_jobs=size, backend="threading", return_as="generator_unordered")
    yield from runner(joblib.delayed(on_free_device)(*pair) for pair in enumerate(jobs))


def slurm(jobs: Sequence[Job], settings: LauncherConfig, folder: Path) -> Iterator[int]:
    """One SLURM job each through submitit, or the same on this machine (``cluster=local``)."""
    submitit = _imported("submitit")
    executor = submitit.AutoExecutor(folder / "submitit", cluster=settings.cluster)
    executor.update_parameters(timeout_min=settings.timeout_min)
    if settings.partition:
        executor.update_parameters(slurm_partition=settings.partition)
    submitted = [executor.submit(job) for job in jobs]
    for index, handle in enumerate(submitted):
        handle.exception()
        yield index


def check_launcher(settings: LauncherConfig) -> None:
    """Refuse a launcher that cannot start a job here.

    Raises:
        RequestError: Its library is not installed, or there is no SLURM.
    """
    if settings.name != "basic":
        _imported(settings.name)
    slurm_wanted = settings.name == "submitit" and settings.cluster == "slurm"
    if slurm_wanted and shutil.which("sbatch") is None:
        raise RequestError(
            "launcher", settings.name, "there is no SLURM on this machine (no sbatch)",
            "type launcher=joblib, or launcher=submitit launcher.cluster=local",
        )  # fmt: skip


def _imported(name: str) -> Any:
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise RequestError(
            "launcher", name, f"{name} is not installed", "pip install -e '.[launchers]'"
        ) from error


LAUNCHERS: dict[str, Launcher] = {"basic": basic, "joblib": pool, "submitit": slurm}
"""``launcher=`` -> how jobs are run."""
