"""A figure from a process of its own: peak memory is never given back."""

from __future__ import annotations

import multiprocessing
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any


def alone(work: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function of a module in a fresh process.

    Args:
        work: Top-level function.
        arguments: Its arguments, picklable.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as process:
        return process.submit(work, *arguments).result()


def peak() -> float:
    """Largest resident memory of this process so far, in MiB (Linux).

    ``getrusage`` would count what the parent held when it started this process.
    """
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def quiet(threads: int) -> None:
    """Set torch's threads and silence the libraries' warnings."""
    import logging

    import torch

    torch.set_num_threads(threads)
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
