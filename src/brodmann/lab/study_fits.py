"""Settings of a study that its model or its functions do not have, found without torch."""

from __future__ import annotations

from collections.abc import Sequence

from brodmann.config.mistakes import as_typed
from brodmann.config.studies import StudyConfig
from brodmann.errors import RequestError
from brodmann.lab.prepare import Prepared
from brodmann.tasks.functions import FunctionData

GATES = ("gate", "both")
"""``study.rows`` that need a gate."""


def check_fits(config: StudyConfig, prepared: Sequence[Prepared]) -> None:
    """Refuse settings that ask for what is not there.

    Args:
        config: The study.
        prepared: A run of each of its tasks or functions.

    Raises:
        RequestError: Rows of a gate that the FFNs do not have, or tokens of a word that a function
            is not about.
    """
    for one in prepared:
        _check_rows(config, one)
        _check_tokens(config, one)


def _check_rows(config: StudyConfig, one: Prepared) -> None:
    rows = getattr(config.study, "rows", None)
    used = "clustering" in getattr(config.study, "partitions", ["clustering"])
    if rows in GATES and used and not one.source.family.gated:
        raise RequestError("study.rows", rows,
                           f"the FFNs of model={one.config.model.name} have no gate",
                           "type study.rows=up or study.rows=output")  # fmt: skip


def _check_tokens(config: StudyConfig, one: Prepared) -> None:
    tokens, data = getattr(config.study, "tokens", None), one.data
    if tokens != "target" or not isinstance(data, FunctionData):
        return
    if any(span is None for asked in data.asked.values() for span in asked.targets):
        name = one.config.task.name.removeprefix("functions/")
        others = [task.removeprefix("functions/") for task in config.task]
        left = [other for other in others if other != name]
        instead = f", or type functions={as_typed(left)}" if left else ""
        raise RequestError("study.tokens", tokens, f"functions=[{name}] asks about no single word",
                           f"type study.tokens=content{instead}")  # fmt: skip
