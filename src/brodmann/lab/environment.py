"""What a run was made with: versions, machine, code, command."""

from __future__ import annotations

import platform
import shlex
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from brodmann.lab.redact import redact

PACKAGES = (
    "brodmann", "torch", "lightning", "transformers", "peft", "timm", "datasets", "torchmetrics",
    "hydra-core", "numpy", "safetensors", "wandb",
)  # fmt: skip
"""Packages whose versions are written beside a run."""


def environment(threads: int, accelerator: str) -> dict[str, Any]:
    """The content of ``environment.json``.

    Args:
        threads: CPU threads in use.
        accelerator: ``cpu`` or ``gpu``.

    Returns:
        Plain values; nothing secret, no host name and no user name.
    """
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "packages": {name: _version(name) for name in PACKAGES},
        "threads": threads,
        "accelerator": accelerator,
        "git": git_revision(),
        "command": redact(shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])),
    }


def git_revision() -> dict[str, Any]:
    """Commit of the code and whether the tree differs from it; empty outside a repository."""
    root = Path(__file__).resolve().parents[3]
    try:
        commit = _git(root, "rev-parse", "HEAD")
        return {"commit": commit, "changed": bool(_git(root, "status", "--porcelain", "-uno"))}
    except (OSError, subprocess.SubprocessError):
        return {}


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=10
    ).stdout.strip()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
