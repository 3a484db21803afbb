"""Whether the hub answers, found out in seconds; what is cached serves when it does not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from brodmann.errors import RequestError

PATIENCE = 8.0
"""Seconds that the hub has to answer, name look-ups included."""


@contextmanager
def reached(identity: str, revision: str) -> Iterator[str | None]:
    """Ask the hub for a data set; when it does not answer, work offline within the block.

    Args:
        identity: Hub id, ``owner/name``.
        revision: Branch, tag or commit.

    Yields:
        The commit that the revision is now; None when the hub does not answer or is not to be
        asked (``HF_HUB_OFFLINE=1``).

    Raises:
        RequestError: The hub has no such data set or revision.
    """
    answer = _within(PATIENCE, lambda: _commit(identity, revision))
    if answer is not None:
        yield answer
        return
    with _offline():
        yield None


def _commit(identity: str, revision: str) -> str | None:
    from huggingface_hub import HfApi
    from huggingface_hub.errors import (
        HFValidationError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    try:
        return HfApi().dataset_info(identity, revision=revision, timeout=PATIENCE / 2).sha
    except RevisionNotFoundError as error:
        raise RequestError(
            "task.revision", revision, f"{identity} has no such revision",
            "as in task.revision=main",
        ) from error  # fmt: skip
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise RequestError(
            "task.id", identity, "the hub has no such open data set",
            "give its id as owner/name, or local copies with data.mirror=DIR",
        ) from error  # fmt: skip
    except Exception:
        # Which error says "no network" depends on the HTTP library behind huggingface_hub.
        return None


def _within(seconds: float, ask: Callable[[], Any]) -> Any:
    """The answer of ``ask``, or None if it takes longer: a name look-up has no timeout."""
    box: dict[str, Any] = {}

    def run() -> None:
        try:
            box["answer"] = ask()
        except RequestError as error:
            box["error"] = error

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if "error" in box:
        raise box["error"]
    return box.get("answer")


@contextmanager
def _offline() -> Iterator[None]:
    """Let the libraries answer from their caches at once, as under ``HF_HUB_OFFLINE=1``."""
    import datasets
    from huggingface_hub import constants

    before = (datasets.config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE)
    datasets.config.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        datasets.config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE = before
