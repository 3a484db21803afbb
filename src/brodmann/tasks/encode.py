"""From texts to token ids, once for all of them; from rows of ids to padded tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from brodmann.errors import RequestError, nearest

if TYPE_CHECKING:
    import torch

PAIRS = ("pair", "concat")
"""``data.pair``: the tokenizer's own way, or joined without a separator (the paper's code)."""


class Encoded(NamedTuple):
    """One text, or two, as tokens.

    Attributes:
        input_ids: Token ids, special tokens included.
        token_type_ids: 0 or 1 per token, for tokenizers that tell two texts apart.
    """

    input_ids: list[int]
    token_type_ids: list[int] | None


def encode_texts(
    inputs: Sequence[tuple[str, ...]], tokenizer: Any, max_length: int | None, pair: str
) -> list[Encoded]:
    """Tokenise all texts of a split in one call.

    Args:
        inputs: One or two texts per row; rows may differ.
        tokenizer: Of the backbone.
        max_length: Longest row in tokens, special tokens included; of two texts the longer one
            is cut first. None cuts nothing.
        pair: ``pair`` or ``concat`` (Wang et al. 2022: the second text follows the first at once).

    Returns:
        One row per text, without padding.

    Raises:
        RequestError: ``pair`` is neither.
    """
    if pair not in PAIRS:
        raise RequestError("data.pair", pair, "this is not known", nearest(pair, PAIRS))
    joined = [("".join(texts),) for texts in inputs] if pair == "concat" else inputs
    found: dict[int, Encoded] = {}
    for count in {len(texts) for texts in joined}:
        rows = [row for row, texts in enumerate(joined) if len(texts) == count]
        found |= zip(rows, _alike([joined[row] for row in rows], tokenizer, max_length),
                     strict=True)  # fmt: skip
    return [found[row] for row in range(len(joined))]


def _alike(
    inputs: Sequence[tuple[str, ...]], tokenizer: Any, max_length: int | None
) -> list[Encoded]:
    """The same of rows with equally many texts."""
    columns = [list(column) for column in zip(*inputs, strict=True)]
    rows = tokenizer(
        *columns, truncation=max_length is not None, max_length=max_length,
        return_attention_mask=False,
    )  # fmt: skip
    types = rows.get("token_type_ids") or [None] * len(inputs)
    return [Encoded(*row) for row in zip(rows["input_ids"], types, strict=True)]


def collate_text(rows: Sequence[Encoded], pad_id: int, side: str) -> dict[str, torch.Tensor]:
    """Pad rows to the longest of them.

    Args:
        rows: Tokenised texts.
        pad_id: Token id of padding.
        side: ``right`` or ``left``: where padding goes.

    Returns:
        ``input_ids`` and ``attention_mask``, int64 [B, T], and ``token_type_ids`` where rows have
        them (0 on padding).

    Example:
        >>> rows = [Encoded([5, 6, 7], None), Encoded([8], None)]
        >>> collate_text(rows, 0, "left")["input_ids"].tolist()
        [[5, 6, 7], [0, 0, 8]]
    """
    import torch

    longest = max(len(row.input_ids) for row in rows)

    def padded(values: list[list[int]], fill: int) -> torch.Tensor:
        gaps = [[fill] * (longest - len(one)) for one in values]
        pairs = zip(gaps, values, strict=True)
        return torch.tensor([g + v if side == "left" else v + g for g, v in pairs])

    ids = [row.input_ids for row in rows]
    batch = {
        "input_ids": padded(ids, pad_id),
        "attention_mask": padded([[1] * len(i) for i in ids], 0),
    }
    types = [row.token_type_ids for row in rows if row.token_type_ids is not None]
    return {**batch, "token_type_ids": padded(types, 0)} if len(types) == len(rows) else batch
