"""The shape of a small masked language model, for a pre-training that a CPU can end.

``python -m benchmarks.small_encoder FOLDER task=corpus/wikipedia data.mirror=DIR``: an untrained
ModernBERT and a WordPiece vocabulary of the corpus's own training texts, as a folder that
``model=hf model.path=FOLDER method=pretrain`` reads. Few words and rotary positions, since a small
model spends its first thousands of steps on how frequent each word is: with BERT's learnt positions
it had not come further after 4,000 steps, with these it has after 750.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from brodmann.config.compose import compose_train
from brodmann.tasks import load_task

SPECIALS = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]",
            "sep_token": "[SEP]", "mask_token": "[MASK]"}  # fmt: skip


def vocabulary_of(texts: Sequence[str], words: int) -> Any:
    """A lower-casing WordPiece tokenizer of so many words, learnt from the texts."""
    from tokenizers import BertWordPieceTokenizer, processors
    from transformers import PreTrainedTokenizerFast

    learnt = BertWordPieceTokenizer(lowercase=True)
    learnt.train_from_iterator(
        texts, vocab_size=words, special_tokens=list(SPECIALS.values()), show_progress=False
    )
    learnt.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, learnt.token_to_id(name)) for name in ("[CLS]", "[SEP]")],
    )  # fmt: skip
    return PreTrainedTokenizerFast(tokenizer_object=learnt._tokenizer, **SPECIALS)


def write(folder: Path, tokenizer: Any, layers: int, width: int, neurons: int) -> None:
    """Random weights, configuration and tokenizer."""
    import torch
    from transformers import ModernBertConfig, ModernBertForMaskedLM

    torch.manual_seed(0)
    ends = {"bos": tokenizer.cls_token_id, "cls": tokenizer.cls_token_id,
            "eos": tokenizer.sep_token_id, "sep": tokenizer.sep_token_id}  # fmt: skip
    config = ModernBertConfig(
        vocab_size=len(tokenizer), hidden_size=width, num_hidden_layers=layers,
        num_attention_heads=width // 48, intermediate_size=neurons, max_position_embeddings=128,
        global_attn_every_n_layers=1, pad_token_id=tokenizer.pad_token_id,
        **{f"{name}_token_id": place for name, place in ends.items()},
    )  # fmt: skip
    ModernBertForMaskedLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def main() -> None:
    """Parse, learn the vocabulary, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("overrides", nargs="+")
    parser.add_argument("--words", type=int, default=4096)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--width", type=int, default=192)
    parser.add_argument("--neurons", type=int, default=512)
    own = parser.parse_args()
    config = compose_train([*own.overrides, "method=pretrain", "model=nano"])
    texts = [text for (text,) in load_task(config.task, config.data).train.inputs]
    write(own.folder, vocabulary_of(texts, own.words), own.layers, own.width, own.neurons)


if __name__ == "__main__":
    main()
