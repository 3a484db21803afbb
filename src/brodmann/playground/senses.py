"""Sentences that use an ambiguous word in one of its two senses.

The clause that the word stands in tells its sense, by words of the sense's domain; a second clause
may speak of anything, half of the time of the other sense's domain, so that a count of words is
not enough.
"""

from __future__ import annotations

from random import Random

from brodmann.playground.domains import DOMAINS, HOMONYMS
from brodmann.playground.held_out import held_out
from brodmann.playground.lexicon import PEOPLE

BEFORE = (
    "the {thing} {handled} the {{0}}",
    "{who} {handled} the {look} {{0}}",
    "in the {place} {who} {handled} the {{0}}",
    "near the {thing} the {look} {{0}} {did}",
    "at the {place} the {look} {{0}} {did}",
)
"""Clauses whose words tell the sense before the ambiguous word ``{0}`` comes."""
AFTER = ("the {{0}} was {look}", "the {{0}} {did} at the {place}", "the {{0}} {did}")
"""Clauses that tell it afterwards."""
ASIDES = ("the {thing} {did}", "the {thing} was {look}", "{who} {handled} the {thing}")
"""Clauses without the ambiguous word."""
JOINS = ("{main}", "{aside} while {main}", "{aside} . {main}", "{main} while {aside}")
"""How a sentence puts them together."""


def clause(random: Random, domain: str, forms: tuple[str, ...]) -> str:
    """A clause in the words of a domain; equal draws give equal forms in every domain.

    Args:
        random: Source of every choice.
        domain: A row of ``DOMAINS``.
        forms: ``BEFORE``, ``AFTER`` or ``ASIDES``.
    """
    words = DOMAINS[domain]
    return random.choice(forms).format(
        thing=random.choice(words.things),
        did=random.choice(words.did),
        handled=random.choice(words.handled),
        look=random.choice(words.looks),
        place=random.choice(words.places),
        who=random.choice(PEOPLE),
    )


def contrast(
    random: Random, word: str, kept: bool, forms: tuple[str, ...] = BEFORE
) -> tuple[str, str]:
    """One sentence written twice, once for either sense of a word: same form, other words.

    Args:
        random: Source of every choice.
        word: A row of ``HOMONYMS``.
        kept: A sentence kept for examples, or one for the corpus.
        forms: ``BEFORE``, or with ``AFTER`` as well.

    Returns:
        The sentence in sense 0 and in sense 1, with ``{0}`` in the word's place.
    """
    senses = HOMONYMS[word]
    mains = _alike(random, senses, forms)
    while held_out(word, mains[0]) is not kept:
        mains = _alike(random, senses, forms)
    join, contrary = random.choice(JOINS), random.random() < 0.5
    third = random.choice([name for name in DOMAINS if name not in senses])
    asides = _alike(random, senses[::-1] if contrary else (third, third), ASIDES)
    zero, one = (
        join.format(main=main, aside=aside) for main, aside in zip(mains, asides, strict=True)
    )
    return zero, one


def _alike(random: Random, domains: tuple[str, ...], forms: tuple[str, ...]) -> tuple[str, ...]:
    """One clause per domain, all of equal draws."""
    draw = random.random()
    return tuple(clause(Random(draw), domain, forms) for domain in domains)
