"""Measurements on single runs: made once, side by side, kept by content hash."""

from __future__ import annotations

import hashlib
import json
import logging
import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from safetensors import safe_open
from torch import Tensor

from brodmann.errors import Interrupted, RunError
from brodmann.lab.device import threads_of, usable_cores
from brodmann.lab.files import replacing
from brodmann.lab.launchers import forked
from brodmann.lab.prepare import Prepared
from brodmann.lab.trained import runs_side_by_side

logger = logging.getLogger(__name__)
PROTOCOL = 4
"""Raised whenever a change of the code changes what is measured."""
SECONDS_TO_END = 10
"""How long a process that was told to end is waited for."""
Tensors = dict[str, Tensor]
"""Name -> tensor."""
Work = Callable[..., "Measured"]
"""A function of a module: ``(run, **settings) -> Measured``."""


@dataclass(frozen=True)
class Measured:
    """What a measurement gives.

    Attributes:
        tensors: Named tensors; ``<kind>/<site>`` where they are about units.
        info: Plain values: what columns, units and rows are.
    """

    tensors: Mapping[str, Tensor]
    info: Mapping[str, Any]

    def by_site(self, kind: str) -> dict[str, Tensor]:
        """Site name -> tensor of one kind, in the model's order."""
        return {site: self.tensors[f"{kind}/{site}"] for site in self.info["sites"]}


@dataclass(frozen=True)
class Measurement:
    """One piece of work on one run.

    Attributes:
        work: A function of a module, called with ``prepared`` and ``arguments``.
        prepared: The run.
        arguments: Plain settings; they and the run determine the result.
        inputs: Further tensors that it reads, by name.
    """

    work: Work
    prepared: Prepared
    arguments: Mapping[str, Any]
    inputs: Mapping[str, Tensor] | None = None

    @property
    def path(self) -> Path:
        """Where its result lies: ``runs_dir/scores/<work>-<run>-<hash>.safetensors``."""
        run = self.prepared.folder.path
        name = self.work.__name__
        content = [PROTOCOL, name, run.name, dict(self.arguments), digest(self.inputs or {})]
        key = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:8]
        return run.parent.parent / "scores" / f"{name}-{run.name}-{key}.safetensors"


def digest(tensors: Mapping[str, Tensor]) -> str:
    """A hash of named tensors."""
    found = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        found.update(name.encode())
        found.update(tensor.contiguous().numpy().tobytes())
    return found.hexdigest()


def measure(wanted: Sequence[Measurement], what: str, console: Console) -> list[Measured]:
    """The results of measurements; those that are not there are made first.

    Args:
        wanted: Any number; small models on the CPU are measured side by side.
        what: A word for the progress bar.
        console: Where progress is shown.

    Raises:
        RunError: A measurement failed.
        Interrupted: A signal came; the processes are ended, and what they had finished is kept.
    """
    missing = {str(one.path): one for one in wanted if not one.path.is_file()}
    if missing:
        _make(list(missing.values()), what, console)
    return [read(one.path) for one in wanted]


def _make(missing: list[Measurement], what: str, console: Console) -> None:
    missing[0].path.parent.mkdir(parents=True, exist_ok=True)
    columns = (TextColumn(f"  {what}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=len(missing))
        for _ in _carried_out(missing):
            bar.advance(task)


def _carried_out(missing: list[Measurement]) -> Iterator[Measurement]:
    """Each as it is done; where a process dies, the rest goes on with half as many."""
    workers = min(len(missing), runs_side_by_side(missing[0].prepared))
    while workers > 1:
        try:
            yield from _in_processes(missing, workers)
        except BrokenProcessPool:
            workers //= 2
            logger.warning("a process died, for want of memory perhaps: going on with %d at a time",
                           workers)  # fmt: skip
            missing = [one for one in missing if not one.path.is_file()]
        else:
            return
    if missing:
        yield from _one_by_one(missing)


def _one_by_one(missing: list[Measurement]) -> Iterator[Measurement]:
    torch.set_num_threads(threads_of(missing[0].prepared.config.trainer))
    for one in missing:
        _one(one, 0)
        yield one


def _in_processes(missing: list[Measurement], workers: int) -> Iterator[Measurement]:
    threads = max(1, usable_cores() // workers)
    with ProcessPoolExecutor(workers, mp_context=forked()) as pool:
        yield from _pooled(pool, missing, threads)


def _pooled(pool: Executor, missing: list[Measurement], threads: int) -> Iterator[Measurement]:
    try:
        futures = {pool.submit(_one, one, threads): one for one in missing}
        for future in as_completed(futures):
            future.result()
            yield futures[future]
    except (Interrupted, KeyboardInterrupt, GeneratorExit):
        pool.shutdown(wait=False, cancel_futures=True)
        ended = multiprocessing.active_children()
        for process in ended:
            process.terminate()
        for process in ended:
            process.join(SECONDS_TO_END)
        raise
    except BaseException:
        pool.shutdown(wait=True, cancel_futures=True)
        raise


def _one(one: Measurement, threads: int) -> None:
    if threads:
        torch.set_num_threads(threads)
    extra = {"inputs": one.inputs} if one.inputs is not None else {}
    made = one.work(one.prepared, **one.arguments, **extra)
    write(one.path, made)


def write(path: Path, made: Measured) -> None:
    """Write a measurement, whole or not at all."""
    from safetensors.torch import save

    tensors = {name: t.detach().cpu().contiguous() for name, t in sorted(made.tensors.items())}
    with replacing(path) as part:
        part.write_bytes(save(tensors, {"info": json.dumps(dict(made.info), sort_keys=True)}))
        part.chmod(0o644)


def read(path: Path) -> Measured:
    """Read a measurement.

    Raises:
        RunError: The file is not whole.
    """
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return Measured(tensors, json.loads(file.metadata()["info"]))
    except Interrupted:
        raise
    except Exception as error:
        raise RunError(f"{path} cannot be read ({error}); delete it to measure anew") from error
