"""Series of checkpoints: those of a pre-training run, or public revisions of one model.

A series is listed without torch. Its steps rise, every folder is there and whole, and no two steps
have equal weights: public series have been found to hold the same weights under several names,
which makes everything "stable" between them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from brodmann.backbones.checkpoint import weight_files, weights_digest
from brodmann.backbones.source import resolve_model
from brodmann.config.mistakes import as_typed
from brodmann.config.schema import ModelConfig
from brodmann.config.studies import FEWEST
from brodmann.errors import RequestError
from brodmann.lab.files import read_json

FOLDER = "checkpoints"
"""Folder of the step checkpoints in a run's folder."""
INDEX = "index.json"
"""``{"run", "steps", "entries"}``: what lies in the folder of checkpoints, and of which run."""


@dataclass(frozen=True)
class Entry:
    """One checkpoint of a series.

    Attributes:
        step: Optimizer steps before it.
        folder: An ordinary checkpoint: config, weights, tokenizer.
        sha256: Digest of the weights (``weights_digest``).
        lr: Learning rate of the last step before it, 0 for step 0; None where nobody noted it.
        tokens: Tokens seen before it; None where nobody noted it.
        val_loss: Validation loss, in nats a predicted token; None where it was not validated.
    """

    step: int
    folder: Path
    sha256: str
    lr: float | None = None
    tokens: int | None = None
    val_loss: float | None = None


@dataclass(frozen=True)
class Series:
    """Checkpoints of one training, in the order of their steps.

    Attributes:
        name: Name of the run, or hub id of the model.
        entries: One per step, the steps rising.
    """

    name: str
    entries: tuple[Entry, ...]

    @property
    def steps(self) -> tuple[int, ...]:
        """Their steps."""
        return tuple(entry.step for entry in self.entries)


def folder_name(step: int) -> str:
    """Name of a step's folder.

    Example:
        >>> folder_name(1000)
        'step-00001000'
    """
    return f"step-{step:08d}"


def read_series(folder: Path, key: str = "checkpoints") -> Series:
    """The checkpoints of a pre-training run.

    Args:
        folder: The run's folder, or the folder ``checkpoints`` in it.
        key: The setting that names it, for messages.

    Raises:
        RequestError: It holds no checkpoints, a listed one is missing or broken, steps do not
            rise, or equal weights stand under different steps.
    """
    place = next((one for one in (folder / FOLDER, folder) if (one / INDEX).is_file()), None)
    index = read_json(place / INDEX) if place else None
    if place is None or not isinstance(index, dict) or not index.get("entries"):
        raise RequestError(
            key, folder, "this folder holds no step checkpoints",
            "give the folder of a run of method=pretrain",
        )  # fmt: skip
    entries = [_entry(place, told) for told in index["entries"]]
    for entry in entries:
        _check_there(entry, key)
    return _checked(Series(str(index["run"]), tuple(entries)), key, folder)


def read_revisions(
    model: ModelConfig,
    revisions: Sequence[tuple[int, str]],
    mirror: str | None = None,
    key: str = "model.revision",
) -> Series:
    """A public series of revisions of one model, fetched where they are not there.

    Args:
        model: The hub's model (``EleutherAI/pythia-160m``); ``revision`` is not looked at.
        revisions: Step and revision of each, as in ``[(0, "step0"), (1000, "step1000")]``; local
            copies lie in ``<mirror>/<hub id>@<revision>``.
        mirror: ``data.mirror``.
        key: The setting that names the revisions, for messages.

    Raises:
        RequestError: There are none, one is not to be had, steps do not rise, or equal weights
            stand under different steps.
    """
    typed = as_typed([f"{step}:{revision}" for step, revision in revisions])
    return read_models(str(model.path), revised(model, revisions), mirror, key, typed)


def revised(
    model: ModelConfig, revisions: Sequence[tuple[int, str]]
) -> list[tuple[int, ModelConfig]]:
    """Step and model of every revision.

    Args:
        model: The hub's model.
        revisions: Step and revision of each.
    """
    return [(step, replace(model, revision=revision)) for step, revision in revisions]


def read_models(
    name: str,
    models: Sequence[tuple[int, ModelConfig]],
    mirror: str | None = None,
    key: str = "model.path",
    value: str | None = None,
) -> Series:
    """A series of checkpoints that are models of their own, as the hub's MultiBERTs.

    Args:
        name: What the series is called.
        models: Step and model of each.
        mirror: ``data.mirror``.
        key: The setting that names the models, for messages.
        value: Its value, for messages; the series' name when not given.

    Raises:
        RequestError: As ``read_revisions``.
    """
    if not models:
        raise RequestError(key, "[]", "the series has no checkpoints",
                           f"name {FEWEST} or more")  # fmt: skip
    found = []
    for step, model in models:
        place = resolve_model(model, mirror).folder
        found.append(Entry(step, place, weights_digest(weight_files(place))))
    return _checked(Series(name, tuple(found)), key, value or name)


def _entry(place: Path, told: Mapping[str, Any]) -> Entry:
    known = {name: told.get(name) for name in ("lr", "tokens", "val_loss")}
    step = int(told["step"])
    return Entry(step, place / folder_name(step), str(told["sha256"]), **known)


def _check_there(entry: Entry, key: str) -> None:
    if not entry.folder.is_dir():
        raise RequestError(key, entry.folder, f"the checkpoint of step {entry.step} is missing",
                           "copy the whole folder of checkpoints, or train anew")  # fmt: skip
    weight_files(entry.folder)


def _checked(series: Series, key: str, value: object) -> Series:
    for one, other in pairwise(series.steps):
        if one >= other:
            raise RequestError(
                key, value, f"the checkpoints are out of order: step {other} follows step {one}",
                "list each step once, the earlier ones first",
            )  # fmt: skip
    twins: dict[str, list[int]] = {}
    for entry in series.entries:
        twins.setdefault(entry.sha256, []).append(entry.step)
    suspects = [steps for steps in twins.values() if len(steps) > 1]
    if suspects:
        told = "; ".join(", ".join(map(str, steps)) for steps in suspects)
        raise RequestError(
            key, value, f"equal weights stand under different steps: {told}",
            "leave out all but one of each, after finding out which step it is",
        )  # fmt: skip
    return series
