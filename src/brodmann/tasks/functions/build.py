"""From questions to splits: too small ones left out, large ones capped, groups kept together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from brodmann.config.schema import DataConfig, FunctionsTask
from brodmann.errors import RequestError
from brodmann.tasks.data import Examples
from brodmann.tasks.functions.data import Asked, FunctionData
from brodmann.tasks.functions.question import Question
from brodmann.tasks.parts import digest_of, part_of

SPLITS = ("train", "test")
"""Examples to choose on, and examples to report on."""


def build(task: FunctionsTask, data: DataConfig, questions: Sequence[Question]) -> FunctionData:
    """A function's data.

    Args:
        task: Bounds on questions and examples.
        data: ``split_seed``.
        questions: All that the source has.

    Raises:
        RequestError: No question has enough examples of both answers.
    """
    kept = [one for one in questions if min(one.counts()) >= task.least]
    if not kept:
        raise RequestError(
            "task.least", task.least,
            f"none of the {len(questions)} questions of {task.name} has as many examples of both "
            "answers", f"the largest has {max((min(q.counts()) for q in questions), default=0)}",
        )  # fmt: skip
    chosen = sorted(sorted(kept, key=lambda one: -min(one.counts()))[: task.questions],
                    key=lambda one: one.name)  # fmt: skip
    parts = [_split(one, task, np.random.default_rng([data.split_seed, place]))
             for place, one in enumerate(chosen)]  # fmt: skip
    splits = {
        split: [one.take(rows[split]) for one, rows in zip(chosen, parts, strict=True)]
        for split in SPLITS
    }
    examples = {split: _examples(of_split) for split, of_split in splits.items()}
    whole = [text for one in questions for text in one.texts]
    labels = np.array([label for one in questions for label in one.labels], dtype=np.int64)
    names = [*task.classes, *(f"{one.name} {one.counts()}" for one in questions)]
    empty = Examples([], np.empty(0, dtype=np.int64))
    return FunctionData(
        examples["train"], empty, examples["test"], tuple(task.classes),
        {split: np.arange(len(one)) for split, one in examples.items()},
        digest_of({"train": part_of(whole, whole, labels)}, names), _notes(questions, chosen, task),
        tuple(one.name for one in chosen),
        {split: _asked(of_split) for split, of_split in splits.items()},
    )  # fmt: skip


def _notes(
    questions: Sequence[Question], chosen: Sequence[Question], task: FunctionsTask
) -> tuple[str, ...]:
    """What was left out, where anything was."""
    small = [one.name for one in questions if min(one.counts()) < task.least]
    fewer = len(chosen) < len(questions)
    notes = [f"{len(chosen)} of {len(questions)} questions"] if fewer else []
    notes += [f"fewer than {task.least} examples of an answer: {', '.join(small)}"] if small else []
    return tuple(notes)


def _split(one: Question, task: FunctionsTask, random: np.random.Generator) -> dict[str, list[int]]:
    """Rows of the two splits: whole groups, both answers in equal number and in proportion."""
    held = np.array(one.held, dtype=bool) if one.held else _held(one, task.test_share, random)
    shares = {"train": 1 - task.test_share, "test": task.test_share}
    return {
        split: _balanced(one, np.flatnonzero(held == (split == "test")),
                         round(task.per_label * share), random)
        for split, share in shares.items()
    }  # fmt: skip


def _held(one: Question, share: float, random: np.random.Generator) -> NDArray[np.bool_]:
    """A share of the groups of each kind: those with a yes, with a no, with both."""
    groups, labels = np.asarray(one.groups), np.asarray(one.labels)
    names, member = np.unique(groups, return_inverse=True)
    yes = np.bincount(member, labels) > 0
    no = np.bincount(member, 1 - labels) > 0
    chosen = np.zeros(len(names), dtype=bool)
    for kind in (yes & no, yes & ~no, no & ~yes):
        mine = random.permutation(np.flatnonzero(kind))
        chosen[mine[: round(share * len(mine))]] = True
    return np.asarray(chosen[member])


def _balanced(
    one: Question, rows: NDArray[np.int64], most: int, random: np.random.Generator
) -> list[int]:
    """Equally many of both answers, at most so many of each; groups of both answers come first."""
    labels, groups = np.asarray(one.labels)[rows], np.asarray(one.groups)[rows]
    names, member = np.unique(groups, return_inverse=True)
    keys = random.permutation(len(names))[member]
    taken = [rows[labels == answer][np.argsort(keys[labels == answer], kind="stable")]
             for answer in (0, 1)]  # fmt: skip
    size = min(most, *(len(each) for each in taken))
    return sorted(int(row) for each in taken for row in each[:size])


def _examples(questions: Sequence[Question]) -> Examples:
    texts = [tuple(text) for one in questions for text in one.texts]
    return Examples(texts, np.array([y for one in questions for y in one.labels], dtype=np.int64))


def _asked(questions: Sequence[Question]) -> Asked:
    numbers = [np.full(len(one), place) for place, one in enumerate(questions)]
    first = [0, *accumulate(len(set(one.groups)) for one in questions)]
    groups = [start + np.unique(one.groups, return_inverse=True)[1]
              for start, one in zip(first, questions, strict=False)]  # fmt: skip
    targets = tuple(span for one in questions for span in one.targets)
    return Asked(np.concatenate(numbers).astype(np.int64),
                 np.concatenate(groups).astype(np.int64), targets)  # fmt: skip
