"""Nano backbones with random weights: the shapes that recipes ask for."""

from __future__ import annotations

from typing import Any

import torch

from brodmann.playground.recipe import AnyRecipe
from brodmann.playground.tokenizer import CAUSAL_SPECIALS, MAX_POSITIONS

INITIAL = 0.05
"""Standard deviation of the initial weights."""


def build_model(recipe: AnyRecipe, seed: int, words: int) -> Any:
    """A backbone with its LM head: BERT's architecture, or OPT's for a causal recipe.

    Args:
        recipe: Shape and objective.
        seed: Of the weights.
        words: Size of the vocabulary.
    """
    from transformers import BertForMaskedLM, OPTForCausalLM

    causal = recipe.objective == "causal"
    model = OPTForCausalLM if causal else BertForMaskedLM
    config = _opt(recipe, words) if causal else _bert(recipe, words)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return model(config)


def _bert(recipe: AnyRecipe, words: int) -> Any:
    from transformers import BertConfig

    relu: dict[str, Any] = {"hidden_act": "relu"} if recipe.objective == "masked" else {}
    return BertConfig(
        vocab_size=words,
        hidden_size=recipe.width,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        intermediate_size=4 * recipe.width,
        max_position_embeddings=MAX_POSITIONS,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=INITIAL,
        **relu,
    )


def _opt(recipe: AnyRecipe, words: int) -> Any:
    from transformers import OPTConfig

    pad, _, first, last, _ = range(len(CAUSAL_SPECIALS))
    return OPTConfig(
        vocab_size=words,
        hidden_size=recipe.width,
        word_embed_proj_dim=recipe.width,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        ffn_dim=4 * recipe.width,
        activation_function="relu",
        max_position_embeddings=MAX_POSITIONS,
        dropout=0.0,
        attention_dropout=0.0,
        layerdrop=0.0,
        init_std=INITIAL,
        pad_token_id=pad,
        bos_token_id=first,
        eos_token_id=last,
    )
