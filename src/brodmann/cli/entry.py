"""From exceptions to exit codes: 0 done, 1 failed, 2 the request was wrong, 130 Ctrl-C."""

from __future__ import annotations

import sys
from collections.abc import Callable

from brodmann.errors import BrodmannError, Interrupted, RequestError


def run_entry(body: Callable[[list[str]], int], arguments: list[str]) -> int:
    """Call a command and say in one line what went wrong.

    Args:
        body: The command; it returns an exit code.
        arguments: ``sys.argv[1:]``.

    Returns:
        The exit code.
    """
    debug = "debug=true" in (argument.lower().lstrip("+") for argument in arguments)
    try:
        return body(arguments)
    except Interrupted as stopped:
        print("stopped; the same command goes on from here", file=sys.stderr)
        return stopped.code
    except KeyboardInterrupt:
        print("stopped; the same command goes on from here", file=sys.stderr)
        return 130
    except BrodmannError as error:
        if debug:
            raise
        print(f"{_label(error)}: {error}", file=sys.stderr)
        return 2 if isinstance(error, RequestError) else 1
    except Exception as error:
        if debug:
            raise
        told = "".join(f", which is also in {note}" for note in getattr(error, "__notes__", ()))
        print(
            f"failed: {type(error).__name__}: {error}; debug=true shows the trace{told}",
            file=sys.stderr,
        )
        return 1


def _label(error: BrodmannError) -> str:
    return "wrong request" if isinstance(error, RequestError) else "failed"
