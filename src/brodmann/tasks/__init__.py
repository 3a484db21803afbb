"""Examples: from the hub, a local copy, a user's file, images, or the playground.

To add a kind of source, write one function ``(task, data) -> TaskData`` and add a row to
``LOADERS``. Nothing here imports torch before a batch is collated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from brodmann.config.schema import DataConfig, TaskConfig
from brodmann.errors import RequestError, nearest
from brodmann.tasks.control import LABELS, wants_control, with_control_labels
from brodmann.tasks.corpus import load_corpus
from brodmann.tasks.data import Examples, TaskData
from brodmann.tasks.functions import load_functions
from brodmann.tasks.generated import load_playground
from brodmann.tasks.image import load_image
from brodmann.tasks.table import load_table
from brodmann.tasks.text import load_text

__all__ = ["LOADERS", "Examples", "TaskData", "load_task"]

LOADERS: dict[str, Callable[[Any, DataConfig], TaskData]] = {
    "text": load_text,
    "playground": load_playground,
    "functions": load_functions,
    "csv": load_table,
    "image": load_image,
    "corpus": load_corpus,
}
"""``task.kind`` to the function that reads it."""


def load_task(task: TaskConfig, data: DataConfig) -> TaskData:
    """Read, split, clean and cap the examples of a task.

    The same settings give the same rows in every process; ``data.split_seed`` seeds all of it.

    Args:
        task: What the examples are.
        data: Where they come from and how many are used.

    Raises:
        RequestError: Anything about the source or the settings is wrong.
    """
    _check(task, data)
    loaded = LOADERS[task.kind](task, data)
    words, classes = list(task.label_words), len(loaded.classes)
    if words and len(words) != classes:
        raise RequestError(
            "task.label_words", words, f"{len(words)} words for {classes} classes",
            f"give a word for each of {', '.join(loaded.classes)}",
        )  # fmt: skip
    return with_control_labels(loaded, data.label_seed) if wants_control(data) else loaded


def _check(task: TaskConfig, data: DataConfig) -> None:
    if task.kind not in LOADERS:
        raise RequestError(
            "task.kind", task.kind, "there is no such kind", nearest(task.kind, LOADERS)
        )
    for key, value, least in (
        ("data.max_train", data.max_train, 1),
        ("data.max_test", data.max_test, 1),
        ("data.split_seed", data.split_seed, 0),
        ("data.label_seed", data.label_seed, 0),
    ):
        if value is not None and value < least:
            raise RequestError(key, value, "this is too small", f"give {least} or more")
    if data.labels.lower() not in LABELS:
        raise RequestError("data.labels", data.labels, "this is not known",
                           nearest(data.labels, LABELS))  # fmt: skip
    if _share(task, "val_share") + _share(task, "test_share") >= 1:
        raise RequestError(
            "task.val_share", getattr(task, "val_share", None), "nothing is left for train",
            "give shares above 0 whose sum is below 1, as in task.val_share=0.2",
        )  # fmt: skip


def _share(task: TaskConfig, name: str) -> float:
    share = float(getattr(task, name, 0.2))
    if not 0 < share < 1:
        raise RequestError(f"task.{name}", share, "this is no share", "give one between 0 and 1")
    return share
