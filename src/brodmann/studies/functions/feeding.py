"""A function's texts as batches, with the tokens of the word in question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from brodmann.neurons.subject import Batch
from brodmann.tasks.data import Examples
from brodmann.tasks.functions.question import Span
from brodmann.training.feeder import TextFeeder


class FunctionFeeder:
    """Texts, tokenised once.

    Args:
        examples: Texts and labels of a split.
        targets: Where the word in question is in each first text; None where there is none.
        backbone: Names tokenizer and padding side.
        max_length: Longest text in tokens.
        pair: ``pair`` or ``concat``.
    """

    def __init__(
        self, examples: Examples, targets: Sequence[Span | None], backbone: Any, max_length: int,
        pair: str,
    ) -> None:  # fmt: skip
        self._texts = TextFeeder(examples, backbone, max_length, pair)
        self._inputs: Any = examples.inputs
        self._targets, self._tokenizer, self._longest = targets, backbone.tokenizer, max_length
        self._left = backbone.kind == "decoder"

    def lengths_of(self, rows: NDArray[np.int64]) -> tuple[int, ...]:
        """Lengths of some texts, in tokens."""
        return self._texts.lengths_of(rows)

    def batch(self, rows: NDArray[np.int64]) -> Batch:
        """``input_ids``, ``attention_mask`` and ``target``, bool, ``[B, T]`` each."""
        batch = self._texts.batch(rows)
        if any(self._targets[row] is not None for row in rows):
            batch["target"] = self._target(rows, batch["input_ids"].shape[1])
        return batch

    def _target(self, rows: NDArray[np.int64], width: int) -> torch.Tensor:
        mask = torch.zeros(len(rows), width, dtype=torch.bool)
        for place, row in enumerate(rows.tolist()):
            inside = self._inside(row)
            start = width - len(inside) if self._left else 0
            mask[place, start : start + len(inside)] = torch.tensor(inside)
        return mask

    def _inside(self, row: int) -> list[bool]:
        """Which tokens of a text touch the word in question."""
        span = self._targets[row]
        told = self._tokenizer(
            *self._inputs[row], truncation=True, max_length=self._longest,
            return_offsets_mapping=True,
        )  # fmt: skip
        return [
            span is not None and of == 0 and begin < span[1] and end > span[0]
            for of, (begin, end) in zip(told.sequence_ids(), told["offset_mapping"], strict=True)
        ]
