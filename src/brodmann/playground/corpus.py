"""What the nano backbone is pre-trained on: texts summed up in a word, before or after.

The corpus holds the forms that prompting uses (a summary word, filler tokens, the text) in other
words: a cue tells which factor the word sums up, and fillers are random words. Examples of the
tasks' own splits are not in it: their texts are refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from brodmann.playground import grammar, lexicon
from brodmann.playground.grammar import ALL, Style
from brodmann.playground.tasks import agreement, entailment

MAX_FILLERS = 20
"""Most function words around the cue of a summary."""


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


Summed = tuple[tuple[str, ...], str]
"""One or two texts and the word that sums them up."""


def _polarity(random: Random, style: Style) -> Summed:
    polarity = random.choice((1, -1))
    clause = random.choice(tuple(grammar.CLAUSES))
    text = grammar.opinion(random, clause, polarity, style)
    return (text,), random.choice(lexicon.SUMMARY[polarity])


def _word(random: Random, style: Style) -> Summed:
    """A dictionary's entry: ``not dull`` is good."""
    table = random.choice((lexicon.ADJECTIVES, lexicon.FEELINGS, lexicon.ADVICE))
    polarity, negated = random.choice((1, -1)), random.random() < 0.4
    word = random.choice(table[-polarity if negated else polarity])
    text = f"{random.choice(lexicon.NEGATIONS)} {word}" if negated else word
    return (text,), random.choice(lexicon.SUMMARY[polarity])


def _noun(random: Random, style: Style) -> Summed:
    """A dictionary's entry: ``wolf near river`` is of nature."""
    topic = random.choice(tuple(lexicon.TOPICS))
    return (" near ".join(random.choices(lexicon.TOPICS[topic], k=random.randint(1, 2))),), topic


def _topic(random: Random, style: Style) -> Summed:
    topic, other = random.sample(tuple(lexicon.TOPICS), 2)
    return (grammar.topical(random, topic, other, style),), topic


def _truth(random: Random, style: Style) -> Summed:
    label = random.random() < 0.5
    make = random.choice((entailment, agreement))
    return make(random, int(label), style), random.choice(lexicon.TRUTH[label])


KINDS = {
    "word": (_word, "polarity"),
    "noun": (_noun, "topic"),
    "opinion": (_polarity, "polarity"),
    "topic": (_topic, "topic"),
    "truth": (_truth, "truth"),
}
"""Kind of document -> (how it is made, which cue announces its summary)."""
EASY, WHOLE = (5, 2, 4, 2, 0), (1, 1, 6, 3, 2)
"""How often each kind is drawn in the first part of the corpus, and after it."""
EASY_PART = 0.35
"""Share of the corpus that is drawn with the easy weights."""


def document(random: Random, progress: float) -> Document:
    """Draw one document; the first part of the corpus is easier than the rest.

    Args:
        random: Source of every choice.
        progress: How far the corpus is, from 0 to 1.
    """
    easy = progress < EASY_PART
    kind = random.choices(tuple(KINDS), EASY if easy else WHOLE)[0]
    make, cue = KINDS[kind]
    texts, summary = make(random, replace(ALL, plain=1.0) if easy else ALL)
    fillers = random.choices(lexicon.FUNCTION, k=int(MAX_FILLERS * random.random() ** 3))
    phrase = [random.choice(lexicon.CUES[cue]), *fillers]
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
    random = Random(1_000_003 + seed)
    return [document(random, index / size) for index in range(size)]
