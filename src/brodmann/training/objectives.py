"""Language modelling: which tokens of packed sequences are predicted, and from what.

An objective is a pure function of sequences and chance; chance is drawn for each sequence from
(seed, step, sequence), so that it depends neither on the number of devices nor on what ran before.
An evaluation draws from the sequence alone, so that all of them, of all seeds, ask the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from brodmann.config.schema import PretrainConfig

TRAINING, EVALUATION = 1, 2
"""Streams of chance."""
KEPT_MASK, KEPT_RANDOM = 0.8, 0.9
"""Of the predicted tokens, those below the first become [MASK], those below the second any word."""


class Posed(NamedTuple):
    """What a batch of sequences asks.

    Attributes:
        inputs: Token ids that the backbone reads, int64 ``[B, T]``.
        predicted: Positions whose states predict, in the flattened ``[B * T]``: int64 ``[M]``.
        labels: The tokens that are predicted there, int64 ``[M]``.
    """

    inputs: NDArray[np.int64]
    predicted: NDArray[np.int64]
    labels: NDArray[np.int64]


Objective = Callable[[NDArray[np.int64], NDArray[np.int64], int | None], Posed]
"""``(sequences [B, T], their numbers [B], step or None) -> what is asked``."""


@dataclass(frozen=True)
class Masked:
    """Masked tokens (Devlin et al. 2019, section 3.1 and appendix A.1).

    Of every sequence ``rate`` of its tokens (special ones left out), rounded, one at least, are
    predicted: 80 % of them are read as [MASK], 10 % as a random word, 10 % as they are. Their
    number is fixed and not drawn, so that batches cost alike.

    Attributes:
        words: Ids of the ordinary tokens, ascending, int64 ``[W]``.
        mask: Id of [MASK].
        rate: Share of the tokens that is predicted.
        seed: The run's.
    """

    words: NDArray[np.int64]
    mask: int
    rate: float
    seed: int

    def __call__(self, ids: NDArray[np.int64], rows: NDArray[np.int64], step: int | None) -> Posed:
        """Draw which tokens are predicted, and what stands in their places."""
        order, kind, word = self._chance(ids.shape[1], rows, step)
        ordinary = self.predictable(ids)
        counts = np.maximum(1, np.rint(self.rate * ordinary.sum(1))).astype(np.int64)
        ranked = np.sort(np.where(ordinary, order, 2.0), axis=1)
        chosen = ordinary & (order <= np.take_along_axis(ranked, counts[:, None] - 1, axis=1))
        drawn = self.words[(word * len(self.words)).astype(np.int64)]
        shown = np.where(kind < KEPT_MASK, self.mask, np.where(kind < KEPT_RANDOM, drawn, ids))
        return Posed(np.where(chosen, shown, ids), np.flatnonzero(chosen), ids[chosen])

    def predictable(self, ids: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Tokens that may be predicted: all but special ones, bool of the same shape."""
        ordinary = np.zeros(max(int(ids.max(initial=0)), int(self.words[-1])) + 1, dtype=bool)
        ordinary[self.words] = True
        return ordinary[ids]

    def labels(self, ids: NDArray[np.integer]) -> NDArray[np.int64]:
        """All tokens of sequences that may be predicted."""
        return ids[self.predictable(ids)].astype(np.int64)

    def _chance(
        self, length: int, rows: NDArray[np.int64], step: int | None
    ) -> NDArray[np.float64]:
        """Numbers from [0, 1), float64 ``[3, B, T]``."""
        start = [EVALUATION] if step is None else [TRAINING, self.seed, step]
        drawn = [
            np.random.Generator(np.random.PCG64([*start, row])).random((3, length))
            for row in rows.tolist()
        ]
        return np.stack(drawn, axis=1)


@dataclass(frozen=True)
class Causal:
    """The next token, from those before it; every token but the first is predicted."""

    def __call__(self, ids: NDArray[np.int64], rows: NDArray[np.int64], step: int | None) -> Posed:
        """Nothing is drawn: each state predicts the token that follows."""
        places = np.arange(ids.size).reshape(ids.shape)[:, :-1]
        return Posed(ids, places.reshape(-1), ids[:, 1:].reshape(-1))

    def labels(self, ids: NDArray[np.integer]) -> NDArray[np.int64]:
        """All tokens of sequences that are predicted."""
        return ids[:, 1:].reshape(-1).astype(np.int64)


def build_objective(
    name: str, tokenizer: Any, words: int, settings: PretrainConfig, seed: int
) -> Masked | Causal:
    """The objective of a run.

    Args:
        name: ``mlm`` or ``clm``.
        tokenizer: Names the special tokens.
        words: Rows of the backbone's embedding; ids beyond the tokenizer's are never drawn.
        settings: The share of masked tokens.
        seed: The run's.
    """
    if name == "clm":
        return Causal()
    ordinary = np.setdiff1d(np.arange(min(words, len(tokenizer))), tokenizer.all_special_ids)
    return Masked(ordinary.astype(np.int64), tokenizer.mask_token_id, settings.mask_rate, seed)
