"""Which texts of the world are kept for examples: a fifth of them, told from the text alone."""

from __future__ import annotations

from zlib import crc32

SHARE = 5
"""One text in so many is never written into the corpus."""


def held_out(*texts: str) -> bool:
    """Whether a text belongs to the examples of functions, so that no corpus may hold it.

    Args:
        texts: The text, or the texts of a pair.

    Example:
        >>> held_out("the wolf slept"), held_out("the bear slept")
        (False, False)
    """
    return crc32(" | ".join(texts).encode()) % SHARE == 0
