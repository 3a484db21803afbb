"""Functions of the world as sub-functions with two classes: senses, facts and tasks.

Zhang et al. (2023) ask of every neuron whether it tells two classes of texts apart, for semantic,
knowledge and task functions; here the texts are generated, so that nothing but the function tells
the classes: senses and facts come in pairs that differ by the sense or the object alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from random import Random
from typing import NamedTuple

from brodmann.errors import RequestError, nearest
from brodmann.playground.domains import HOMONYMS
from brodmann.playground.held_out import held_out
from brodmann.playground.relations import RELATIONS, Relation
from brodmann.playground.senses import contrast
from brodmann.playground.statements import claimed
from brodmann.playground.tasks import TASKS, generate

BLOCK = 1000
"""Texts of a task that are written at a time; a fifth of them are kept for examples."""
Span = tuple[int, int]
"""Characters [start, end)."""
Example = tuple[tuple[str, ...], int, Span | None, int]
"""Texts, label, span of the word that it is about, group."""


class Drawn(NamedTuple):
    """Examples of one sub-function, a question with two classes.

    Attributes:
        name: Its name within the function.
        texts: One or two texts per example.
        labels: 0 or 1, equally many of each, in turn.
        targets: Span [start, end), in the first text, of the word that the question is about; None
            where the question is about the whole text.
        groups: Examples of one group must stay in one half of a split.
    """

    name: str
    texts: tuple[tuple[str, ...], ...]
    labels: tuple[int, ...]
    targets: tuple[Span | None, ...]
    groups: tuple[int, ...]


def draw(function: str, seed: int = 0, per_label: int = 60) -> list[Drawn]:
    """Draw the sub-functions of a function; no text of theirs is in the world's corpus.

    Args:
        function: ``senses`` (one ambiguous word each: sense 1 against sense 0), ``facts`` (one
            relation each: true statements against the same with another object of the relation) or
            ``tasks`` (the seven tasks of the playground).
        seed: Of the draw.
        per_label: Examples per class.

    Returns:
        A ``Drawn`` per sub-function: 24, 8 or 7.

    Raises:
        RequestError: There is no such function.

    Example:
        >>> bat = draw("senses", per_label=2)[0]
        >>> bat.name, bat.labels, bat.groups
        ('bat', (0, 1, 0, 1), (0, 0, 1, 1))
        >>> [text[start:end] for (text,), (start, end) in zip(bat.texts, bat.targets)]
        ['bat', 'bat', 'bat', 'bat']
    """
    if function not in FUNCTIONS:
        raise RequestError("functions", function, "the playground has no such function",
                           nearest(function, FUNCTIONS))  # fmt: skip
    names, examples = FUNCTIONS[function]
    return [
        _drawn(name, per_label, examples(name, Random(f"{seed} {function} {name}")))
        for name in names
    ]


def _drawn(name: str, per_label: int, examples: Iterator[Example]) -> Drawn:
    """The first examples of each class, in turn."""
    classes: tuple[dict[tuple[str, ...], Example], ...] = ({}, {})
    while min(map(len, classes)) < per_label:
        example = next(examples)
        kept = classes[example[1]]
        if len(kept) < per_label:
            kept.setdefault(example[0], example)
    pairs = zip(*(kept.values() for kept in classes), strict=True)
    columns = zip(*(example for pair in pairs for example in pair), strict=True)
    return Drawn(name, *columns)


def _pointed(text: str, word: str) -> tuple[tuple[str, ...], Span]:
    start = text.index("{0}")
    return (f"{text.replace('{0}', word)} .",), (start, start + len(word))


def _senses(word: str, random: Random) -> Iterator[Example]:
    seen: set[str] = set()
    for group in count():
        pair = contrast(random, word, kept=True)
        if seen.isdisjoint(pair):
            seen.update(pair)
            for label, text in enumerate(pair):
                texts, span = _pointed(text, word)
                yield texts, label, span, group


def _facts(name: str, random: Random) -> Iterator[Example]:
    relation = RELATIONS[name]
    subjects, groups = _interleaved(relation, random), _groups(relation)
    seen: set[str] = set()
    while True:
        step = random.choice([s for s in range(len(subjects)) if s % len(relation.objects)])
        for index, subject in enumerate(subjects):
            claim = claimed(random, name, subject, kept=True)
            objects = (relation.pairs[subjects[(index + step) % len(subjects)]],
                       relation.pairs[subject])  # fmt: skip
            if claim in seen or subject in objects:
                continue
            seen.add(claim)
            for label, word in enumerate(objects):
                texts, span = _pointed(claim, word)
                yield texts, label, span, groups[subject]


def _interleaved(relation: Relation, random: Random) -> list[str]:
    """The subjects, so that the objects come round in turn: a shift never hits the same object."""
    members = [[s for s, o in relation.pairs.items() if o == each] for each in relation.objects]
    for each in members:
        random.shuffle(each)
    random.shuffle(members)
    return [subject for turn in zip(*members, strict=True) for subject in turn]


def _groups(relation: Relation) -> dict[str, int]:
    """A number per subject; a word and its opposite share theirs."""
    order = {subject: index for index, subject in enumerate(relation.pairs)}
    return {s: min(order[s], order.get(o, order[s])) for s, o in relation.pairs.items()}


def _tasks(name: str, random: Random) -> Iterator[Example]:
    group = count()
    while True:
        texts, labels = generate(name, "train", BLOCK, random.randrange(1 << 16))
        for text, label in zip(texts, labels, strict=True):
            if held_out(*text):
                yield text, label, None, next(group)


FUNCTIONS: dict[str, tuple[tuple[str, ...], Callable[[str, Random], Iterator[Example]]]] = {
    "senses": (tuple(HOMONYMS), _senses),
    "facts": (tuple(RELATIONS), _facts),
    "tasks": (tuple(TASKS), _tasks),
}
"""Function -> its sub-functions, and how examples of one are drawn."""
