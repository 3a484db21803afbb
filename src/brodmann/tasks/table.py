"""A user's own table: ``task=csv data.path= data.text= data.label=``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from brodmann.config.schema import CsvTask, DataConfig
from brodmann.errors import RequestError, nearest
from brodmann.tasks.build import build
from brodmann.tasks.data import TaskData
from brodmann.tasks.labels import class_ids
from brodmann.tasks.parts import part_of


def _delimited(path: Path, separator: str) -> Any:
    import pandas as pd

    return pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def _json_lines(path: Path) -> Any:
    import pandas as pd

    with path.open(encoding="utf-8-sig") as lines:
        return pd.DataFrame([json.loads(line) for line in lines if line.strip()], dtype=object)


def _parquet(path: Path) -> Any:
    import pandas as pd

    return pd.read_parquet(path)


READERS: dict[str, Callable[[Path], Any]] = {
    ".csv": partial(_delimited, separator=","),
    ".tsv": partial(_delimited, separator="\t"),
    ".jsonl": _json_lines,
    ".parquet": _parquet,
}
"""File ending to the function that reads it into a data frame."""


def load_table(task: CsvTask, data: DataConfig) -> TaskData:
    """Read a user's table; its rows are divided in three.

    Classes are the values of the label column, sorted (as numbers, if all are), unless
    ``task.classes`` names them.

    Args:
        task: Shares of the splits.
        data: ``path``, ``text`` and ``label``.

    Raises:
        RequestError: The file, a column or a label is missing.
    """
    hint = "as in data.path=reviews.csv data.text=review data.label=stars"
    path = user_file(data.path, task.name, tuple(READERS), hint)
    wanted = {"data.text": list(data.text), "data.label": [data.label]}
    *columns, labels = user_table(path, wanted)
    texts = list(zip(*columns, strict=True))
    names = _labels(labels, data.label)
    classes = list(task.classes) or _sorted(set(names))
    part = part_of(texts, texts, class_ids(names, classes, None, path.name))
    return build(task, data, {"train": part}, classes, f"{path.name} has no splits of its own")


def user_file(path: str | None, task: str, endings: Sequence[str], hint: str) -> Path:
    """The file that ``data.path`` names.

    Args:
        path: ``data.path``.
        task: Name of the task that needs it.
        endings: Those that are read.
        hint: What to type where no file is named.

    Raises:
        RequestError: None is named, it is not there, or it is of another kind.
    """
    if path is None:
        raise RequestError("data.path", "null", f"task={task} needs a file", hint)
    file = Path(path).expanduser()
    if not file.is_file():
        beside = [one.name for one in file.parent.glob("*") if one.suffix in endings]
        hint = nearest(file.name, beside) if beside else "give the path of a file"
        raise RequestError("data.path", path, "there is no such file", hint)
    if file.suffix.lower() not in endings:
        raise RequestError(
            "data.path", path, f"files ending in {file.suffix or 'nothing'} are not read",
            f"give one ending in {', '.join(endings)}",
        )  # fmt: skip
    return file


def user_table(path: Path, wanted: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Columns of a user's table as texts.

    Args:
        path: A file of one of the kinds in ``READERS``.
        wanted: Setting -> the columns that it names.

    Returns:
        The columns in the order asked for.

    Raises:
        RequestError: The file cannot be read, or a column is missing.
    """
    frame = _frame(path)
    for key, column in ((key, column) for key, columns in wanted.items() for column in columns):
        if column not in frame.columns:
            raise RequestError(
                key, column, f"{path.name} has no such column",
                nearest(column, map(str, frame.columns)),
            )  # fmt: skip
    return [
        [_said(value) for value in frame[one]] for several in wanted.values() for one in several
    ]


def _frame(path: Path) -> Any:
    try:
        return READERS[path.suffix.lower()](path)
    except (ValueError, OSError) as error:
        raise RequestError(
            "data.path", path, f"this cannot be read ({str(error).splitlines()[0][:200]})",
            "give a table in UTF-8 with column names in its first row",
        ) from error  # fmt: skip


def _said(value: object) -> str:
    """A cell as text: nothing as ``""``, whole numbers without a point."""
    if isinstance(value, str):
        return value
    if value is None or value != value:
        return ""
    whole = isinstance(value, float | np.floating) and float(value).is_integer()
    return str(int(value)) if whole else str(value)  # type: ignore[call-overload]


def _labels(names: list[str], column: str) -> list[str]:
    empty = [row for row, name in enumerate(names, start=1) if not name]
    if empty:
        raise RequestError(
            "data.label", column, f"{len(empty):,} rows have no label (first: row {empty[0]})",
            "label them or take them out",
        )  # fmt: skip
    if len(set(names)) < 2:
        raise RequestError(
            "data.label", column, "there are fewer than two classes in this column",
            "name the column of the labels",
        )  # fmt: skip
    return names


def _sorted(names: set[str]) -> list[str]:
    try:
        return sorted(names, key=int)
    except ValueError:
        return sorted(names)
