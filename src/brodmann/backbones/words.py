"""Label words: one token each, or refused with words that are."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Any

from brodmann.errors import RequestError

MARKS = "\u0120\u2581 "
"""How vocabularies write a leading space."""


def label_word_ids(tokenizer: Any, words: list[str], kind: str) -> list[int]:
    """The token of each label word.

    Encoders read a word at the start, so the bare word is tried first, as in the released code of
    Wang et al. (2022), then the word after a space; decoders the other way round.

    Args:
        tokenizer: A ``tokenizers.Tokenizer``, or a tokenizer of transformers that holds one.
        words: One per class.
        kind: Of the backbone: ``encoder``, ``decoder``, ``encoder_decoder``.

    Returns:
        One token id per word.

    Raises:
        RequestError: A word is unknown, of several tokens, or has the token of another word.
    """
    core = getattr(tokenizer, "backend_tokenizer", tokenizer)
    ids = [_single(core, word, kind) for word in words]
    for index, token in enumerate(ids):
        if token in ids[:index]:
            raise RequestError(
                "task.label_words", words[index], "two label words are the same token",
                f"give different words{or_classifier(kind)}",
            )  # fmt: skip
    return ids


def _single(core: Any, word: str, kind: str) -> int:
    spellings = (f" {word}", word) if kind == "decoder" else (word, f" {word}")
    pieces: list[str] = []
    for text in spellings:
        encoding = core.encode(text, add_special_tokens=False)
        known = [i for i in encoding.ids if i not in unknown_ids(core)]
        if len(encoding.ids) == 1 and known:
            return int(encoding.ids[0])
        pieces = pieces or encoding.tokens
    unknown = len(pieces) <= 1
    problem = (
        "the tokenizer does not know it" if unknown else f"it is {len(pieces)} tokens {pieces}"
    )
    raise RequestError("task.label_words", word, problem,
                       f"{_alternatives(core, word)}{or_classifier(kind)}")  # fmt: skip


def or_classifier(kind: str) -> str:
    """The way without label words, as the end of a hint, where a kind of backbone has it."""
    return ", or type readout.name=classifier" if kind == "encoder" else ""


def unknown_ids(core: Any) -> set[int]:
    """Ids of the tokens that stand for what is not in the vocabulary.

    Args:
        core: A ``tokenizers.Tokenizer``.
    """
    names = {"[UNK]", "<unk>", getattr(core.model, "unk_token", None)} - {None}
    return {i for name in names if (i := core.token_to_id(name)) is not None}


def _alternatives(core: Any, word: str) -> str:
    vocabulary = {token.strip(MARKS) for token in core.get_vocab()}
    names = sorted(t for t in vocabulary if t.isalpha() and len(t) > 2)
    close = get_close_matches(word, names, n=4, cutoff=0.5)
    return f"single tokens near it: {', '.join(close)}" if close else "give words of one token"


def single_token_words(folder: Path, kind: str) -> list[str]:
    """Whole alphabetic words of three letters or more that the tokenizer has as one token.

    Args:
        folder: The checkpoint's.
        kind: Of its family; as for ``label_word_ids``.

    Returns:
        Lower-case words, sorted.

    Raises:
        RequestError: The checkpoint has no ``tokenizer.json``.
    """
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise RequestError("model.path", folder, "there is no tokenizer.json", "convert it first")
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    words = {tokenizer.decode([index]).strip() for index in tokenizer.get_vocab().values()}
    plain = sorted(w for w in words if len(w) > 2 and w.isascii() and w.isalpha() and w.islower())
    return [word for word in plain if _is_one(tokenizer, word, kind)]


def _is_one(tokenizer: Any, word: str, kind: str) -> bool:
    try:
        label_word_ids(tokenizer, [word], kind)
    except RequestError:
        return False
    return True
