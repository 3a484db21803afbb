"""Which device a run will use, found without importing torch."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from brodmann.config.schema import TrainerConfig
from brodmann.errors import RequestError, nearest

ACCELERATORS = ("auto", "cpu", "gpu")
"""What ``trainer.accelerator`` may be."""
PRECISIONS = (
    "auto", "32-true", "64-true", "16-true", "bf16-true", "16-mixed", "bf16-mixed",
)  # fmt: skip
"""What ``trainer.precision`` may be: Lightning's words, or ``auto``."""


def visible_gpus() -> list[str]:
    """Indices of the NVIDIA GPUs this process may use, as ``CUDA_VISIBLE_DEVICES`` spells them."""
    wanted = os.environ.get("CUDA_VISIBLE_DEVICES")
    present = sorted(p.name.removeprefix("nvidia") for p in Path("/dev").glob("nvidia[0-9]*"))
    if wanted is None:
        return present
    return [index for index in wanted.split(",") if index not in ("", "-1")] if present else []


def accelerator_of(trainer: TrainerConfig) -> str:
    """``cpu`` or ``gpu``.

    Raises:
        RequestError: An unknown accelerator, or a GPU that is not there.
    """
    if trainer.accelerator not in ACCELERATORS:
        raise RequestError(
            "trainer.accelerator", trainer.accelerator, "there is no such accelerator",
            nearest(trainer.accelerator, ACCELERATORS),
        )  # fmt: skip
    gpus = len(visible_gpus())
    if trainer.accelerator == "gpu" and (gpus == 0 or trainer.devices > gpus):
        raise RequestError(
            "trainer", trainer.name, f"{max(trainer.devices, 1)} GPU(s) wanted, {gpus} found",
            "type trainer=cpu, or set CUDA_VISIBLE_DEVICES",
        )  # fmt: skip
    return "gpu" if gpus and trainer.accelerator != "cpu" else "cpu"


def precision_of(trainer: TrainerConfig, accelerator: str) -> str:
    """Lightning's name of the precision: ``32-true`` on a CPU, ``bf16-mixed`` on a GPU.

    Raises:
        RequestError: An unknown precision.
    """
    if trainer.precision not in PRECISIONS:
        raise RequestError(
            "trainer.precision", trainer.precision, "there is no such precision",
            nearest(trainer.precision, PRECISIONS),
        )  # fmt: skip
    if trainer.precision != "auto":
        return trainer.precision
    return "bf16-mixed" if accelerator == "gpu" else "32-true"


def usable_cores() -> int:
    """CPU cores this process may run on."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def threads_of(trainer: TrainerConfig) -> int:
    """CPU threads of a run: the request's, else ``OMP_NUM_THREADS``, else all usable cores.

    Args:
        trainer: ``threads``, where the user gave them.
    """
    wished = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    if trainer.threads or not wished.isdecimal():
        return trainer.threads or usable_cores()
    return max(1, min(int(wished), usable_cores()))


def rank() -> int:
    """Rank of this process under DDP or FSDP; 0 without them."""
    return int(os.environ.get("RANK", os.environ.get("LOCAL_RANK", "0")))
