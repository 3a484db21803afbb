"""From documents to sequences of one length: every token once, nothing padded.

The standard recipe (Liu et al. 2019, section 4.2, "full sentences"; Brown et al. 2020, section
2.2): documents follow one another with a separator after each, and the whole is cut into pieces,
whatever document they belong to. Pieces of encoders stand between their first and last special
token, as texts do. Tokens attend to all of their piece, other documents included.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brodmann.errors import RequestError

BLOCK = 1000
"""Documents that are tokenised in one call."""
Encode = Callable[[list[str]], Sequence[Sequence[int]]]
"""Texts -> their token ids, without special tokens."""


@dataclass(frozen=True)
class Frame:
    """Special tokens of a packed sequence.

    Attributes:
        separator: Put after every document.
        start: First token of every sequence; None without one.
        end: Last token of every sequence; None without one.
    """

    separator: int
    start: int | None = None
    end: int | None = None

    @property
    def own(self) -> int:
        """Tokens of a sequence that are not of the documents."""
        return (self.start is not None) + (self.end is not None)


def frame_of(tokenizer: Any, kind: str) -> Frame:
    """The special tokens that a backbone's sequences have.

    Args:
        tokenizer: Of the backbone.
        kind: ``encoder`` or ``decoder``.

    Raises:
        RequestError: It has neither a separator nor an end token.
    """
    ends = [tokenizer.eos_token_id, tokenizer.sep_token_id]
    separator = next(
        (i for i in (ends if kind == "decoder" else ends[::-1]) if i is not None), None
    )
    if separator is None:
        raise RequestError("model", tokenizer.name_or_path, "its tokenizer has no end token",
                           "give it a sep_token or an eos_token")  # fmt: skip
    if kind == "decoder":
        return Frame(separator)
    return Frame(separator, tokenizer.cls_token_id, tokenizer.sep_token_id)


def pack(documents: Sequence[str], encode: Encode, frame: Frame, length: int) -> NDArray[np.int32]:
    """Packed sequences; what is left at the end and fills none is dropped.

    Args:
        documents: Texts.
        encode: Tokenises without special tokens.
        frame: The special tokens.
        length: Tokens of a sequence, special ones included.

    Returns:
        Token ids, int32 ``[sequences, length]``; none where the documents are too short for one.

    Example:
        >>> letters = lambda texts: [[ord(letter) - 96 for letter in text] for text in texts]
        >>> pack(["abc", "de"], letters, Frame(separator=0, start=30), 4).tolist()
        [[30, 1, 2, 3], [30, 0, 4, 5]]
    """
    room = length - frame.own
    parts = [np.zeros(0, np.int32)]
    for first in range(0, len(documents), BLOCK):
        rows = encode(list(documents[first : first + BLOCK]))
        parts.append(np.fromiter(
            (token for row in rows for token in (*row, frame.separator)), np.int32
        ))  # fmt: skip
    stream = np.concatenate(parts)
    whole = stream[: len(stream) // room * room].reshape(-1, room)
    ends = [np.full((len(whole), int(i is not None)), i or 0) for i in (frame.start, frame.end)]
    return np.concatenate([ends[0], whole, ends[1]], axis=1).astype(np.int32)


def fills_one(documents: Sequence[str], encode: Encode, room: int) -> bool:
    """Whether documents, with a separator after each, have ``room`` tokens or more.

    No more of them is tokenised than it takes.
    """
    found = 0
    for first in range(0, len(documents), BLOCK):
        found += sum(len(row) + 1 for row in encode(list(documents[first : first + BLOCK])))
        if found >= room:
            return True
    return False


def refuse_short(split: str, length: int) -> RequestError:
    """What to say of a split that does not fill one sequence.

    Args:
        split: ``train``, ``validation`` or ``test``.
        length: Tokens of a sequence.
    """
    return RequestError(
        "data.max_length", length, f"the corpus's {split} split is shorter than one such sequence",
        "give a smaller data.max_length, or a longer corpus (its shares: task.val_share and "
        "task.test_share)",
    )  # fmt: skip
