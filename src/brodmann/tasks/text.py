"""Text classification from the hub or a local copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brodmann.config.schema import DataConfig, TextTask
from brodmann.errors import RequestError, nearest
from brodmann.tasks.build import build
from brodmann.tasks.data import TaskData
from brodmann.tasks.labels import class_ids
from brodmann.tasks.parts import Part, part_of
from brodmann.tasks.roles import reason_of, roles_of
from brodmann.tasks.source import Source, open_source
from brodmann.tasks.titles import alike

if TYPE_CHECKING:
    import pyarrow as pa

TITLES = ("as_is", "alike")
"""``task.title``: leave it to the source, or see that splits do not differ in having titles."""


def load_text(task: TextTask, data: DataConfig) -> TaskData:
    """Read a text task.

    Args:
        task: Where its columns, labels and splits are.
        data: ``mirror``, caps and the seed of splits.

    Raises:
        RequestError: Source, split, column or label is not there.
    """
    _check(task)
    source = open_source(task, data.mirror)
    source.check_columns({"task.text": list(task.text), "task.label": [task.label]})
    classes = list(task.classes) or source.class_names(task.label)
    roles = roles_of(task, source.name, source.splits)
    parts = {role: _part(task, source, split, classes) for role, split in roles.items()}
    reason = reason_of(task, source.name, source.splits)
    if task.title == "alike":
        parts, odd = alike(parts)
        reason = odd or reason
    return build(task, data, parts, classes, reason)


def _check(task: TextTask) -> None:
    if task.title not in TITLES:
        raise RequestError("task.title", task.title, "this is not known", nearest("", TITLES))
    if len(task.text) not in (1, 2):
        raise RequestError(
            "task.text", list(task.text), "a task has one or two text columns", "name one or two"
        )


def _part(task: TextTask, source: Source, split: str, classes: list[str]) -> Part:
    table = source.read(split, [*task.text, task.label])
    texts = list(
        zip(*(texts_of(table, column, source.columns) for column in task.text), strict=True)
    )
    values = table[task.label].to_pylist()
    where = f"the split {split} of {source.name}"
    return part_of(texts, texts, class_ids(values, classes, task.keep, where))


def texts_of(table: pa.Table, column: str, columns: list[str]) -> list[str]:
    """A column as texts, empty where there is none.

    Args:
        table: Holds the column.
        column: Its name.
        columns: Those of the source, for the message.

    Raises:
        RequestError: It does not hold text.
    """
    values = table[column].to_pylist()
    wrong = next((value for value in values if not isinstance(value, str | None)), None)
    if wrong is not None:
        raise RequestError(
            "task.text", column, f"this column holds {type(wrong).__name__}, not text",
            f"name a text column: {', '.join(columns)}",
        )  # fmt: skip
    return [value or "" for value in values]
