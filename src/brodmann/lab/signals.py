"""Signals that ask a run to stop: what is done about them, and with which exit code."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

from brodmann.errors import Interrupted

EXIT_CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}
"""Signal -> the code to leave with."""
Handler = Callable[[int, FrameType | None], None]
"""As ``signal.signal`` takes it: the signal's number and the frame."""


@contextlib.contextmanager
def handling(handler: Handler, *numbers: signal.Signals) -> Iterator[bool]:
    """Answer signals by a handler of one's own, and give them back afterwards.

    Outside the main thread nothing changes: Python gives signals to the main thread alone.

    Args:
        handler: As ``signal.signal`` wants it.
        numbers: Which signals.

    Yields:
        Whether the handler is in place.
    """
    if threading.current_thread() is not threading.main_thread():
        yield False
        return
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield True
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def leave(number: int, frame: FrameType | None) -> None:
    """Stop at once.

    Raises:
        Interrupted: Always.
    """
    raise Interrupted(EXIT_CODES[signal.Signals(number)])
