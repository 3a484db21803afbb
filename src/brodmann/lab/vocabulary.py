"""Whether a backbone's tokenizer knows the words that a task is about, found without torch.

A tokenizer of whole words reads a text of another language as one unknown token after the other;
what is measured on such texts looks like a result and is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from brodmann.backbones.source import ModelSource
from brodmann.backbones.words import unknown_ids
from brodmann.config.schema import TrainConfig
from brodmann.errors import RequestError
from brodmann.tasks.data import TaskData
from brodmann.tasks.functions import FunctionData
from brodmann.tasks.functions.question import Span
from brodmann.tasks.parts import ROLES

REFUSED = 0.5
"""Share of unknown tokens above which texts without labels are refused."""
NOTED = 0.1
"""Share of unknown tokens above which it is said."""
LOOKED_AT = 1000
"""Texts of each split that are counted, evenly spaced."""
SHOWN = 5
"""Words that a message names."""
_KNOWN: dict[tuple[str, ...], str | None] = {}
"""What was found of a task's texts and a tokenizer: the jobs of a study share it."""


def vocabulary_note(config: TrainConfig, data: TaskData, source: ModelSource) -> str | None:
    """What is to be said of words that the tokenizer does not know.

    Args:
        config: The request's settings.
        data: The task's splits, of texts.
        source: The backbone.

    Returns:
        A sentence for the run's header where a tenth of the tokens or more are unknown.

    Raises:
        RequestError: Above one half of a corpus's or a function's tokens are unknown, or all words
            that a question is about.
    """
    path = source.folder / "tokenizer.json"
    if not path.is_file():
        return None
    text = path.read_text(encoding="utf-8")
    key = (data.digest, repr(config.task), repr(config.data), config.model.name, text)
    if key not in _KNOWN:
        from tokenizers import Tokenizer

        _KNOWN[key] = _found(config, data, Tokenizer.from_str(text))
    return _KNOWN[key]


def _found(config: TrainConfig, data: TaskData, core: Any) -> str | None:
    unknown = unknown_ids(core)
    share = _unknown_share(core, list(_texts(data)), unknown)
    if isinstance(data, FunctionData) and (words := _unknown_words(core, data, unknown)):
        told = ", ".join(words[:SHOWN]) + (", ..." if len(words) > SHOWN else "")
        problem = f"does not know the words that {len(words)} of {len(data.questions)} questions"
        raise _refusal(config, f"{problem} are about ({told})")
    if share > REFUSED and data.goal != "classes":
        raise _refusal(config, f"does not know {share:.0%} of the tokens of its texts")
    if share < NOTED:
        return None
    return f"{share:.0%} of the texts' tokens are unknown to the tokenizer of {_typed(config)}"


def _texts(data: TaskData) -> Iterator[str]:
    for role in ROLES:
        rows = getattr(data, role).inputs
        for texts in rows[:: max(1, len(rows) // LOOKED_AT)]:
            yield from texts


def _unknown_share(core: Any, texts: Sequence[str], unknown: set[int]) -> float:
    found = core.encode_batch(texts, add_special_tokens=False)
    ids = np.array([token for one in found for token in one.ids], dtype=np.int64)
    return float(np.isin(ids, list(unknown)).mean()) if len(ids) else 0.0


def _unknown_words(core: Any, data: FunctionData, unknown: set[int]) -> list[str]:
    """Questions about words none of which the tokenizer knows."""
    asked = [
        (data.questions[question], str(texts[0]), span)
        for split, one in data.asked.items()
        for question, texts, span in zip(
            one.question, getattr(data, split).inputs, one.targets, strict=True
        )
        if span is not None
    ]
    read = core.encode_batch([text for _, text, _ in asked], add_special_tokens=False)
    known: dict[str, bool] = {}
    for (name, _, span), one in zip(asked, read, strict=True):
        known[name] = known.get(name, False) or _knows(one, span, unknown)
    return [name for name, is_known in known.items() if not is_known]


def _knows(read: Any, span: Span, unknown: set[int]) -> bool:
    return any(
        token not in unknown and start < span[1] and end > span[0]
        for token, (start, end) in zip(read.ids, read.offsets, strict=True)
    )


def _typed(config: TrainConfig) -> str:
    named = f"model={config.model.name}"
    return f"{named} model.path={config.model.path}" if config.model.path else named


def _refusal(config: TrainConfig, problem: str) -> RequestError:
    task, path = config.task.name, config.data.path
    key, value = ("data.path", path) if path else ("task", task)
    if task.startswith("functions/"):
        key, value = "functions", f"[{task.removeprefix('functions/')}]"
    return RequestError(
        key, value, f"the tokenizer of {_typed(config)} {problem}",
        f"use a model that knows them, such as model={config.task.backbone}",
    )  # fmt: skip
