"""Selections and scores as files: safetensors, with what they were made from in the metadata.

One metadata key, ``brodmann``, holds JSON with sorted keys: ``kind``, ``info``, ``columns`` and
``made_from`` (digests of the backbone's revision and of the tokenizer). Equal contents give equal
bytes. A file from another backbone or tokenizer is refused, since its units mean something else.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from brodmann.errors import RunError
from brodmann.neurons.selection import Selection

KEY = "brodmann"
"""The one metadata key."""


@dataclass(frozen=True)
class MadeFrom:
    """What units and columns refer to.

    Attributes:
        backbone: Digest of the backbone's revision.
        tokenizer: Digest of the tokenizer.
    """

    backbone: str
    tokenizer: str


@dataclass(frozen=True)
class Scores:
    """Scores by site.

    Attributes:
        values: Site name -> float ``[U, K]`` or ``[P, U, K]``.
        columns: Names of the K columns.
        info: How they were made (plain values).
    """

    values: Mapping[str, Tensor]
    columns: tuple[str, ...]
    info: Mapping[str, str | int | float]


def save_selection(path: Path, selection: Selection, made_from: MadeFrom) -> None:
    """Write a selection; the file is there whole or not at all.

    Args:
        path: The file.
        selection: Its masks and plain values.
        made_from: What reading must ask for again, or be refused.
    """
    write_tensors(path, selection.masks, "selection", made_from, info=dict(selection.info))


def load_selection(
    path: Path, made_from: MadeFrom, units: Mapping[str, int] | None = None
) -> Selection:
    """Read a selection.

    Args:
        path: The file.
        made_from: What it must have been made from.
        units: Site name -> width, to check the masks against.

    Raises:
        RunError: No such file, not a selection, made from something else, or wider than a layer.
    """
    tensors, head = read_tensors(path, "selection", made_from)
    for name, mask in tensors.items():
        if units is not None and units.get(name) != len(mask):
            raise RunError(f"{path} selects among {len(mask)} units of {name}, which has "
                           f"{units.get(name, 'no such site')}")  # fmt: skip
    return Selection(tensors, head["info"])


def save_scores(path: Path, scores: Scores, made_from: MadeFrom) -> None:
    """Write scores; the file is there whole or not at all.

    Args:
        path: The file.
        scores: By site, the last axis being the columns.
        made_from: What reading must ask for again, or be refused.

    Raises:
        RunError: The last axis of a site is not the columns.
    """
    for name, values in scores.values.items():
        if values.shape[-1] != len(scores.columns):
            raise RunError(f"{name} has {values.shape[-1]} scores a unit for "
                           f"{len(scores.columns)} columns")  # fmt: skip
    write_tensors(path, scores.values, "scores", made_from,
           info=dict(scores.info), columns=list(scores.columns))  # fmt: skip


def load_scores(path: Path, made_from: MadeFrom) -> Scores:
    """Read scores.

    Raises:
        RunError: No such file, not scores, or made from something else.
    """
    tensors, head = read_tensors(path, "scores", made_from)
    return Scores(tensors, tuple(head["columns"]), head["info"])


def selected(units: Mapping[str, Sequence[int]], widths: Mapping[str, int]) -> Selection:
    """A selection from lists of units.

    Args:
        units: Site name -> indices.
        widths: Site name -> number of units, of every site.

    Raises:
        RunError: A site is unknown, an index is outside its layer, or a list is longer than it.

    Example:
        >>> selected({"encoder.0.ffn": [2]}, {"encoder.0.ffn": 3}).masks["encoder.0.ffn"].tolist()
        [False, False, True]
    """
    unknown = sorted(set(units) - set(widths))
    if unknown:
        raise RunError(f"the selection names {unknown[0]}, which is no site here")
    masks = {name: torch.zeros(width, dtype=torch.bool) for name, width in widths.items()}
    for name, indices in units.items():
        if len(indices) > widths[name]:
            raise RunError(f"{len(indices)} units of {name} are selected, but it has "
                           f"{widths[name]}")  # fmt: skip
        outside = [index for index in indices if not 0 <= index < widths[name]]
        if outside:
            raise RunError(f"{name} has no unit {outside[0]}: it has {widths[name]}")
        masks[name][list(indices)] = True
    return Selection(masks)


def write_tensors(
    path: Path, tensors: Mapping[str, Tensor], kind: str, made_from: MadeFrom, **head: Any
) -> None:
    """Write tensors with a head; the file is there whole or not at all.

    Args:
        path: The file.
        tensors: By name.
        kind: What they are.
        made_from: What reading must ask for again, or be refused.
        head: Further plain values.
    """
    head |= {"kind": kind, "made_from": vars(made_from)}
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    whole = save(plain, {KEY: json.dumps(head, sort_keys=True)})
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(whole)
    os.replace(part, path)


def read_tensors(
    path: Path, kind: str, made_from: MadeFrom
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and head of a file.

    Raises:
        RunError: No such file, of another kind, or made from something else.
    """
    try:
        with safe_open(path, "pt") as file:
            head = json.loads((file.metadata() or {}).get(KEY, "{}"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise RunError(f"{path} cannot be read: {error}") from error
    if head.get("kind") != kind:
        raise RunError(f"{path} holds {head.get('kind', 'something else')}, not {kind}")
    for what, wanted in vars(made_from).items():
        found = head["made_from"].get(what)
        if found != wanted:
            raise RunError(f"{path} was made from {what} {found}, but this is {wanted}")
    return tensors, head
