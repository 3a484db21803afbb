"""What determines a result, as a hash: equal keys are one run, in one folder."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from brodmann.config.schema import TrainConfig
from brodmann.lab.device import accelerator_of, precision_of
from brodmann.lab.files import file_digest
from brodmann.tasks.control import wants_control

PROTOCOL = 1
"""Raised whenever a change of the code changes results, so that old runs are not taken for new."""

_SPELLINGS = {
    "task": ("type", "backbone", "preset", "id", "revision"),
    "model": ("name", "library", "family", "path", "revision", "pruned"),
    "data": ("mirror", "path"),
    "method": ("random_head",),
    "trainer": (
        "name", "accelerator", "devices", "strategy", "threads", "workers", "checkpoint_seconds",
    ),
}  # fmt: skip
"""Per node, the keys that say where something is or how it is called, not what it is."""
_CONTROL = ("labels", "label_seed")
"""Keys of ``data`` that count only where control labels are asked for."""
_ELSEWHERE = ("logger", "launcher", "preset", "runs_dir", "resume", "debug")


def run_key(config: TrainConfig, data_digest: str, model_digest: str) -> str:
    """The eight hexadecimal digits at the end of a run folder's name.

    Args:
        config: The resolved settings.
        data_digest: Digest of the task's rows.
        model_digest: Digest of the backbone's configuration, tokenizer and weights.

    Returns:
        The start of a SHA-256.
    """
    content = {
        "settings": settings_that_count(config),
        "data": data_digest,
        "model": model_digest,
        "protocol": PROTOCOL,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def settings_that_count(config: TrainConfig) -> dict[str, Any]:
    """The resolved settings without names, places and outputs, with the precision in use.

    Where tuning goes on from another run's tensors, their content counts and not their place.
    """
    tree = {key: value for key, value in asdict(config).items() if key not in _ELSEWHERE}
    for node, keys in _SPELLINGS.items():
        tree[node] = {key: value for key, value in tree[node].items() if key not in keys}
    if not wants_control(config.data):
        tree["data"] = {k: v for k, v in tree["data"].items() if k not in _CONTROL}
    start = tree["training"].pop("start")
    if start:
        tree["training"]["start"] = file_digest(Path(start).expanduser())
    tree["trainer"]["precision"] = precision_of(config.trainer, accelerator_of(config.trainer))
    return tree


def run_name(config: TrainConfig, key: str) -> str:
    """``<task>-<model>-<method>-s<seed>-<hash8>``, with ``/`` written as ``.``."""
    parts = (config.task.name, config.model.name, config.method.name, f"s{config.seed}", key)
    return "-".join(parts).replace("/", ".")
