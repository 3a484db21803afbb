"""``python train.py``: one run, or a sweep of runs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from brodmann.cli.first import say_first_of
from brodmann.config.compose import compose_train
from brodmann.config.request import Request, naming, own_overrides, read_request

if TYPE_CHECKING:
    from rich.console import Console

    from brodmann.lab.run import FinishedRun


def main(arguments: list[str]) -> int:
    """Answer a command line.

    Args:
        arguments: ``sys.argv[1:]``.

    Returns:
        The exit code: 0 when all is done, 1 when a job failed.

    Raises:
        RequestError: The request was wrong.
        RunError: The run failed.
    """
    request = read_request(arguments)
    if request.show == "help":
        from brodmann.cli.help import train_help

        print(train_help(request.conf_dirs))
        return 0
    if request.show == "config":
        return _show_config(request)
    jobs = request.jobs()
    for job, own in zip(jobs, own_overrides(jobs), strict=True):
        with naming(own):
            compose_train(job, request.conf_dirs)
    from brodmann.lab.screen import own_console

    with own_console() as console:
        if request.multirun:
            from brodmann.lab.sweep import run_sweep

            return run_sweep(request, console)
        _run(request, console)
    return 0


def train_one(overrides: list[str]) -> FinishedRun:
    """What ``brodmann.train`` does."""
    from brodmann.lab.screen import own_console

    with own_console() as console:
        return _run(Request(overrides), console)


def _run(request: Request, console: Console) -> FinishedRun:
    config = compose_train(request.jobs()[0], request.conf_dirs)
    from brodmann.lab.job import carry_out
    from brodmann.lab.prepare import check_settings, prepare
    from brodmann.report.preparing import preparing
    from brodmann.report.terminal import show_header, show_result

    check_settings(config)
    with preparing(console) as progress:
        prepared = prepare(config, progress)
    run = carry_out(
        prepared, console, lambda p, numbers: show_header(console, p, numbers), config.task.name
    )
    if run.metrics:
        show_result(console, prepared, run, request)
    return run


def _show_config(request: Request) -> int:
    from omegaconf import OmegaConf

    jobs = request.jobs()
    say_first_of(jobs)
    config = compose_train(jobs[0], request.conf_dirs)
    print(OmegaConf.to_yaml(OmegaConf.create(asdict(config))), end="")
    return 0
