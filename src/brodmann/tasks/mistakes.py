"""What ``datasets`` could not do, in our words, with what to type instead."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from brodmann.config.schema import CorpusTask, ImageTask, TextTask
from brodmann.errors import BrodmannError, RequestError, RunError, nearest

DISK = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR}
"""Errors of the disk that the cache is written to, not of the data."""


@dataclass(frozen=True)
class Place:
    """What is being read, and which setting points to it.

    Attributes:
        task: The task's settings.
        name: What a person calls the data.
        key: The setting that says where they are.
        value: Its value.
    """

    task: TextTask | ImageTask | CorpusTask
    name: str
    key: str
    value: str


@contextmanager
def explained(place: Place) -> Iterator[None]:
    """Turn errors of ``datasets`` within the block into ours.

    Args:
        place: What is being read.

    Raises:
        RequestError: The data cannot be reached, found or read.
        RunError: The disk of the cache is full or not writable.
    """
    try:
        yield
    except BrodmannError:
        raise
    except Exception as error:
        cause = error.__cause__ if type(error).__name__ == "DatasetGenerationError" else error
        said = next((say for kind, say in _SAID if isinstance(cause, kind)), _unreadable)
        raise said(place, cause or error) from error


def _unreachable(place: Place, error: Any) -> BrodmannError:
    return RequestError(
        "task", place.task.name,
        f"the hub could not be reached for {place.name}, and no copy is cached",
        f"give local copies with data.mirror=DIR (DIR/{place.task.id})",
    )  # fmt: skip


def _not_found(place: Place, error: Any) -> BrodmannError:
    return RequestError(
        place.key, place.value, f"no data files of {place.name} were found",
        "copy all files of its hub page there",
    )  # fmt: skip


def _of_the_disk(place: Place, error: Any) -> BrodmannError:
    if error.errno not in DISK:
        return _unreadable(place, error)
    return RunError(f"{place.name} could not be cached: {error}")


def _of_a_value(place: Place, error: Any) -> BrodmannError:
    message, _, known = str(error).partition("[")
    if "config" not in message.lower():
        return _unreadable(place, error)
    return RequestError(
        "task.config", place.task.config, f"{place.task.id} has no such configuration",
        nearest(str(place.task.config), re.findall(r"'([^']+)'", known.split("]")[0])),
    )  # fmt: skip


def _unreadable(place: Place, error: Any) -> BrodmannError:
    cause = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
    return RequestError(
        place.key, place.value, f"{place.name} cannot be read ({cause})", "put a whole copy there"
    )


_SAID: tuple[tuple[type[Exception], Callable[[Place, Any], BrodmannError]], ...] = (
    (ConnectionError, _unreachable),
    (FileNotFoundError, _not_found),
    (OSError, _of_the_disk),
    (ValueError, _of_a_value),
)
"""The first row that fits an error says it."""
