"""Which split of a source trains, validates and tests."""

from __future__ import annotations

from brodmann.config.schema import CorpusTask, ImageTask, TextTask
from brodmann.errors import RequestError, nearest
from brodmann.tasks.parts import ROLES

NO_TEST = "the task names no test split"
"""Why a test split is taken out of train, where the source has others."""


def roles_of(
    task: TextTask | ImageTask | CorpusTask, source: str, splits: list[str]
) -> dict[str, str]:
    """The source's split for each role; what is left out is taken out of train.

    A source with nothing but the training split is divided in three, even if the task names
    other splits; a source that has other splits, but not the named ones, is refused.

    Args:
        task: Names the splits.
        source: The source's name, for messages.
        splits: Those that the source has.

    Returns:
        ``train``, and ``val`` and ``test`` where the source serves them.

    Raises:
        RequestError: A named split is missing, or serves two roles.

    Example:
        >>> roles_of(TextTask(train="train", test="validation"), "a copy", ["train"])
        {'train': 'train'}
    """
    named = {role: getattr(task, role) for role in ROLES if getattr(task, role) is not None}
    if splits == [task.train]:
        return {"train": task.train}
    for role, split in named.items():
        if split not in splits:
            raise RequestError(
                f"task.{role}", split, f"{source} has no such split", nearest(split, splits, 9)
            )
        if list(named.values()).count(split) > 1:
            raise RequestError(
                f"task.{role}", split, "this split serves two purposes",
                "give each its own, or task.val=null to take validation out of train",
            )  # fmt: skip
    return named


def reason_of(task: TextTask | ImageTask | CorpusTask, source: str, splits: list[str]) -> str:
    """Why a test split is taken out of train, where it is."""
    return f"{source} has only the split {task.train}" if len(splits) == 1 else NO_TEST
