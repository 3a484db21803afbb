"""The transformer whose weights are set by hand: attention, FFNs, a residual stream, no norms."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Attention(nn.Module):
    """One head of softmax attention over the attended positions.

    Args:
        width: Size of the residual stream.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width, bias=False)

    def forward(self, states: Tensor, attended: Tensor) -> Tensor:
        """Weighted means of the values, float ``[B, T, D]``."""
        fits = self.query(states) @ self.key(states).transpose(1, 2) / states.shape[-1] ** 0.5
        fits = fits.masked_fill(~attended[:, None, :], torch.finfo(fits.dtype).min)
        mixed: Tensor = fits.softmax(-1) @ self.value(states)
        return mixed


class FFN(nn.Module):
    """``out(relu(up(x)))``; its neurons are the inputs of ``out``.

    Args:
        width: Size of the residual stream, D.
        units: Neurons.
    """

    def __init__(self, width: int, units: int) -> None:
        super().__init__()
        self.up = nn.Linear(width, units)
        self.out = nn.Linear(units, width)

    def forward(self, states: Tensor) -> Tensor:
        """Float ``[B, T, D]``."""
        written: Tensor = self.out(self.up(states).relu())
        return written


class Block(nn.Module):
    """Attention, then an FFN, each added to the stream.

    Args:
        width: Size of the residual stream, D.
        units: Neurons of the FFN.
    """

    def __init__(self, width: int, units: int) -> None:
        super().__init__()
        self.attention = Attention(width)
        self.ffn = FFN(width, units)

    def forward(self, states: Tensor, attended: Tensor) -> Tensor:
        """Float ``[B, T, D]``."""
        states = states + self.attention(states, attended)
        return states + self.ffn(states)


class PlantedTransformer(nn.Module):
    """Embeddings, blocks, and label words that are read at [MASK]. All weights start at zero.

    Args:
        width: Size of the residual stream, D.
        units: Neurons of each block.
        blocks: How many blocks.
        words: Size of the vocabulary.
        labels: Label words of all tasks together.
    """

    def __init__(self, width: int, units: int, blocks: int, words: int, labels: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, width)
        self.blocks = nn.ModuleList(Block(width, units) for _ in range(blocks))
        self.head = nn.Linear(width, labels)
        for parameter in self.parameters():
            nn.init.zeros_(parameter)
            parameter.requires_grad_(False)

    def forward(self, embeds: Tensor, attended: Tensor) -> Tensor:
        """The stream after the last block.

        Args:
            embeds: Float ``[B, T, D]``.
            attended: Bool ``[B, T]``.
        """
        states = embeds
        for block in self.blocks:
            states = block(states, attended)
        return states
