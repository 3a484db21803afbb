"""The seven tasks of the playground: three of polarity, two of inference, two of topic.

Modelled: polarity with negation and contrast, topics with distractors, inference over who did what
where and over agreement of opinions. Not modelled: morphology, ambiguity of syntax, world
knowledge, numbers, discourse longer than three clauses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from brodmann.playground import grammar, lexicon
from brodmann.playground.grammar import COMMON, TEST, Style

Texts = tuple[str, ...]
"""One or two texts: an example's columns."""


@dataclass(frozen=True)
class Spec:
    """A generated task.

    Attributes:
        family: ``polarity``, ``inference`` or ``topic``; tasks of a family are related by
            construction.
        make: (random, label, style) -> one or two texts.
        classes: Names by label id.
    """

    family: str
    make: Callable[[Random, int, Style], Texts]
    classes: tuple[str, str]


def _polarity(clause: str) -> Callable[[Random, int, Style], Texts]:
    return lambda random, label, style: (
        grammar.opinion(random, clause, 1 if label else -1, style),
    )


def _topic(zero: str, one: str) -> Callable[[Random, int, Style], Texts]:
    def make(random: Random, label: int, style: Style) -> Texts:
        topic, other = (one, zero) if label else (zero, one)
        return (grammar.topical(random, topic, other, style),)

    return make


def entailment(random: Random, label: int, style: Style) -> Texts:
    """Does the first text tell the second? ``anna saw the wolf near the tower``."""
    who, other = random.sample(lexicon.PEOPLE, 2)
    things = [grammar.noun(random, style) for _ in range(2)]
    while things[0] == things[1]:
        things[1] = grammar.noun(random, style)
    places = random.sample(lexicon.PLACES, 2)
    verb = random.choice(("saw", "found"))
    premise = f"{who} {verb} the {things[0]} near the {places[0]}"
    aside = f"{other} met {who} in the {places[1]}"
    text = random.choice((f"{premise} . {aside}", f"{aside} . {premise}", premise))
    wrong = random.randrange(3)
    said = [who, things[0], places[0]]
    if not label:
        said[wrong] = (other, things[1], places[1])[wrong]
    return text, f"{said[0]} {verb} the {said[1]} near the {said[2]}"


def agreement(random: Random, label: int, style: Style) -> Texts:
    """Are two opinions of the same polarity?"""
    polarity = random.choice((1, -1))
    clauses = [random.choice(tuple(grammar.CLAUSES)) for _ in range(2)]
    first = grammar.opinion(random, clauses[0], polarity, style)
    return first, grammar.opinion(random, clauses[1], polarity if label else -polarity, style)


TASKS: dict[str, Spec] = {
    "sentiment": Spec("polarity", _polarity("described"), ("negative", "positive")),
    "feeling": Spec("polarity", _polarity("felt"), ("negative", "positive")),
    "advice": Spec("polarity", _polarity("advised"), ("negative", "positive")),
    "entailment": Spec("inference", entailment, ("different", "entailed")),
    "agreement": Spec("inference", agreement, ("different", "same")),
    "sport_money": Spec("topic", _topic("sport", "money"), ("sport", "money")),
    "nature_machine": Spec("topic", _topic("nature", "machine"), ("nature", "machine")),
}
"""The seven tasks by name."""
SPLITS = ("train", "val", "test")
"""Splits of every generated task."""
TRAIN_TEXTS = 8000
"""Training texts that the other splits keep clear of."""


def generate(factor: str, split: str, size: int, seed: int) -> tuple[list[Texts], list[int]]:
    """Examples of a task: labels in turn, no text twice in a split or across splits.

    Args:
        factor: A row of ``TASKS``.
        split: ``train``, ``val`` or ``test``; the test split has words and templates of its own.
        size: Number of examples.
        seed: The language's seed.

    Returns:
        Texts (one or two each) and labels (0 or 1).

    Example:
        >>> texts, labels = generate("sentiment", "train", 4, seed=0)
        >>> len(texts), labels
        (4, [0, 1, 0, 1])
    """
    spec, style = TASKS[factor], TEST if split == "test" else COMMON
    taken: set[Texts] = set()
    if split != "train":
        taken.update(generate(factor, "train", TRAIN_TEXTS, seed)[0])
    stream = (seed * len(SPLITS) + SPLITS.index(split)) * 100 + sorted(TASKS).index(factor)
    random = Random(stream)
    texts: list[Texts] = []
    while len(texts) < size:
        example = spec.make(random, len(texts) % 2, style)
        if example not in taken:
            taken.add(example)
            texts.append(example)
    return texts, [index % 2 for index in range(size)]
