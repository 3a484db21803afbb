"""Control labels: what can be learned of words alone (Hewitt and Liang 2019).

Each word has a label of its own, drawn at random, and an example has the label of one of its
first words: at the place, the same for all examples, where words vary most. There is nothing to
know about such labels: whatever predicts them has memorised words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from brodmann.config.schema import DataConfig
from brodmann.errors import RequestError
from brodmann.tasks.data import Examples, TaskData

LABELS = ("true", "control")
"""Values of ``data.labels``."""
PLACES = 8
"""Places at the beginning of a text that are looked at: models read these of every text."""
DRAWS = 256
"""Assignments of words to classes that are looked at; the best balanced one is taken."""


def wants_control(data: DataConfig) -> bool:
    """Whether control labels are asked for.

    Example:
        >>> wants_control(DataConfig()), wants_control(DataConfig(labels="control"))
        (False, True)
    """
    return data.labels.lower() == "control"


def with_control_labels(loaded: TaskData, seed: int) -> TaskData:
    """The same examples with control labels, by one rule in train, validation and test.

    A word's label is a hash of the word and the seed. Of ``DRAWS`` such hashes the one is taken
    whose class shares, mean over the splits, come closest to the task's.

    Args:
        loaded: A text task with its true labels.
        seed: ``data.label_seed``.

    Raises:
        RequestError: The task has images, or so few words that a class would be empty.
    """
    if loaded.modality != "text":
        raise RequestError("data.labels", "control", "images have no words",
                           "use data.labels=true")  # fmt: skip
    place, words = control_words(loaded)
    splits = (loaded.train, loaded.val, loaded.test)
    table = _assignment(words, [split.labels for split in splits], len(loaded.classes), seed)
    labels = [np.array([table[word] for word in split], dtype=np.int64) for split in words]
    train, val, test = (
        Examples(split.inputs, one) for split, one in zip(splits, labels, strict=True)
    )
    digest = hashlib.sha256(f"{loaded.digest} control {place} {seed}".encode()).hexdigest()
    largest = np.bincount(labels[0]).max() / len(labels[0])
    note = (f"control labels: by word {place + 1} of the text, {len(table):,} different ones, "
            f"largest class {100 * largest:.0f} %")  # fmt: skip
    return replace(loaded, train=train, val=val, test=test, digest=digest,
                   notes=(*loaded.notes, note))  # fmt: skip


def control_words(data: TaskData) -> tuple[int, list[list[str]]]:
    """The words that control labels hang on.

    Args:
        data: A text task.

    Returns:
        Their place in the first text, 0 for the first word: of the first ``PLACES`` the one with
        the largest effective number of words in the training split; and the words of the
        training, validation and test examples.
    """
    train = data.train.inputs
    varied = [effective_number([word_at(one, place) for one in train]) for place in range(PLACES)]
    best = int(np.argmax(varied))
    splits = (data.train, data.val, data.test)
    return best, [[word_at(texts, best) for texts in split.inputs] for split in splits]


def word_at(texts: Sequence[str], place: int) -> str:
    """A word of the first text in lower case; empty where it is shorter.

    Example:
        >>> word_at(("The film was dull", "not at all"), 1)
        'film'
    """
    words = texts[0].split(maxsplit=place + 1)
    return words[place].lower() if place < len(words) else ""


def effective_number(words: Sequence[str]) -> float:
    """How many equally frequent words would be as varied (inverse Simpson index).

    Example:
        >>> effective_number(["a", "b", "a", "b"])
        2.0
    """
    shares = np.unique(words, return_counts=True)[1] / len(words)
    return float(1 / (shares**2).sum())


def _assignment(
    words: Sequence[Sequence[str]],
    labels: Sequence[NDArray[np.int64]],
    classes: int,
    seed: int,
) -> dict[str, int]:
    """Word -> class, by the best balanced of the drawn hashes."""
    known = sorted({word for split in words for word in split})
    place = {word: index for index, word in enumerate(known)}
    shares = np.mean([np.bincount(one, minlength=classes) / len(one) for one in labels], 0)
    drawn = hashed_classes(known, shares, seed)
    distance, empty = np.zeros(DRAWS), np.zeros(DRAWS, dtype=bool)
    for split in words:
        counts = np.bincount([place[word] for word in split], minlength=len(known))
        found = np.stack([counts @ (drawn == one) for one in range(classes)], 1) / len(split)
        distance += np.abs(found - shares).sum(1)
        empty |= (found == 0).any(1)
    if empty.all():
        raise RequestError(
            "data.labels", "control",
            f"the examples have {len(known)} words to tell by, too few for {classes} classes",
            "use data.labels=true, or another data.label_seed",
        )  # fmt: skip
    best = int(np.where(empty, np.inf, distance).argmin())
    return {word: int(drawn[index, best]) for word, index in place.items()}


def hashed_classes(
    words: Sequence[str], shares: NDArray[np.float64], seed: int
) -> NDArray[np.int64]:
    """Classes of words in every draw, from SHAKE-256 of seed and word.

    Args:
        words: Any number.
        shares: Probability of each class, ``[C]``.
        seed: Any.

    Returns:
        int64 ``[words, DRAWS]``.
    """
    numbers = np.stack([
        np.frombuffer(hashlib.shake_256(f"{seed} {word}".encode()).digest(4 * DRAWS), "<u4")
        for word in words
    ])  # fmt: skip
    limits = np.cumsum(shares)[:-1]
    return np.searchsorted(limits, numbers / 2.0**32, side="right").astype(np.int64)
