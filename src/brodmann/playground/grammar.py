"""Clauses with known polarity, topic and facts, and how they are joined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from brodmann.playground import lexicon as words

NEGATED = 0.25
"""Share of clauses in which a negation turns the polarity of the word that carries it."""


@dataclass(frozen=True)
class Style:
    """What a split may use.

    Attributes:
        share: How often a word is drawn from the held-out ones.
        new_templates: Whether the test split's own sentence forms are used as well.
        plain: How often a text is its main clause alone, beyond what chance makes so.
        marked: How often every clause of a text is followed by a word that judges it.
    """

    share: float = 0.0
    new_templates: bool = False
    plain: float = 0.0
    marked: float = 0.0


Clause = Callable[[Random, int, str, Style], str]
"""(random, polarity, thing, style) -> words."""
COMMON = Style()
"""How training and validation texts are written."""
TEST = Style(share=0.5, new_templates=True)
"""How test texts are written: half of the words held out, templates that training never has."""
ALL = Style(share=1 / words.HELD_OUT, new_templates=True, plain=0.35, marked=0.4)
"""How pre-training texts are written: every word and template."""


def pick(random: Random, options: tuple[str, ...], style: Style) -> str:
    """A word of a list, held out or common as the style has it."""
    return random.choice(words.split_words(options, random.random() < style.share))


def noun(random: Random, style: Style, topic: str | None = None) -> str:
    """A noun of a topic, or of any."""
    return pick(random, words.TOPICS[topic or random.choice(tuple(words.TOPICS))], style)


def _verdict(
    random: Random, table: dict[int, tuple[str, ...]], polarity: int, style: Style
) -> tuple[bool, str]:
    negated = random.random() < NEGATED
    return negated, pick(random, table[-polarity if negated else polarity], style)


def described(random: Random, polarity: int, thing: str, style: Style) -> str:
    """``the match was not very dull``."""
    negated, adjective = _verdict(random, words.ADJECTIVES, polarity, style)
    verb = random.choice(("was", "seemed", "felt", "looked"))
    adverb = f"{random.choice(words.ADVERBS)} " if random.random() < 0.35 else ""
    no = f"{random.choice(words.NEGATIONS)} " if negated else ""
    return f"the {thing} {verb} {no}{adverb}{adjective}"


def felt(random: Random, polarity: int, thing: str, style: Style) -> str:
    """``anna never enjoyed the loan``."""
    negated, verb = _verdict(random, words.FEELINGS, polarity, style)
    who = random.choice((*words.PEOPLE, "i", "we", "they"))
    return f"{who} {'never ' if negated else ''}{verb} the {thing}"


def advised(random: Random, polarity: int, thing: str, style: Style) -> str:
    """``you should not avoid the robot``."""
    negated, verb = _verdict(random, words.ADVICE, polarity, style)
    modal = random.choice(("you should", "you must", "one should", "we would"))
    return f"{modal} {'not ' if negated else ''}{verb} the {thing}"


CLAUSES = {"described": described, "felt": felt, "advised": advised}
"""Kind of clause -> what says it."""


def _marked(say: Clause) -> Clause:
    """The same clause, judged at once: ``the film was dull : bad``."""

    def judged(random: Random, polarity: int, thing: str, style: Style) -> str:
        return f"{say(random, polarity, thing, style)} : {random.choice(words.SUMMARY[polarity])}"

    return judged


def fact(random: Random, style: Style, topic: str | None = None) -> str:
    """A clause without polarity: ``the river froze near the tower today``."""
    topic = topic or random.choice(tuple(words.ACTIONS))
    action = pick(random, words.ACTIONS[topic], style)
    end = random.choice(
        (f" {random.choice(words.TIMES)}", f" near the {random.choice(words.PLACES)}", "")
    )
    return f"the {noun(random, style, topic)} {action}{end}"


def opinion(
    random: Random, clause: str, polarity: int, style: Style, topic: str | None = None
) -> str:
    """A text of one to three clauses whose main clause has the given polarity.

    ``X but Y`` and ``although X , Y`` are decided by ``Y``, the contrary of ``X``; ``X and Y``
    agree; clauses without polarity stand around.

    Args:
        random: Source of every choice.
        clause: A row of ``CLAUSES``: the words that carry the polarity.
        polarity: 1 or -1.
        style: Words and templates of the split.
        topic: What it is about; any when not given.
    """
    say = _marked(CLAUSES[clause]) if random.random() < style.marked else CLAUSES[clause]
    main = say(random, polarity, noun(random, style, topic), style)
    if random.random() < style.plain:
        return main
    contrary = say(random, -polarity, noun(random, style, topic), style)
    agreeing = say(random, polarity, noun(random, style, topic), style)
    aside = fact(random, style, topic)
    forms = [
        main,
        f"{aside} . {main}",
        f"{main} . {aside}",
        f"{contrary} but {main}",
        f"although {contrary} , {main}",
        f"{main} and {agreeing}",
        f"{aside} and {contrary} but {main}",
    ]
    if style.new_templates:
        forms += [f"{main} although {contrary}", f"{contrary} , yet {main} . {aside}"]
    return random.choice(forms)


def topical(random: Random, topic: str, other: str | None, style: Style) -> str:
    """A text of two or three clauses about a topic, with one noun of another as a distractor."""
    parts = [fact(random, style, topic)]
    polarity = random.choice((1, -1))
    parts.append(
        CLAUSES[random.choice(tuple(CLAUSES))](random, polarity, noun(random, style, topic), style)
    )
    if other is not None and random.random() < 0.5:
        parts.append(CLAUSES["felt"](random, polarity, noun(random, style, other), style))
    elif style.new_templates and random.random() < 0.5:
        parts.append(f"there was also the {noun(random, style, topic)}")
    random.shuffle(parts)
    return random.choice((" . ", " , ", " and ")).join(parts)
