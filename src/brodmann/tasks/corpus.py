"""Documents without labels: generated, from the hub, or a user's own file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from brodmann.config.schema import CorpusTask, DataConfig
from brodmann.errors import RequestError, nearest
from brodmann.tasks.build import without_duplicates
from brodmann.tasks.control import wants_control
from brodmann.tasks.data import Examples, TaskData
from brodmann.tasks.parts import ROLES, SPOKEN, Part, digest_of, part_of
from brodmann.tasks.roles import roles_of
from brodmann.tasks.source import open_source
from brodmann.tasks.splits import cap, partition
from brodmann.tasks.table import READERS, user_file, user_table
from brodmann.tasks.text import texts_of

PLAIN = ".txt"
"""Ending of a plain text; blank lines part its documents."""


def load_corpus(task: CorpusTask, data: DataConfig) -> TaskData:
    """Read the documents of a corpus, and divide them into training, validation and test.

    A document is in one split only; texts that stand in two are dropped as those of other tasks.

    Args:
        task: Which source and splits.
        data: ``mirror`` or ``path``, caps in documents, the seed of splits.

    Raises:
        RequestError: The source is not there, or a split of it holds no text.
    """
    if task.source not in SOURCES:
        raise RequestError(
            "task.source", task.source, "there is no such source", nearest(task.source, SOURCES)
        )
    if wants_control(data):
        raise RequestError("data.labels", "control", "a corpus has no labels",
                           "use data.labels=true")  # fmt: skip
    whole = {role: _part(texts) for role, texts in SOURCES[task.source](task, data).items()}
    _check_any(task, data, whole)
    shares = {"val": task.val_share, "test": task.test_share}
    split, dropped = without_duplicates(partition(whole, shares, data.split_seed))
    limits = {"train": ("data.max_train", data.max_train)}
    for role in ROLES:
        key, limit = limits.get(role, ("data.max_test", data.max_test))
        split[role] = cap(split[role], role, key, limit, data.split_seed)
    _check_each(task, data, split, sum(map(len, whole.values())))
    train, val, test = (Examples(split[role].inputs, split[role].labels) for role in ROLES)
    rows = {role: split[role].rows for role in ROLES}
    notes = (dropped,) if dropped else ()
    return TaskData(train, val, test, (), rows, digest_of(whole, ()), notes)


def _part(texts: list[str]) -> Part:
    """The documents that hold more than white space, with their rows in the source."""
    inputs = [(text,) for text in texts]
    whole = part_of(inputs, inputs, np.zeros(len(inputs), dtype=np.int64))
    return whole.take(np.flatnonzero([bool(text.strip()) for text in texts]))


def _check_any(task: CorpusTask, data: DataConfig, whole: dict[str, Part]) -> None:
    if not len(whole["train"]):
        key, value = _named(task, data)
        raise RequestError(key, value, "the corpus is empty: it holds no document",
                           "give a corpus with documents")  # fmt: skip


def _check_each(task: CorpusTask, data: DataConfig, split: dict[str, Part], count: int) -> None:
    """Every split has a document; few documents may all have gone to the others."""
    counts = {role: len(split[role]) for role in ROLES}
    empty = [SPOKEN[role] for role in ROLES if not counts[role]]
    if empty:
        key, value = _named(task, data)
        went = ", ".join(f"{n:,} for {SPOKEN[role]}" for role, n in counts.items() if n)
        parted = ", parted by blank lines" if str(data.path).endswith(PLAIN) else ""
        raise RequestError(
            key, value, f"the corpus is too small (documents: {count:,}): "
            f"{went or 'all are alike'}, none for {' and '.join(empty)}",
            f"give a corpus with more documents{parted}",
        )  # fmt: skip


def _named(task: CorpusTask, data: DataConfig) -> tuple[str, str]:
    return ("data.path", data.path) if data.path else ("task", task.name)


def _generated(task: CorpusTask, data: DataConfig) -> dict[str, list[str]]:
    from brodmann.playground.documents import documents

    if task.size < 1:
        raise RequestError("task.size", task.size, "this is too small", "give 1000 or more")
    return {"train": documents(task.corpus, task.size, task.seed)}


def _hub(task: CorpusTask, data: DataConfig) -> dict[str, list[str]]:
    if task.id is None:
        raise RequestError("task.id", "null", "no data set is named", "as in task.id=owner/name")
    source = open_source(task, data.mirror)
    source.check_columns({"task.text": list(task.text)})
    roles = roles_of(task, source.name, source.splits)
    read = {role: source.read(split, list(task.text)) for role, split in roles.items()}
    return {
        role: _joined([texts_of(table, column, source.columns) for column in task.text])
        for role, table in read.items()
    }


def _file(task: CorpusTask, data: DataConfig) -> dict[str, list[str]]:
    path = user_file(data.path, task.name, (*READERS, PLAIN), "as in data.path=documents.txt")
    if path.suffix.lower() == PLAIN:
        return {"train": _plain(path)}
    return {"train": _joined(user_table(path, {"data.text": list(data.text)}))}


def _plain(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise RequestError("data.path", path, f"this cannot be read ({error})",
                           "give a text in UTF-8")  from error  # fmt: skip
    joined = "\n".join(line.rstrip() for line in lines)
    return [text for text in joined.split("\n\n") if text.strip()]


def _joined(columns: list[list[str]]) -> list[str]:
    return ["\n".join(texts) for texts in zip(*columns, strict=True)]


SOURCES: dict[str, Callable[[Any, DataConfig], dict[str, list[str]]]] = {
    "playground": _generated,
    "hub": _hub,
    "file": _file,
}
"""``task.source`` -> the function that reads its documents, by role of their split."""
