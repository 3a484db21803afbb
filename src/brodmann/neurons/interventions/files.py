"""Interventions on disk: a safetensors file, its masks and values named in JSON metadata."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from brodmann.errors import RunError
from brodmann.neurons.interventions.intervention import Intervention

_KEY = "interventions"
_PLAIN = ("kind", "tokens", "strength", "per", "seed")


def save_interventions(path: Path, interventions: Sequence[Intervention]) -> None:
    """Write interventions; a file of this name is replaced whole or not at all.

    Args:
        path: The file, ``.safetensors``.
        interventions: Any number; tensors keep dtype and bits.
    """
    tensors, rows = {}, []
    for index, change in enumerate(interventions):
        rows.append({name: getattr(change, name) for name in _PLAIN})
        for part in ("masks", "values"):
            held: Mapping[str, Tensor] = getattr(change, part)
            rows[-1][part] = list(held)
            for site, tensor in held.items():
                tensors[f"{index}/{part}/{site}"] = tensor.detach().cpu().clone().contiguous()
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        save_file(tensors, partial, {_KEY: json.dumps(rows)})
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def load_interventions(path: Path) -> list[Intervention]:
    """Read what ``save_interventions`` wrote, on the CPU.

    Raises:
        RunError: The file is missing, cut off, or of another kind.
    """
    try:
        with safe_open(path, framework="pt") as file:
            rows = json.loads((file.metadata() or {})[_KEY])
            return [_read(file, index, row) for index, row in enumerate(rows)]
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise RunError(f"{path} holds no interventions: {error}") from error


def _read(file: Any, index: int, row: Mapping[str, Any]) -> Intervention:
    fields: dict[str, Any] = {name: row[name] for name in _PLAIN}
    for part in ("masks", "values"):
        fields[part] = {site: file.get_tensor(f"{index}/{part}/{site}") for site in row[part]}
    return Intervention(**fields)
