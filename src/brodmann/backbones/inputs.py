"""What a backbone is fed: a text's embeddings with prompts and [MASK] in their places."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor

PER_EXAMPLE = ("embeds", "attention_mask", "token_type_ids", "position_ids", "content")
"""Fields of ``Inputs`` whose first axis counts examples."""


@dataclass
class Inputs:
    """One batch, ready for ``Backbone.hidden``.

    Attributes:
        embeds: Input embeddings [B, T, width]; for images the pixels [B, C, H, W].
        attention_mask: 1 where a token is, 0 on padding: long [B, T].
        token_type_ids: Long [B, T], for families that take them.
        position_ids: Long [B, T], for decoders, whose padding is on the left.
        read: Position of the read-out.
        with_mask: Whether that position is an inserted [MASK].
        cls: Position of the first token of the text (an encoder's [CLS]).
        prompt: Positions of the prompts.
        content: Bool [B, T]: tokens of the text, without special tokens, padding, prompts, [MASK].
        prompts: Vectors [P, width] that a vision backbone inserts itself.
        predicted: Positions whose states predict a token, in the flattened [B * T]: long [M];
            language modelling only, where no prompts stand beside the text.
    """

    embeds: Tensor
    attention_mask: Tensor | None = None
    token_type_ids: Tensor | None = None
    position_ids: Tensor | None = None
    read: int = 0
    with_mask: bool = False
    cls: int = 0
    prompt: slice = field(default_factory=lambda: slice(0, 0))
    content: Tensor | None = None
    prompts: Tensor | None = None
    predicted: Tensor | None = None

    def repeat(self, times: int) -> Inputs:
        """The same examples several times over, one whole batch after the other."""
        if times == 1:
            return self
        repeated: dict[str, Any] = {}
        for name in PER_EXAMPLE:
            values = getattr(self, name)
            if values is not None:
                repeated[name] = values.repeat(times, *[1] * (values.ndim - 1))
        return replace(self, **repeated)
