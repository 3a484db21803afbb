"""What the nano backbone is pre-trained on: texts summed up in a word, before or after.

The corpus holds the forms that prompting uses (a summary word, filler tokens, the text) in other
words: a cue tells which factor the word sums up, and fillers are random words. Examples of the
tasks' own splits are not in it: their texts are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from brodmann.playground import grammar, lexicon
from brodmann.playground.grammar import ALL
from brodmann.playground.tasks import agreement, entailment

MAX_FILLERS = 20


@dataclass(frozen=True)
class Document:
    """One pre-training text.

    Attributes:
        lead: What stands before [CLS]: summary word, cue, fillers; may be empty.
        inner: The same between [CLS] and the text; may be empty.
        texts: One or two texts.
        tail: Summary after the text; may be empty.
        summary: The word that sums the text up, where there is one.
    """

    lead: tuple[str, ...]
    inner: tuple[str, ...]
    texts: tuple[str, ...]
    tail: tuple[str, ...]
    summary: str


def _polarity(random: Random) -> tuple[tuple[str, ...], str]:
    polarity = random.choice((1, -1))
    clause = random.choice(tuple(grammar.CLAUSES))
    return (grammar.opinion(random, clause, polarity, ALL),), random.choice(lexicon.SUMMARY[polarity])


def _topic(random: Random) -> tuple[tuple[str, ...], str]:
    topic, other = random.sample(tuple(lexicon.TOPICS), 2)
    return (grammar.topical(random, topic, other, ALL),), topic


def _truth(random: Random) -> tuple[tuple[str, ...], str]:
    label = random.random() < 0.5
    make = random.choice((entailment, agreement))
    return make(random, int(label), ALL), random.choice(lexicon.TRUTH[label])


KINDS = {"polarity": _polarity, "topic": _topic, "truth": _truth}
WEIGHTS = (6, 2, 1)


def document(random: Random, words: tuple[str, ...]) -> Document:
    """Draw one document.

    Args:
        random: Source of every choice.
        words: Where fillers are drawn from.
    """
    kind = random.choices(tuple(KINDS), WEIGHTS)[0]
    texts, summary = KINDS[kind](random)
    phrase = [random.choice(lexicon.CUES[kind]), *random.choices(words, k=int(MAX_FILLERS * random.random() ** 3))]
    random.shuffle(phrase)
    where = random.choices(("lead", "inner", "tail"), (5, 3, 2))[0]
    parts: dict[str, tuple[str, ...]] = {"lead": (), "inner": (), "tail": ()}
    parts[where] = (summary, *phrase) if where != "tail" else (phrase[0], ":", summary)
    return Document(texts=texts, summary=summary, **parts)


def corpus(size: int, seed: int) -> list[Document]:
    """Documents in a fixed order.

    Args:
        size: How many.
        seed: The language's seed.
    """
    random, words = Random(1_000_003 + seed), lexicon.FUNCTION
    return [document(random, words) for _ in range(size)]
