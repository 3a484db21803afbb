"""The tasks of the playground's generated language."""

from __future__ import annotations

import numpy as np

from brodmann.config.schema import DataConfig, PlaygroundTask
from brodmann.errors import RequestError, nearest
from brodmann.tasks.build import build
from brodmann.tasks.data import TaskData
from brodmann.tasks.parts import ROLES, Part, part_of


def load_playground(task: PlaygroundTask, data: DataConfig) -> TaskData:
    """Generate a task of the playground; its seed is the language's own.

    Args:
        task: Which factor, and how many examples of each split.
        data: Caps and their seed.

    Raises:
        RequestError: There is no such factor, or a split without examples is asked for.
    """
    from brodmann.playground import TASKS

    if task.factor not in TASKS:
        raise RequestError(
            "task.factor", task.factor, "the playground has no such factor",
            nearest(task.factor, TASKS),
        )  # fmt: skip
    return build(task, data, {role: _part(task, role) for role in ROLES}, task.classes)


def _part(task: PlaygroundTask, role: str) -> Part:
    from brodmann.playground import generate

    size = int(getattr(task, role))
    if size < len(task.classes):
        raise RequestError(
            f"task.{role}", size, "this is too small", f"give {len(task.classes)} or more"
        )
    texts, labels = generate(task.factor, role, size, task.seed)
    return part_of(texts, texts, np.asarray(labels, dtype=np.int64))
