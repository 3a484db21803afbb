"""The world's corpus: facts, ambiguous words and the playground's texts in three registers.

Manuals state facts and give entries of words; in chats somebody claims something and is answered;
reports tell what happened. Whatever is stated is true; what is false is only ever claimed, and then
denied. Texts that functions take their examples from are not in it (``held_out``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from brodmann.playground import lexicon
from brodmann.playground.corpus import EASY, EASY_PART, KINDS, MAX_FILLERS, WHOLE
from brodmann.playground.domains import HOMONYMS, domain_words
from brodmann.playground.grammar import ALL
from brodmann.playground.held_out import held_out
from brodmann.playground.relations import RELATIONS, relation_words
from brodmann.playground.senses import AFTER, BEFORE, contrast
from brodmann.playground.statements import claimed, corrupted, statement

BETWEEN = "|"
"""The mark between two texts of one document."""
MARKS = ("manual", "entry", "report", "here", "of")
"""Words of the registers."""
FACTS = tuple((name, subject) for name, table in RELATIONS.items() for subject in table.pairs)
"""Every relation and subject."""


def vocabulary() -> tuple[str, ...]:
    """Every word of the world and of the playground's tasks, each once, in a fixed order."""
    words = (*lexicon.vocabulary(), *MARKS, *domain_words(), *relation_words())
    return tuple(dict.fromkeys(words))


def _true(random: Random, relation: str, subject: str) -> str:
    return statement(random, relation, subject).format(RELATIONS[relation].pairs[subject])


def _manual(random: Random, progress: float) -> str:
    """Two to four facts."""
    facts = random.sample(FACTS, random.randint(2, 4))
    return f"manual : {' . '.join(_true(random, *fact) for fact in facts)} ."


def _chat(random: Random, progress: float) -> str:
    """One to three claims, each confirmed, or denied and put right."""
    turns = []
    for relation, subject in random.sample(FACTS, random.randint(1, 3)):
        claim = claimed(random, relation, subject, kept=False)
        if random.random() < 0.5:
            turns.append(f"{claim.format(RELATIONS[relation].pairs[subject])} . yes")
        else:
            false = claim.format(corrupted(random, relation, subject))
            turns.append(f"{false} . no , {_true(random, relation, subject)}")
    return f"{' . '.join(turns)} ."


def _sentences(random: Random, count: int) -> tuple[str, str, list[str]]:
    """A word, the domain of one of its senses, and sentences that use it so."""
    word, sense = random.choice(tuple(HOMONYMS)), random.randrange(2)
    forms = BEFORE + AFTER
    said = [contrast(random, word, kept=False, forms=forms)[sense] for _ in range(count)]
    return word, HOMONYMS[word][sense], [text.format(word) for text in said]


def _report(random: Random, progress: float) -> str:
    """Two sentences that use a word in one sense."""
    _, _, said = _sentences(random, 2)
    return f"report : {random.choice(lexicon.TIMES)} {' . '.join(said)} ."


def _entry(random: Random, progress: float) -> str:
    """A dictionary's entry: a sentence, and what the word means there."""
    word, domain, said = _sentences(random, 1)
    return f"entry : {said[0]} . here {word} is of {domain} ."


def _summed(random: Random, progress: float) -> str:
    """A text of the playground's tasks, and the word that sums it up, before or after."""
    easy = progress < EASY_PART
    kind = random.choices(tuple(KINDS), EASY if easy else WHOLE)[0]
    make, cue = KINDS[kind]
    style = replace(ALL, plain=1.0) if easy else ALL
    texts, summary = make(random, style)
    while kind in ("opinion", "topic", "truth") and held_out(*texts):
        texts, summary = make(random, style)
    fillers = random.choices(lexicon.FUNCTION, k=int(MAX_FILLERS * random.random() ** 3))
    phrase = [random.choice(lexicon.CUES[cue]), *fillers]
    random.shuffle(phrase)
    text = f" {BETWEEN} ".join(texts)
    if random.random() < LEAD:
        return f"{summary} {' '.join(phrase)} . {text}"
    return f"{text} . {' '.join(phrase)} : {summary}"


LEAD = 0.2
"""Share of the summaries that stand before their text."""
REGISTERS: tuple[tuple[Callable[[Random, float], str], int], ...] = (
    (_manual, 4),
    (_chat, 6),
    (_report, 3),
    (_entry, 3),
    (_summed, 6),
)
"""What writes a document, and how often it is asked to."""


def documents(size: int, seed: int) -> list[str]:
    """The corpus: words and marks between blanks, in a fixed order.

    Args:
        size: How many documents.
        seed: The world's seed; facts and senses are the same in every one.

    Example:
        >>> for text in documents(2, seed=0):
        ...     print(text)
        entry : jack rescued the furry mouse . here mouse is of nature .
        manual : the colour of the elm is red . the owner of the spoon is lena .
    """
    random = Random(2_000_003 + seed)
    writers, weights = zip(*REGISTERS, strict=True)
    chosen = random.choices(writers, weights, k=size)
    return [write(random, index / size) for index, write in enumerate(chosen)]
