"""The playground's tokenizers: one token per word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from brodmann.playground.lexicon import vocabulary

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
"""Special tokens of the masked backbones; their places are their ids."""
CAUSAL_SPECIALS = ("<pad>", "<unk>", "<s>", "</s>", "|")
"""Special tokens of the causal one; the last stands between two texts."""
MAX_POSITIONS = 192
"""Longest input of the nano backbones, in tokens."""


def build_tokenizer(words: Sequence[str] = ()) -> PreTrainedTokenizerFast:
    """A fast tokenizer with ``[CLS] text [SEP]`` and ``[CLS] text [SEP] text [SEP]``.

    Args:
        words: The vocabulary; that of the playground's tasks when not given.
    """
    roles = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    return _build(
        dict(zip(roles, SPECIALS, strict=True)),
        words or vocabulary(),
        ("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1"),
        ["input_ids", "token_type_ids", "attention_mask"],
    )


def build_causal_tokenizer(words: Sequence[str]) -> PreTrainedTokenizerFast:
    """A fast tokenizer with ``<s> text`` and ``<s> text | text``; a read-out reads the last token.

    Args:
        words: The vocabulary.
    """
    roles = ("pad_token", "unk_token", "bos_token", "eos_token", "sep_token")
    return _build(
        dict(zip(roles, CAUSAL_SPECIALS, strict=True)),
        words,
        ("<s> $A", "<s> $A | $B"),
        ["input_ids", "attention_mask"],
    )


def _build(
    roles: dict[str, str], vocabulary: Sequence[str], forms: tuple[str, str], inputs: list[str]
) -> Any:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    names = dict.fromkeys((*roles.values(), *vocabulary))
    words = {word: index for index, word in enumerate(names)}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token=roles["unk_token"]))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    used = {part.split(":")[0] for form in forms for part in form.split() if part[0] != "$"}
    tokenizer.post_processor = processors.TemplateProcessing(
        single=forms[0],
        pair=forms[1],
        special_tokens=[(name, words[name]) for name in roles.values() if name in used],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=MAX_POSITIONS,
        model_input_names=inputs,
        **roles,
    )
