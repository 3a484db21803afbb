"""A function's examples in their splits, with which question each answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from brodmann.tasks.data import TaskData
from brodmann.tasks.functions.question import Span


@dataclass(frozen=True)
class Asked:
    """What stands beside the texts and labels of a split.

    Attributes:
        question: Number of the question that each example answers, int64 ``[n]``.
        group: Examples of one number belong together, int64 ``[n]``.
        targets: Where the word in question is, or None.
    """

    question: NDArray[np.int64]
    group: NDArray[np.int64]
    targets: tuple[Span | None, ...]


@dataclass(frozen=True)
class FunctionData(TaskData):
    """All questions of a function: ``train`` to choose on, ``test`` to report on; no validation.

    Attributes:
        questions: Their names.
        asked: ``train`` and ``test`` -> what belongs to their examples.
    """

    questions: tuple[str, ...] = ()
    asked: Mapping[str, Asked] = field(default_factory=dict)

    @property
    def goal(self) -> str:
        """``questions``: nothing is trained on them."""
        return "questions"
