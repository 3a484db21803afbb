"""The world's corpus: facts, ambiguous words and the playground's texts in three registers.

Manuals state facts, entries tell what a word means; in chats something is claimed and answered;
reports tell what happened. Whatever is stated is true; what is false is only ever claimed, and then
denied. Texts that functions take their examples from are not in it (``held_out``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from brodmann.playground import lexicon
from brodmann.playground.corpus import EASY, EASY_PART, KINDS, MAX_FILLERS, WHOLE
from brodmann.playground.domains import DOMAINS, HOMONYMS, domain_words
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


VERDICTS = frozenset(
    word
    for table in (lexicon.SUMMARY, lexicon.TRUTH, dict.fromkeys([0], tuple(DOMAINS)))
    for words in table.values()
    for word in words
)
"""Words that say what a text amounts to."""


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
    """One to three claims, all true and confirmed, or all false and denied."""
    facts = random.sample(FACTS, random.randint(1, 3))
    claims = [(claimed(random, *fact, kept=False), fact) for fact in facts]
    if random.random() < 0.5:
        said = [claim.format(RELATIONS[name].pairs[subject]) for claim, (name, subject) in claims]
        return f"{' . '.join(said)} . yes ."
    said = [claim.format(corrupted(random, *fact)) for claim, fact in claims]
    return f"{' . '.join(said)} . no , {_true(random, *facts[-1])} ."


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
REGISTERS: tuple[tuple[Callable[[Random, float], str], int, int], ...] = (
    (_manual, 5, 1),
    (_chat, 1, 9),
    (_report, 2, 1),
    (_entry, 3, 2),
    (_summed, 6, 7),
)
"""What writes a document, how often in the easy first part of the corpus, and after it."""


def documents(size: int, seed: int) -> list[str]:
    """The corpus: words and marks between blanks, in a fixed order, facts before claims.

    Args:
        size: How many documents.
        seed: The world's seed; facts and senses are the same in every one.

    Example:
        >>> documents(20, seed=0)[7]
        'entry : near the ballad the acoustic roll chimed . here roll is of music .'
    """
    random = Random(2_000_003 + seed)
    writers, early, late = zip(*REGISTERS, strict=True)
    easy = int(size * EASY_PART)
    chosen = random.choices(writers, early, k=easy) + random.choices(writers, late, k=size - easy)
    return [write(random, index / size) for index, write in enumerate(chosen)]
