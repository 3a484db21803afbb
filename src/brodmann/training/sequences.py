"""The feeder of language modelling: packed sequences, held as one array of token ids."""

from __future__ import annotations

from functools import cached_property, partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from brodmann.backbones.backbone import Backbone
from brodmann.tasks.data import Examples
from brodmann.tasks.packing import frame_of, pack, refuse_short
from brodmann.training.feeder import Batch
from brodmann.training.objectives import Causal, Masked


class SequenceFeeder:
    """Documents, tokenised once and packed; an example is a sequence.

    Args:
        examples: Documents.
        split: ``train``, ``validation`` or ``test``, for messages.
        backbone: Names tokenizer and kind.
        length: Tokens of a sequence.
        objective: What is predicted.

    Attributes:
        ids: The packed sequences, int32 ``[sequences, length]``.

    Raises:
        RequestError: The documents do not fill one sequence.
    """

    def __init__(
        self,
        examples: Examples,
        split: str,
        backbone: Backbone,
        length: int,
        objective: Masked | Causal,
    ) -> None:
        tokenizer = backbone.tokenizer
        texts = [text for (text,) in examples.inputs]
        encode = partial(_encode, tokenizer)
        self.ids = pack(texts, encode, frame_of(tokenizer, backbone.kind), length)
        self._objective = objective
        if not len(self.ids):
            raise refuse_short(split, length)

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        """All tokens that may be predicted."""
        return self._objective.labels(self.ids)

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """The one length, of every sequence."""
        return (self.ids.shape[1],) * len(self.ids)

    def lengths_of(self, indices: NDArray[np.int64]) -> tuple[int, ...]:
        """The one length, of each."""
        return (self.ids.shape[1],) * len(indices)

    def batch(self, indices: NDArray[np.int64], step: int | None = None) -> Batch:
        """What some sequences ask: ``predicted``, ``label`` and ``row`` are ``[M]``."""
        ids = self.ids[indices].astype(np.int64)
        posed = self._objective(ids, indices, step)
        inputs = torch.from_numpy(posed.inputs)
        return {
            "input_ids": inputs,
            "attention_mask": torch.ones_like(inputs),
            "predicted": torch.from_numpy(posed.predicted),
            "label": torch.from_numpy(posed.labels),
            "row": torch.from_numpy(indices[posed.predicted // ids.shape[1]]),
            "index": torch.from_numpy(indices),
        }


def _encode(tokenizer: Any, texts: list[str]) -> list[list[int]]:
    found: list[list[int]] = tokenizer(
        texts, add_special_tokens=False, return_attention_mask=False, verbose=False
    )["input_ids"]
    return found
