"""Steps at which something is kept or measured: listed, or ever further apart."""

from __future__ import annotations

from collections.abc import Sequence

from brodmann.errors import RequestError


def log_spaced(last: int) -> tuple[int, ...]:
    """0, the powers of two, and the last step.

    Example:
        >>> log_spaced(20)
        (0, 1, 2, 4, 8, 16, 20)
    """
    powers = [1 << place for place in range(last.bit_length()) if 1 << place < last]
    return tuple(sorted({0, *powers, last}))


def chosen_steps(wanted: Sequence[int] | None, last: int, key: str) -> tuple[int, ...]:
    """The steps that are asked for with 0 and the last one; ``log_spaced`` where none are.

    Args:
        wanted: ``method.checkpoints`` or the like.
        last: Steps of the run.
        key: The setting, for messages.

    Raises:
        RequestError: A step lies outside the run.

    Example:
        >>> chosen_steps([10, 5], 20, "method.checkpoints")
        (0, 5, 10, 20)
    """
    if wanted is None:
        return log_spaced(last)
    outside = [step for step in wanted if not 0 <= step <= last]
    if outside:
        raise RequestError(key, f"[{','.join(map(str, wanted))}]", f"the run has {last} steps",
                           f"leave out {', '.join(map(str, outside))}")  # fmt: skip
    return tuple(sorted({0, *wanted, last}))
