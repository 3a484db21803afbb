"""Masked-language modelling: which words of a text are hidden, and the loss at them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch.nn import functional

from brodmann.playground.corpus import Document
from brodmann.playground.recipe import Recipe
from brodmann.playground.tokenizer import SPECIALS, build_tokenizer

Row = tuple[list[int], list[int], list[float]]
"""Token ids, token types, and the probability with which each token is masked."""


def masked_loss(
    model: Any, ids: torch.Tensor, types: torch.Tensor, rates: torch.Tensor
) -> torch.Tensor:
    """Cross-entropy at the masked positions only; the head sees nothing else.

    Args:
        model: A ``BertForMaskedLM``.
        ids: Token ids, int64 [B, T].
        types: Token types, int64 [B, T].
        rates: Probability with which each is masked, float [B, T].
    """
    wanted = torch.rand(rates.shape) < rates
    masked = torch.where(wanted & (torch.rand(rates.shape) < 0.9), SPECIALS.index("[MASK]"), ids)
    attention = (ids != SPECIALS.index("[PAD]")).long()
    hidden = model.bert(masked, attention_mask=attention, token_type_ids=types).last_hidden_state
    return functional.cross_entropy(model.cls(hidden[wanted]), ids[wanted])


_IDS: dict[str, int] = {}


def encode(document: Document, recipe: Recipe) -> Row:
    """Token ids, types and masking rates of ``lead [CLS] inner texts tail [SEP]``."""
    if not _IDS:
        _IDS.update(build_tokenizer().get_vocab())
    first, *second = document.texts
    head = [*document.lead, "[CLS]", *document.inner]
    body = [*first.split(), *(("[SEP]", *second[0].split()) if second else ())]
    tokens = [*head, *body, *document.tail, "[SEP]"]
    summary = {0: document.lead, len(document.lead) + 1: document.inner}
    places = {at for at, phrase in summary.items() if phrase}
    places |= {len(tokens) - 2} if document.tail else set()
    text = range(len(head), len(head) + len(body))
    places |= {i + 1 for i, token in enumerate(tokens) if token == ":" and i >= len(head)}
    rates = [
        recipe.summary_rate
        if i in places
        else recipe.text_rate
        if i in text and t != "[SEP]"
        else 0.0
        for i, t in enumerate(tokens)
    ]
    turn = len(head) + len(first.split()) + 1
    types = [int(bool(second) and i >= turn) for i in range(len(tokens))]
    return [_IDS[token] for token in tokens], types, rates


def encode_text(
    text: str, ids: Mapping[str, int], rate: float, weights: Mapping[str, float], between: str
) -> Row:
    """Token ids, types and masking rates of ``[CLS] text [SEP]``, or of two texts.

    Args:
        text: Words between blanks.
        ids: Token -> id.
        rate: Share of the words that is masked.
        weights: Word -> how many times as often as others it is.
        between: The mark between two texts.
    """
    words = ["[SEP]" if word == between else word for word in text.split()]
    tokens = ["[CLS]", *words, "[SEP]"]
    turn = tokens.index("[SEP]")
    rates = [0.0 if token in SPECIALS else rate * weights.get(token, 1.0) for token in tokens]
    return [ids[token] for token in tokens], [int(i > turn) for i in range(len(tokens))], rates
