"""Carry out one prepared run in this process: lock, train, write, say done."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from omegaconf import OmegaConf
from rich.console import Console

from brodmann.errors import Interrupted, RunError
from brodmann.lab.device import accelerator_of, rank, threads_of
from brodmann.lab.environment import environment
from brodmann.lab.files import write_json, write_tensors, write_text
from brodmann.lab.prepare import Prepared
from brodmann.lab.redact import redact
from brodmann.lab.run import FinishedRun, RunFolder
from brodmann.lab.screen import captured, silence_lightning
from brodmann.lab.signals import handling, leave
from brodmann.tasks.data import TaskData

if TYPE_CHECKING:
    from brodmann.training.assembly import Assembly
    from brodmann.training.fit import Fitted

Header = Callable[[Prepared, dict[str, Any]], None]
"""``(what is run, its parameters, kind and first step)``: called once, when the
model is built."""


def carry_out(
    prepared: Prepared, console: Console | None, header: Header, group: str
) -> FinishedRun:
    """Train a run, or take it as it is when it is done.

    Args:
        prepared: The checked request.
        console: Where progress is shown; None in a sweep.
        header: Called when the model is built.
        group: W&B group.

    Returns:
        The finished run.

    Raises:
        RunError: It failed; the status says so.
        Interrupted: It was stopped; its state is saved.
    """
    folder = prepared.folder
    if rank() > 0:
        _train(prepared, None, lambda *_: None, group)
        return FinishedRun(folder.path, {})
    waiting = (lambda: console.print(f"waiting for {folder.path}")) if console else lambda: None
    with folder.lock(waiting):
        if folder.state == "done" and prepared.config.resume:
            return folder.result(reused=True)
        folder.begin(fresh=not prepared.config.resume)
        stoppable = handling(leave, signal.SIGTERM)
        with stoppable, captured(folder / "train.log"), _recorded(folder):
            _describe(prepared)
            _train(prepared, console, header, group)
            folder.finish()
            (folder / "resume.ckpt").unlink(missing_ok=True)
        return folder.result()


@contextlib.contextmanager
def _recorded(folder: RunFolder) -> Iterator[None]:
    """Write down how a run ends; a signal leaves it as interrupted."""
    try:
        yield
    except (Interrupted, KeyboardInterrupt):
        raise
    except BaseException as error:
        import logging

        logging.getLogger("brodmann").exception("the run failed")
        error.add_note(str(folder / "train.log"))
        folder.fail(error)
        if isinstance(error, OSError):
            raise RunError(f"{error.filename or folder.path}: {error.strerror}") from error
        raise


def _describe(prepared: Prepared) -> None:
    config, folder = prepared.config, prepared.folder
    write_text(folder / "config.yaml", redact(OmegaConf.to_yaml(OmegaConf.create(asdict(config)))))
    write_tensors(folder / "splits.safetensors", _splits(prepared.data), kind="numpy")
    threads = threads_of(config.trainer)
    write_json(folder / "environment.json", environment(threads, accelerator_of(config.trainer)))


def _splits(data: TaskData) -> dict[str, np.ndarray[Any, Any]]:
    return {name: np.asarray(rows, dtype=np.int64) for name, rows in data.indices.items()}


def _train(prepared: Prepared, console: Console | None, header: Header, group: str) -> None:
    import torch

    from brodmann.callbacks.progress import ProgressBar
    from brodmann.lab.tracker import Tracker, open_tracker
    from brodmann.training.assembly import assemble_run, describe
    from brodmann.training.fit import fit, resume_step

    silence_lightning()
    config, folder = prepared.config, prepared.folder
    torch.set_num_threads(threads_of(config.trainer))
    torch.manual_seed(config.seed)
    assembly = assemble_run(config, prepared.data, prepared.source)
    if config.training.start:
        from safetensors.torch import load_file

        assembly.tuned.load_trained(load_file(Path(config.training.start).expanduser()))
    header(prepared, {**describe(assembly), "start": resume_step(folder.path)})
    tracker = open_tracker(config, folder.path, group) if rank() == 0 else Tracker()
    failed = True
    try:
        bars = [ProgressBar(console)] if console else []
        fitted = fit(config, prepared.data, assembly, folder.path, tracker, [*bars])
        if rank() == 0:
            _write_results(prepared, assembly, fitted, tracker)
        failed = False
    finally:
        tracker.close(failed)


def _write_results(prepared: Prepared, assembly: Assembly, fitted: Fitted, tracker: Any) -> None:
    folder = prepared.folder
    tensors = {n: t.detach().cpu().contiguous() for n, t in assembly.tuned.trained().items()}
    write_tensors(folder / "method.safetensors", tensors)
    write_json(folder / "metrics.json", fitted.metrics)
    spoken, rows = assembly.spoken, []
    for index, label, predicted, probability in fitted.predictions[
        : prepared.config.logger.predictions
    ]:
        rows.append([index, spoken(label), spoken(predicted), probability])
    tracker.finish(fitted.metrics, ["row", "label", "prediction", "probability"], rows)
