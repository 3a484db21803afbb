"""Generated corpora as plain texts: what ``task=corpus/playground`` pre-trains on.

A corpus of another world is one more row of ``DOCUMENTS``.
"""

from __future__ import annotations

from collections.abc import Callable

from brodmann.errors import RequestError, nearest
from brodmann.playground import world
from brodmann.playground.corpus import corpus


def _summed(size: int, seed: int) -> list[str]:
    """The nano backbone's own corpus: texts beside a word that sums them up."""
    return [" ".join([*one.lead, *one.inner, *one.texts, *one.tail]) for one in corpus(size, seed)]


DOCUMENTS: dict[str, Callable[[int, int], list[str]]] = {
    "corpus": _summed,
    "world": world.documents,
}
"""Name of a corpus -> its documents from ``(how many, the language's seed)``."""


def documents(name: str, size: int, seed: int) -> list[str]:
    """The documents of a generated corpus, the same whenever they are asked for.

    Args:
        name: A row of ``DOCUMENTS``.
        size: How many documents.
        seed: Of the generated language.

    Raises:
        RequestError: There is no such corpus.

    Example:
        >>> documents("corpus", 3, seed=0) == documents("corpus", 3, seed=0)
        True
    """
    if name not in DOCUMENTS:
        raise RequestError("task.corpus", name, "the playground has no such corpus",
                           nearest(name, DOCUMENTS))  # fmt: skip
    return DOCUMENTS[name](size, seed)
