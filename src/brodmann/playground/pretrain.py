"""Pre-training of the nano backbones: a compact loop over bucketed documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from brodmann.playground import world
from brodmann.playground.corpus import corpus
from brodmann.playground.masking import encode, encode_text, masked_loss
from brodmann.playground.recipe import AnyRecipe, Recipe, WorldRecipe
from brodmann.playground.shapes import build_model
from brodmann.playground.tokenizer import build_causal_tokenizer, build_tokenizer

Columns = tuple[list[Any], ...]
"""One document's token ids, and whatever else the loss wants per token."""


@dataclass(frozen=True)
class Objective:
    """What a backbone is trained to do.

    Attributes:
        tokenizer: Makes its tokenizer.
        rows: (recipe, seed) -> the corpus, a row per document.
        loss: (model, padded columns [B, T]...) -> scalar.
    """

    tokenizer: Callable[[], Any]
    rows: Callable[[Any, int], list[Columns]]
    loss: Callable[..., torch.Tensor]


def pretrain(
    recipe: AnyRecipe, seed: int, progress: Callable[[int, int], None] | None = None
) -> Any:
    """Train a nano backbone; the result depends on recipe, seed and thread count alone.

    Args:
        recipe: Shape, objective and budget.
        seed: Of the weights, the corpus and the masks.
        progress: Called with (step, steps).

    Returns:
        The model with its LM head, in eval mode.
    """
    objective = OBJECTIVES[recipe.objective]
    model = build_model(recipe, seed, len(objective.tokenizer())).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.lr, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.lr, total_steps=recipe.steps, pct_start=0.1
    )
    for step, batch in enumerate(_batches(objective, recipe, seed), start=1):
        loss = objective.loss(model, *batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        if progress:
            progress(step, recipe.steps)
    return model.eval()


def _batches(
    objective: Objective, recipe: AnyRecipe, seed: int
) -> Iterator[tuple[torch.Tensor, ...]]:
    rows = objective.rows(recipe, seed)
    torch.manual_seed(seed)
    stretch = 50 * recipe.batch
    starts: list[list[Columns]] = []
    for start in range(0, len(rows), stretch):
        part = sorted(rows[start : start + stretch], key=lambda row: len(row[0]))
        groups = [part[i : i + recipe.batch] for i in range(0, len(part), recipe.batch)]
        starts += [groups[i] for i in torch.randperm(len(groups)).tolist()]
    return (_padded(group) for group in starts)


def _padded(rows: list[Columns]) -> tuple[torch.Tensor, ...]:
    longest = max(len(row[0]) for row in rows)
    columns = zip(*rows, strict=True)
    return tuple(torch.tensor([c + [0] * (longest - len(c)) for c in column]) for column in columns)


def next_token_loss(model: Any, ids: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Weighted mean cross-entropy of every next token.

    Args:
        model: An ``OPTForCausalLM``.
        ids: Token ids, padded on the right, int64 [B, T].
        weights: How much each token counts as a target, 0 for padding, float [B, T].
    """
    counted = weights[:, 1:] > 0
    hidden = model.model(ids[:, :-1]).last_hidden_state[counted]
    losses = functional.cross_entropy(model.lm_head(hidden), ids[:, 1:][counted], reduction="none")
    weights = weights[:, 1:][counted]
    return (losses * weights).sum() / weights.sum()


def _summaries(recipe: Recipe, seed: int) -> list[Columns]:
    return [encode(document, recipe) for document in corpus(recipe.steps * recipe.batch, seed)]


def _masked(recipe: WorldRecipe, seed: int) -> list[Columns]:
    ids, weights = world_tokenizer().get_vocab(), _weights(recipe)
    return [
        encode_text(text, ids, recipe.text_rate, weights, world.BETWEEN)
        for text in world.documents(recipe.steps * recipe.batch, seed)
    ]


def _causal(recipe: WorldRecipe, seed: int) -> list[Columns]:
    ids, weights = causal_tokenizer().get_vocab(), _weights(recipe)
    texts = world.documents(recipe.steps * recipe.batch, seed)
    rows = [("<s>", *text.split(), "</s>") for text in texts]
    return [([ids[w] for w in row], [weights.get(w, 1.0) for w in row]) for row in rows]


def _weights(recipe: WorldRecipe) -> dict[str, float]:
    return dict.fromkeys(world.VERDICTS, recipe.verdict_weight)


def world_tokenizer() -> Any:
    """The tokenizer of ``nano_world``."""
    return build_tokenizer(world.vocabulary())


def causal_tokenizer() -> Any:
    """The tokenizer of ``nano_causal``."""
    return build_causal_tokenizer(world.vocabulary())


OBJECTIVES = {
    "summaries": Objective(build_tokenizer, _summaries, masked_loss),
    "masked": Objective(world_tokenizer, _masked, masked_loss),
    "causal": Objective(causal_tokenizer, _causal, next_token_loss),
}
"""``recipe.objective`` -> how it is trained."""
