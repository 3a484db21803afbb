"""Image classification: embedded digits, the hub or a local copy, or a folder of folders."""

from __future__ import annotations

from collections.abc import Callable

from brodmann.config.schema import DataConfig, ImageTask
from brodmann.errors import RequestError, nearest
from brodmann.tasks.build import build
from brodmann.tasks.data import TaskData
from brodmann.tasks.labels import class_ids
from brodmann.tasks.parts import Part, part_of
from brodmann.tasks.pixels import Cell, content, digits, opened
from brodmann.tasks.roles import reason_of, roles_of
from brodmann.tasks.source import Source, open_folder, open_source


def load_image(task: ImageTask, data: DataConfig) -> TaskData:
    """Read an image task.

    Args:
        task: Which source, columns and splits.
        data: ``mirror`` or ``path``, caps and the seed of splits.

    Raises:
        RequestError: Source, split, column or label is not there.
    """
    if task.source not in SOURCES:
        raise RequestError(
            "task.source", task.source, "there is no such source", nearest(task.source, SOURCES)
        )
    return SOURCES[task.source](task, data)


def _digits(task: ImageTask, data: DataConfig) -> TaskData:
    pixels, labels = digits()
    part = part_of(pixels, [image.tobytes() for image in pixels], labels)
    names = [str(digit) for digit in range(10)]
    return build(task, data, {"train": part}, names, "digits has no splits of its own")


def _hub(task: ImageTask, data: DataConfig) -> TaskData:
    if task.id is None:
        raise RequestError("task.id", "null", "no data set is named", "as in task.id=owner/name")
    return _read(task, data, open_source(task, data.mirror))


def _folder(task: ImageTask, data: DataConfig) -> TaskData:
    if data.path is None:
        raise RequestError(
            "data.path", "null", f"task={task.name} needs a folder",
            "give one with a subfolder per class",
        )  # fmt: skip
    return _read(task, data, open_folder(task, data.path))


SOURCES: dict[str, Callable[[ImageTask, DataConfig], TaskData]] = {
    "digits": _digits,
    "hub": _hub,
    "folder": _folder,
}
"""``task.source`` to the function that reads it."""


def _read(task: ImageTask, data: DataConfig, source: Source) -> TaskData:
    source.check_columns({"task.image": [task.image], "task.label": [task.label]})
    classes = list(task.classes) or source.class_names(task.label)
    roles = roles_of(task, source.name, source.splits)
    parts = {role: _part(task, source, split, classes) for role, split in roles.items()}
    reason = reason_of(task, source.name, source.splits)
    return build(task, data, parts, classes, reason, opened)


def _part(task: ImageTask, source: Source, split: str, classes: list[str]) -> Part:
    table = source.read(split, [task.image, task.label])
    stored = table[task.image].to_pylist()
    if not all(isinstance(one, dict) and (one.get("bytes") or one.get("path")) for one in stored):
        raise RequestError(
            "task.image", task.image, "this column holds no images",
            f"name a column of images: {', '.join(source.columns)}",
        )  # fmt: skip
    cells: list[Cell] = [one.get("bytes") or one["path"] for one in stored]
    labels = table[task.label].to_pylist()
    where = f"the split {split} of {source.name}"
    return part_of(cells, [content(c) for c in cells], class_ids(labels, classes, None, where))
