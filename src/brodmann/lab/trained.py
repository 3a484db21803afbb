"""Training runs that a study stands on: taken as they are, or trained first."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from brodmann.config.schema import LauncherConfig
from brodmann.errors import RunError
from brodmann.lab.device import accelerator_of, usable_cores, visible_gpus
from brodmann.lab.jobs import carry_out_jobs, open_jobs, reason
from brodmann.lab.prepare import Prepared

if TYPE_CHECKING:
    from brodmann.training.assembly import Assembly

SMALL = 256 * 2**20
"""Bytes of weights up to which several runs train side by side on the CPU, a core each."""


def get_or_train(prepared: Sequence[Prepared], folder: Path, group: str, console: Console) -> None:
    """Train those of a study's runs that are not done, and say how many and how long.

    Args:
        prepared: The checked requests; equal ones are trained once.
        folder: For the launcher's own files.
        group: W&B group.
        console: Where it is told.

    Raises:
        RunError: A run failed; its reason is told.
    """
    runs = list({str(one.folder.path): one for one in prepared}.values())
    left = [runs[i] for i in open_jobs(runs)]
    if not left:
        console.print(f"training runs: {len(runs)}, all of them done already")
        return
    console.print(f"training runs: {len(left)} of {len(runs)} are missing and trained now")
    launcher, left = _side_by_side(left)
    with _bar(console) as bar:
        started, task = time.monotonic(), bar.add_task("", total=len(left), left="")
        done = 0

        def ended(index: int) -> None:
            nonlocal done
            done += 1
            seconds = (time.monotonic() - started) / done * (len(left) - done)
            bar.update(task, advance=1, left=f"about {_duration(seconds)} left")

        carry_out_jobs(left, launcher, folder, group, ended)
    failed = [one for one in left if one.folder.state != "done"]
    if failed:
        raise RunError(
            f"{len(failed)} of {len(left)} training runs failed, among them "
            f"{failed[0].folder.path}: {reason(failed[0])}"
        )


def load_run(prepared: Prepared) -> Assembly:
    """A trained run as a model again, with its examples.

    Args:
        prepared: A run that is done, or one whose method trains nothing.

    Raises:
        RunError: It is not done, was altered, or does not fit.
    """
    import torch
    from safetensors.torch import load_file

    from brodmann.training.assembly import assemble_run

    torch.manual_seed(prepared.config.seed)
    assembly = assemble_run(prepared.config, prepared.data, prepared.source)
    if assembly.tuned.trained():
        prepared.folder.check()
        assembly.tuned.load_trained(load_file(prepared.folder / "method.safetensors"))
    return assembly


def _bar(console: Console) -> Progress:
    columns = (
        TextColumn("training"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[left]}"),
    )
    return Progress(*columns, console=console, transient=True)


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


def runs_side_by_side(prepared: Prepared) -> int:
    """How many runs share this machine: on the CPU one per core for small models, else one.

    Threads that were asked for (``trainer.threads``) mean one.
    """
    config = prepared.config
    if config.trainer.threads or accelerator_of(config.trainer) == "gpu":
        return 1
    weights = sum(path.stat().st_size for path in prepared.source.folder.glob("*.safetensors"))
    return usable_cores() if weights <= SMALL else 1


def _side_by_side(runs: list[Prepared]) -> tuple[LauncherConfig, list[Prepared]]:
    settings = runs[0].config.launcher
    if settings.name != "basic":
        return settings, runs
    if len(visible_gpus()) > 1 and accelerator_of(runs[0].config.trainer) == "gpu":
        return replace(settings, name="joblib", n_jobs=-1), runs
    jobs = at_once(len(runs), runs_side_by_side(runs[0]))
    if jobs < 2:
        return settings, runs
    threads = max(1, usable_cores() // jobs)
    return replace(settings, name="joblib", n_jobs=jobs), [_with(one, threads) for one in runs]


def at_once(runs: int, places: int) -> int:
    """How many runs are started at a time: a few too many rather than a second turn of a few.

    Args:
        runs: How many there are.
        places: How many share this machine.

    Example:
        >>> [at_once(runs, 4) for runs in (3, 5, 7, 20)], at_once(5, 1)
        ([3, 5, 4, 4], 1)
    """
    return runs if places > 1 and runs <= places * 3 // 2 else min(runs, places)


def _with(one: Prepared, threads: int) -> Prepared:
    trainer = replace(one.config.trainer, threads=threads)
    return replace(one, config=replace(one.config, trainer=trainer))
