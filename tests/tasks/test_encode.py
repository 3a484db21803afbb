from __future__ import annotations

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from brodmann.errors import RequestError
from brodmann.tasks.encode import Encoded, collate_text, encode_texts

WORDS = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "a", "b", "c", "d", "ab"]


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    """Splits at blanks; BERT's special tokens and types."""
    made = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 1), ("[SEP]", 2)],
    )  # fmt: skip
    return PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="[PAD]",
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )  # fmt: skip


def test_single_texts(tokenizer: PreTrainedTokenizerFast) -> None:
    rows = encode_texts([("a b c",), ("",)], tokenizer, 4, "pair")
    assert [row.input_ids for row in rows] == [[1, 4, 5, 2], [1, 2]]


def test_pairs_keep_separator_and_types(tokenizer: PreTrainedTokenizerFast) -> None:
    (row,) = encode_texts([("a", "b c")], tokenizer, 10, "pair")
    assert row == Encoded([1, 4, 2, 5, 6, 2], [0, 0, 0, 1, 1, 1])
    (cut,) = encode_texts([("a", "b c d")], tokenizer, 5, "pair")
    assert cut.input_ids == [1, 4, 2, 5, 2]


def test_concatenation_has_no_separator_at_all(tokenizer: PreTrainedTokenizerFast) -> None:
    (row,) = encode_texts([("c a", "b d")], tokenizer, 10, "concat")
    assert row.input_ids == [1, 6, WORDS.index("ab"), 7, 2]


def test_no_limit_no_rows_and_a_wrong_way(tokenizer: PreTrainedTokenizerFast) -> None:
    (row,) = encode_texts([("a " * 2000,)], tokenizer, None, "pair")
    assert len(row.input_ids) == 2002
    assert encode_texts([], tokenizer, 8, "pair") == []
    with pytest.raises(RequestError, match="data.pair=glue"):
        encode_texts([("a",)], tokenizer, 8, "glue")


def test_a_tokenizer_without_types_gives_none(tokenizer: PreTrainedTokenizerFast) -> None:
    bare = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer.backend_tokenizer, pad_token="[PAD]",
        model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip
    (row,) = encode_texts([("a",)], bare, 8, "pair")
    assert row.token_type_ids is None
    assert "token_type_ids" not in collate_text([row], 0, "right")


@pytest.mark.parametrize("side", ["left", "right"])
def test_collation_equals_the_tokenizers_own_padding(
    tokenizer: PreTrainedTokenizerFast, side: str
) -> None:
    texts = [("a b c", "d"), ("a", "b"), ("c d", "a b c d")]
    ours = collate_text(encode_texts(texts, tokenizer, 7, "pair"), 0, side)
    tokenizer.padding_side = side
    theirs = tokenizer(
        *map(list, zip(*texts, strict=True)), truncation=True, max_length=7, padding=True,
        return_tensors="pt",
    )  # fmt: skip
    assert set(ours) == set(theirs)
    for name, tensor in ours.items():
        assert tensor.dtype == torch.int64
        assert torch.equal(tensor, theirs[name])
