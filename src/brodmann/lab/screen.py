"""The screen belongs to us: our lines on it, everybody else's in ``train.log``."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from rich.console import Console

QUIET = {
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_VERBOSITY": "warning",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "WANDB_SILENT": "true",
}
"""Environment variables that keep libraries from writing between our lines."""


LIGHTNING = ("lightning", "lightning.pytorch", "lightning.fabric")
"""Loggers that print by handlers of their own beside what reaches the log."""
ADVERTISEMENTS = ("\N{ELECTRIC LIGHT BULB} Tip:",)
"""How lines begin that praise a product instead of telling of the run."""


@contextlib.contextmanager
def own_console() -> Iterator[Console]:
    """A console on a private copy of standard output, which ``captured`` leaves alone."""
    sys.stdout.flush()
    with os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8", errors="replace") as stream:
        width = None if stream.isatty() else 100
        yield Console(file=stream, width=width, highlight=False)


@contextlib.contextmanager
def captured(log: Path) -> Iterator[None]:
    """Send what libraries print, log and warn to a file, down to the file descriptors.

    Args:
        log: The file; lines are added at its end.
    """
    os.environ.update({key: os.environ.get(key, value) for key, value in QUIET.items()})
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(1), os.dup(2)]
    with log.open("a", buffering=1, encoding="utf-8") as file, _logging_to(file):
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, copy in zip((1, 2), kept, strict=True):
                os.dup2(copy, number)
                os.close(copy)


@contextlib.contextmanager
def _logging_to(file: TextIO) -> Iterator[None]:
    handler = logging.StreamHandler(file)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    handler.addFilter(lambda record: not record.getMessage().startswith(ADVERTISEMENTS))
    root = logging.getLogger()
    level, root.level = root.level, logging.INFO
    root.addHandler(handler)
    logging.captureWarnings(True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            yield
    finally:
        logging.captureWarnings(False)
        root.removeHandler(handler)
        root.setLevel(level)


def silence_lightning() -> None:
    """Leave Lightning's lines to the log alone; call it once Lightning is imported."""
    for name in LIGHTNING:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
