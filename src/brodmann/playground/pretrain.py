"""Masked-language modelling of the nano backbone: a compact loop over bucketed documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.nn import functional

from brodmann.playground.corpus import Document, corpus
from brodmann.playground.recipe import Recipe
from brodmann.playground.tokenizer import MAX_POSITIONS, SPECIALS, build_tokenizer

Row = tuple[list[int], list[int], list[float]]
"""Token ids, token types, and the probability with which each token is masked."""


def build_model(recipe: Recipe, seed: int) -> Any:
    """A BertForMaskedLM with random weights of the recipe's shape."""
    from transformers import BertConfig, BertForMaskedLM

    config = BertConfig(
        vocab_size=len(build_tokenizer()),
        hidden_size=recipe.width,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        intermediate_size=4 * recipe.width,
        max_position_embeddings=MAX_POSITIONS,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=0.05,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return BertForMaskedLM(config)


def pretrain(recipe: Recipe, seed: int, progress: Callable[[int, int], None] | None = None) -> Any:
    """Train the nano backbone; the result depends on recipe, seed and thread count alone.

    Args:
        recipe: Shape and budget.
        seed: Of the weights, the corpus and the masks.
        progress: Called with (step, steps).

    Returns:
        A ``BertForMaskedLM`` in eval mode.
    """
    model = build_model(recipe, seed).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.lr, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.lr, total_steps=recipe.steps, pct_start=0.1
    )
    for step, batch in enumerate(_batches(recipe, seed), start=1):
        loss = _loss(model, *batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        if progress:
            progress(step, recipe.steps)
    return model.eval()


def _loss(model: Any, ids: torch.Tensor, types: torch.Tensor, rates: torch.Tensor) -> torch.Tensor:
    """Cross-entropy at the masked positions only; the head sees nothing else."""
    wanted = torch.rand(rates.shape) < rates
    masked = torch.where(wanted & (torch.rand(rates.shape) < 0.9), SPECIALS.index("[MASK]"), ids)
    attention = (ids != SPECIALS.index("[PAD]")).long()
    hidden = model.bert(masked, attention_mask=attention, token_type_ids=types).last_hidden_state
    return functional.cross_entropy(model.cls(hidden[wanted]), ids[wanted])


def _batches(recipe: Recipe, seed: int) -> Iterator[tuple[torch.Tensor, ...]]:
    rows = [encode(document, recipe) for document in corpus(recipe.steps * recipe.batch, seed)]
    torch.manual_seed(seed)
    stretch = 50 * recipe.batch
    starts: list[list[Row]] = []
    for start in range(0, len(rows), stretch):
        part = sorted(rows[start : start + stretch], key=lambda row: len(row[0]))
        groups = [part[i : i + recipe.batch] for i in range(0, len(part), recipe.batch)]
        starts += [groups[i] for i in torch.randperm(len(groups)).tolist()]
    return (_padded(group) for group in starts)


def _padded(rows: list[Row]) -> tuple[torch.Tensor, ...]:
    longest = max(len(row[0]) for row in rows)
    columns = zip(*rows, strict=True)
    return tuple(torch.tensor([c + [0] * (longest - len(c)) for c in column]) for column in columns)


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
