"""Generated texts: cue words say what a text's latents are, fillers are noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

PAD, MASK = 0, 1
SYNONYMS = 3
"""Cue words for every value of a latent."""
FILLERS = 400
"""Words that stand for no latent."""
SPARE = (6, 12)
"""Fewest and most fillers of a text."""


@dataclass(frozen=True)
class Lexicon:
    """Which word is which.

    Attributes:
        values: How many values each latent has.
    """

    values: tuple[int, ...]

    def cue(self, latent: int, value: int, synonym: int = 0) -> int:
        """Number of a cue word."""
        return 2 + SYNONYMS * (sum(self.values[:latent]) + value) + synonym

    @property
    def first_filler(self) -> int:
        """Number of the first filler."""
        return 2 + SYNONYMS * sum(self.values)

    def __len__(self) -> int:
        return self.first_filler + FILLERS


def texts(lexicon: Lexicon, latents: NDArray[np.int64], random: np.random.Generator) -> Tensor:
    """Texts of cue words and fillers in random order, padded on the right.

    Args:
        lexicon: The words.
        latents: Value of every latent, ``[N, L]``; -1 where a text does not mention it.
        random: Draws synonyms, fillers and order.

    Returns:
        Long ``[N, T]``.
    """
    rows = []
    for values in latents:
        words = [lexicon.cue(latent, int(value), int(random.integers(SYNONYMS)))
                 for latent, value in enumerate(values) if value >= 0]  # fmt: skip
        fillers = random.integers(FILLERS, size=random.integers(SPARE[0], SPARE[1] + 1))
        row = np.array([*words, *(fillers + lexicon.first_filler)])
        rows.append(torch.as_tensor(random.permutation(row)))
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=PAD)
