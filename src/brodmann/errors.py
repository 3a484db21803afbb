"""The errors a person may see, and the one form in which they are said."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class BrodmannError(Exception):
    """Base of every error that this package raises on purpose."""


class RequestError(BrodmannError):
    """The request was wrong: exit code 2, one readable line, no trace.

    Args:
        key: The configuration key at fault, as the user types it (``method.length``).
        value: The value that was given; ``""`` when none was.
        problem: What is wrong with it, in a few words.
        hint: What to type instead.

    Example:
        >>> print(RequestError("task", "sst3", "there is no such task", "did you mean sst2?"))
        task=sst3: there is no such task; did you mean sst2?
        >>> print(RequestError("--gpu", "", "there is no such flag", "type trainer=gpu"))
        --gpu: there is no such flag; type trainer=gpu
    """

    def __init__(self, key: str, value: object, problem: str, hint: str) -> None:
        self.key, self.value, self.problem, self.hint = key, value, problem, hint
        typed = key if value == "" else f"{key}={value}"
        super().__init__(f"{typed}: {problem}; {hint}")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        """Survive the way from a job's process to its parent."""
        return type(self), (self.key, self.value, self.problem, self.hint)


class RunError(BrodmannError):
    """A run could not be finished (non-finite loss, full disk): exit code 1."""


class Interrupted(BrodmannError):
    """A signal asked the run to stop; its state is saved.

    Args:
        code: The exit code to leave with (130 after Ctrl-C, 143 after SIGTERM).
    """

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"interrupted (exit code {code})")


def nearest(word: str, known: Iterable[str], count: int = 3) -> str:
    """The known names closest to a word, as the end of a message.

    Example:
        >>> nearest("promt", ["prompt", "adapter"])
        'did you mean prompt?'
        >>> nearest("xyz", ["prompt", "adapter"])
        'known: adapter, prompt'
    """
    names = sorted(known)
    close = get_close_matches(word, names, n=count, cutoff=0.6)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"known: {', '.join(names)}" if names else "none is known"
