"""From whole source splits to a task's data: split, clean, cap, check, and say what was done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from brodmann.config.schema import DataConfig, TaskConfig
from brodmann.errors import RequestError
from brodmann.tasks.data import Examples, TaskData
from brodmann.tasks.labels import only_kept
from brodmann.tasks.parts import ROLES, SPOKEN, Part, digest_of
from brodmann.tasks.roles import NO_TEST
from brodmann.tasks.splits import cap, partition


def build(
    task: TaskConfig,
    data: DataConfig,
    parts: dict[str, Part],
    classes: Sequence[str],
    reason: str = NO_TEST,
    opened: Callable[[Any], Any] | None = None,
) -> TaskData:
    """Make a task's data from the source splits that it uses.

    The order follows the paper (Wang et al. 2022, Table 5): split first, then leave classes out;
    then drop exact duplicates across splits, then cap.

    Args:
        task: The task's settings.
        data: Caps and the seed of splits.
        parts: Whole source splits by role; ``train`` always, the others where the source has them.
        classes: Names of the classes, by class id.
        reason: Why the test split is taken out of train, if it has to be.
        opened: Makes the inputs of a finished split (decodes images); none for texts.

    Raises:
        RequestError: A split lacks a class, or a cap is smaller than the number of classes.
    """
    digest = digest_of(parts, classes)
    shares = {"val": getattr(task, "val_share", 0.2), "test": getattr(task, "test_share", 0.2)}
    split = {
        role: only_kept(part, getattr(task, "keep", None))
        for role, part in partition(parts, shares, data.split_seed).items()
    }
    notes = [] if "test" in parts else [_taken_note(reason, split)]
    split, dropped = without_duplicates(split)
    notes += [dropped] if dropped else []
    for role in ROLES:
        _check_classes(task, split[role], role, classes)
        key = "data.max_train" if role == "train" else "data.max_test"
        limit = data.max_train if role == "train" else data.max_test
        split[role] = cap(split[role], role, key, limit, data.split_seed)
    rows = {role: split[role].rows for role in ROLES}
    train, val, test = (_examples(split[role], opened) for role in ROLES)
    return TaskData(train, val, test, tuple(classes), rows, digest, tuple(notes))


def _examples(part: Part, opened: Callable[[Any], Any] | None) -> Examples:
    return Examples(part.inputs if opened is None else opened(part.inputs), part.labels)


def _taken_note(reason: str, split: dict[str, Part]) -> str:
    sizes = ", ".join(f"{len(split[role]):,} {SPOKEN[role]}" for role in ROLES)
    return f"{reason}: test is taken out of train ({sizes} rows)"


def without_duplicates(split: dict[str, Part]) -> tuple[dict[str, Part], str]:
    """Drop from train what validation or test hold too, and from validation what test holds.

    Args:
        split: ``train``, ``val`` and ``test``.

    Returns:
        The same without exact duplicates across splits, and a sentence on them (``""`` if there
        were none).
    """
    test, val = set(split["test"].keys), set(split["val"].keys)
    kept = {
        "train": _unseen(split["train"], test | val),
        "val": _unseen(split["val"], test),
        "test": split["test"],
    }
    gone = {role: len(split[role]) - len(kept[role]) for role in ROLES}
    said = [f"{gone[role]:,} from {SPOKEN[role]}" for role in ROLES if gone[role]]
    left = ", ".join(f"{len(kept[role]):,} {SPOKEN[role]}" for role in ROLES)
    note = f"exact duplicates across splits dropped: {', '.join(said)}; {left} rows remain"
    return kept, note if said else ""


def _unseen(part: Part, seen: set[Any]) -> Part:
    kept = [i for i, key in enumerate(part.keys) if key not in seen]
    return part.take(np.array(kept, dtype=np.int64)) if len(kept) < len(part) else part


def _check_classes(task: TaskConfig, part: Part, role: str, classes: Sequence[str]) -> None:
    counts = np.bincount(part.labels, minlength=len(classes))
    empty = [name for name, count in zip(classes, counts, strict=True) if count == 0]
    if empty:
        raise RequestError(
            "task", task.name, f"the {SPOKEN[role]} split has no example of class {empty[0]}",
            "add examples of it, or leave it out of the task's classes",
        )  # fmt: skip
