"""Statements of the world's facts, bare, or as what somebody claims."""

from __future__ import annotations

from random import Random

from brodmann.playground.held_out import held_out
from brodmann.playground.lexicon import PEOPLE
from brodmann.playground.relations import RELATIONS

FRAMES = ("{who} said {text}", "{who} told {other} that {text}", "{who} : {text}")
"""How a claim is put; somebody may claim what is false."""


def statement(random: Random, relation: str, subject: str) -> str:
    """A statement about a subject, with ``{0}`` in the object's place, at the end.

    Args:
        random: Source of every choice.
        relation: A row of ``RELATIONS``.
        subject: One of its subjects.
    """
    return random.choice(RELATIONS[relation].forms).format(s=subject, o="{0}")


def claimed(random: Random, relation: str, subject: str, kept: bool) -> str:
    """A claim about a subject, with ``{0}`` in the object's place.

    Args:
        random: Source of every choice.
        relation: A row of ``RELATIONS``.
        subject: One of its subjects.
        kept: A claim kept for examples, or one for the corpus.
    """
    while True:
        who, other = random.sample(PEOPLE, 2)
        said = statement(random, relation, subject)
        text = random.choice(FRAMES).format(who=who, other=other, text=said)
        if held_out(text) is kept:
            return text


def corrupted(random: Random, relation: str, subject: str) -> str:
    """An object of the relation that is not the subject's."""
    table = RELATIONS[relation]
    return random.choice([o for o in table.objects if o not in (table.pairs[subject], subject)])
