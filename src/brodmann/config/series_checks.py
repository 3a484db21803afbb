"""Which checkpoints a study on pre-training follows, as far as the request alone tells."""

from __future__ import annotations

from collections.abc import Sequence

from brodmann.config.mistakes import as_typed, refuse_repeated, rise
from brodmann.config.studies import FEWEST, EmergenceSettings
from brodmann.errors import RequestError

REVISIONS_LIKE = "as in study.revisions=[0:step0,1000:step1000,2000:step2000]"
"""How revisions are typed."""


def revision_pairs(texts: Sequence[str]) -> list[tuple[int, str]]:
    """Steps and revisions of ``study.revisions``.

    Args:
        texts: ``step:revision`` of each.

    Raises:
        RequestError: Another form, steps that do not rise, or too few of them.

    Example:
        >>> revision_pairs(["0:step0", "1:step1", "1000:main"])
        [(0, 'step0'), (1, 'step1'), (1000, 'main')]
    """
    key, pairs = "study.revisions", [text.partition(":")[::2] for text in texts]
    for (step, revision), text in zip(pairs, texts, strict=True):
        if not step.isdigit() or not revision:
            raise RequestError(key, text, "this names no step and revision", REVISIONS_LIKE)
    steps = [int(step) for step, _ in pairs]
    _refuse_falling(key, steps, as_typed(texts))
    if len(steps) < FEWEST:
        raise RequestError(key, as_typed(texts), f"these are fewer than {FEWEST} checkpoints",
                           REVISIONS_LIKE)  # fmt: skip
    return [(int(step), revision) for step, revision in pairs]


def check_followed(own: EmergenceSettings) -> None:
    """Refuse checkpoints that cannot be followed: each once, in order, enough, from one source.

    Args:
        own: The study's settings.

    Raises:
        RequestError: See above.
    """
    if own.runs and own.revisions:
        raise RequestError("study.revisions", as_typed(own.revisions),
                           "study.runs says already what is followed",
                           "leave out one of the two")  # fmt: skip
    refuse_repeated("study.runs", own.runs)
    if own.revisions:
        revision_pairs(own.revisions)
    kept = own.checkpoints
    _refuse_falling("study.checkpoints", kept, as_typed(kept))
    if own.runs or own.revisions or own.steps is None:
        return
    if own.steps < FEWEST - 1:
        raise RequestError("study.steps", own.steps, f"a run has {FEWEST} checkpoints at least",
                           f"give {FEWEST - 1} or more")  # fmt: skip
    if kept and len({0, own.steps, *(step for step in kept if step <= own.steps)}) < FEWEST:
        raise RequestError("study.checkpoints", as_typed(kept),
                           f"with 0 and the last step these are fewer than {FEWEST}",
                           f"name steps between 0 and {own.steps}")  # fmt: skip


def _refuse_falling(key: str, steps: Sequence[int], typed: str) -> None:
    if not rise(steps):
        raise RequestError(key, typed, "these steps do not rise from 0 on",
                           "list each once, the earlier ones first")  # fmt: skip
