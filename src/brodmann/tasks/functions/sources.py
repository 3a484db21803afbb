"""Where questions come from: senses of words, relations, classification tasks, the playground."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from brodmann.config.schema import DataConfig, FunctionsTask, TextTask
from brodmann.errors import RequestError
from brodmann.tasks.data import Examples
from brodmann.tasks.functions.question import Question, Span
from brodmann.tasks.source import open_source


def _table(task: FunctionsTask, data: DataConfig, columns: list[str]) -> dict[str, list[object]]:
    """Columns of the hub data set, or of the local copy of it."""
    if task.id is None:
        raise RequestError("task.id", "null", f"{task.name} reads a data set of the hub",
                           "give its id, as in task.id=owner/name")  # fmt: skip
    source = open_source(
        TextTask(name=task.name, id=task.id, config=task.config, revision=task.revision),
        data.mirror,
    )
    source.check_columns({"task.id": columns})
    if task.split not in source.splits:
        raise RequestError("task.split", task.split, f"{source.name} has no such split",
                           f"it has: {', '.join(source.splits)}")  # fmt: skip
    table = source.read(task.split, columns)
    return {name: table[name].to_pylist() for name in columns}


def span_of(word: str, text: str, last: bool = False) -> Span | None:
    """Where a word stands in a text; whole words only, however they are written.

    Args:
        word: The word.
        text: The text.
        last: Its last place instead of its first.

    Example:
        >>> span_of("bank", "Banks by the bank.")
        (13, 17)
    """
    found = list(re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", text, flags=re.IGNORECASE))
    return found[-1 if last else 0].span() if found else None


def senses(task: FunctionsTask, data: DataConfig) -> list[Question]:
    """A question for every ambiguous word: which of its two commonest senses (SemCor).

    The same sentence may hold a word twice; it is one group.
    """
    table = _table(task, data, ["lemma", "sense", "sentence", "word"])
    rows: dict[str, list[int]] = {}
    for row, lemma in enumerate(table["lemma"]):
        rows.setdefault(str(lemma), []).append(row)
    return [_word(lemma, table, mine) for lemma, mine in sorted(rows.items())]


def _word(lemma: str, table: dict[str, list[object]], rows: Sequence[int]) -> Question:
    names = sorted({str(table["sense"][row]) for row in rows})
    seen: dict[str, int] = {}
    for row in rows:
        seen.setdefault(str(table["sentence"][row]), row)
    kept = sorted(seen.values())
    texts = [str(table["sentence"][row]) for row in kept]
    return Question(
        lemma, tuple((text,) for text in texts),
        tuple(int(table["sense"][row] == names[-1]) for row in kept),
        tuple(span_of(str(table["word"][row]), text)
              for row, text in zip(kept, texts, strict=True)),
        tuple(range(len(kept))),
    )  # fmt: skip


def relations(task: FunctionsTask, data: DataConfig) -> list[Question]:
    """A question for every relation: is the statement true (WordNet)?

    A subject's true and corrupted statements are one group.
    """
    table = _table(task, data, ["relation", "subject", "object", "sentence", "label"])
    names = sorted({str(name) for name in table["relation"]})
    return [_relation(name, table) for name in names]


def _relation(name: str, table: dict[str, list[object]]) -> Question:
    rows = [row for row, each in enumerate(table["relation"]) if each == name]
    subjects = np.unique([str(table["subject"][row]) for row in rows], return_inverse=True)[1]
    texts = [str(table["sentence"][row]) for row in rows]
    return Question(
        name, tuple((text,) for text in texts),
        tuple(int(table["label"][row] == 1) for row in rows),
        tuple(span_of(str(table["object"][row]), text, last=True)
              for row, text in zip(rows, texts, strict=True)),
        tuple(int(one) for one in subjects),
    )  # fmt: skip


def tasks(task: FunctionsTask, data: DataConfig) -> list[Question]:
    """Questions of classification tasks: class 1 against 0; of more classes one fewer than classes.

    Each class is asked against those after it, so that no question says again what others say (of
    MNLI two, as in the paper). The task's own test split is held out.
    """
    from brodmann.config.compose import compose_train
    from brodmann.tasks import load_task

    if not task.tasks:
        raise RequestError("task.tasks", "[]", f"{task.name} names no task",
                           "name some, as in task.tasks=[sst2,mnli]")  # fmt: skip
    found = []
    for name in task.tasks:
        loaded = load_task(compose_train([f"task={name}"]).task, data)
        found += contrasts(name, loaded.train, loaded.test, loaded.classes)
    return found


def contrasts(name: str, train: Examples, test: Examples, classes: Sequence[str]) -> list[Question]:
    """The questions of one task.

    Args:
        name: Of the task.
        train: Its training examples.
        test: Its test examples, which are held out.
        classes: Their names, by class id.

    Example:
        >>> six = Examples([("a",), ("b",), ("c",)], np.array([0, 1, 2]))
        >>> [(one.name, one.labels) for one in contrasts("nli", six, six, ["e", "n", "c"])]
        [('nli.e', (1, 0, 0, 1, 0, 0)), ('nli.n', (1, 0, 1, 0))]
    """
    if len(classes) == 2:
        return [_contrast(name, train, test, 1, (0, 1))]
    ids = range(len(classes))
    return [_contrast(f"{name}.{classes[one]}", train, test, one, ids[one:]) for one in ids[:-1]]


def _contrast(
    name: str, train: Examples, test: Examples, positive: int, among: Sequence[int]
) -> Question:
    texts = [*train.inputs, *test.inputs]
    labels = np.concatenate([train.labels, test.labels])
    rows = np.flatnonzero(np.isin(labels, list(among))).tolist()
    return Question(
        name, tuple(texts[row] for row in rows),
        tuple(int(labels[row] == positive) for row in rows),
        (None,) * len(rows), tuple(rows), tuple(row >= len(train) for row in rows),
    )  # fmt: skip


def generated(task: FunctionsTask, data: DataConfig) -> list[Question]:
    """Questions of the playground: senses of its ambiguous words, or its facts."""
    from brodmann.playground.functions import draw

    return [Question(*one) for one in draw(str(task.draw), task.seed, task.per_label)]
