"""Functions of a model as binary questions about texts (Zhang et al. 2023, section 3.1).

A *function* (semantic, knowledge, task) has *sub-functions*: one ambiguous word with two senses,
one relation with true and corrupted statements, one classification task. To add a source of
questions, write one function ``(task, data) -> list[Question]`` and add a row to ``SOURCES``.
"""

from __future__ import annotations

from collections.abc import Callable

from brodmann.config.schema import DataConfig, FunctionsTask
from brodmann.errors import RequestError, nearest
from brodmann.tasks.functions import sources
from brodmann.tasks.functions.build import build
from brodmann.tasks.functions.data import Asked, FunctionData
from brodmann.tasks.functions.question import Question

__all__ = ["SOURCES", "Asked", "FunctionData", "Question", "load_functions"]

SOURCES: dict[str, Callable[[FunctionsTask, DataConfig], list[Question]]] = {
    "senses": sources.senses,
    "relations": sources.relations,
    "tasks": sources.tasks,
    "playground": sources.generated,
}
"""``task.source`` -> what reads its questions."""


def load_functions(task: FunctionsTask, data: DataConfig) -> FunctionData:
    """Read a function's questions and split their examples.

    Args:
        task: Which questions, and how many examples.
        data: ``mirror`` and ``split_seed``.

    Raises:
        RequestError: An unknown source, a data set that is not there, or too few examples.
    """
    if task.source not in SOURCES:
        raise RequestError("task.source", task.source, "there is no such source",
                           nearest(task.source, SOURCES))  # fmt: skip
    for key in ("questions", "per_label", "least"):
        value = getattr(task, key)
        if value is not None and value < 2:
            raise RequestError(f"task.{key}", value, "this is too small", "give 2 or more")
    return build(task, data, SOURCES[task.source](task, data))
