"""The words of the playground, by meaning; the last quarter of a list is for test splits."""

from __future__ import annotations

HELD_OUT = 4
"""One word in so many, at the end of each list, appears in no training or validation text."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ADJECTIVES = {
    1: _words(
        "great lovely superb bright warm fresh smart strong gentle charming solid elegant "
        "brilliant pleasant splendid delightful"
    ),
    -1: _words(
        "awful dull bleak weak cold stale clumsy boring shabby gloomy broken messy "
        "dreadful tedious horrid miserable"
    ),
}
"""Polarity -> what a thing may be."""
FEELINGS = {
    1: _words(
        "loved enjoyed adored admired liked praised welcomed treasured trusted cheered "
        "cherished applauded"
    ),
    -1: _words(
        "hated despised loathed resented disliked cursed rejected feared mocked regretted "
        "detested deplored"
    ),
}
"""Polarity -> what somebody may have felt for a thing."""
ADVICE = {
    1: _words("try choose keep visit buy take pick want book support seek recommend"),
    -1: _words("avoid skip leave drop return refuse ignore quit flee abandon shun condemn"),
}
"""Polarity -> what one may be told to do with a thing."""
TOPICS = {
    "sport": _words(
        "match goal player coach team stadium league referee racket medal sprint trophy "
        "striker marathon umpire keeper"
    ),
    "money": _words(
        "bank market price loan share budget profit tax trader merger salary invoice "
        "dividend auction creditor pension"
    ),
    "nature": _words(
        "river forest wolf eagle meadow salmon bear valley lake flower squirrel canyon "
        "otter glacier heron beetle"
    ),
    "machine": _words(
        "engine robot laptop motor printer sensor camera cable pump drone battery turbine "
        "scanner router piston antenna"
    ),
}
"""Topic -> its nouns."""
ACTIONS = {
    "sport": _words("won lost trained scored raced kicked defended tackled"),
    "money": _words("sold invested saved paid borrowed traded earned hired"),
    "nature": _words("bloomed hunted froze flowed nested grazed migrated ripened"),
    "machine": _words("started crashed rebooted charged hummed printed rotated beeped"),
}
"""Topic -> what may have happened in its world."""
PEOPLE = _words("anna bob clara david emma frank grace henry irene jack karen louis maria oscar")
"""Names of people."""
PLACES = _words("garden office kitchen harbour museum station village school library tower")
"""Words for places."""
ADVERBS = _words("very really quite so truly rather")
"""Words before an adjective, without polarity."""
NEGATIONS = _words("not never hardly")
"""Words that turn the polarity of what follows."""
TIMES = _words("today yesterday again often once later")
"""Words for times."""
SUMMARY = {1: ("good", "fine"), -1: ("bad", "poor")}
"""Polarity -> words that sum a text up; the first of each is the tasks' label word."""
CUES = {
    "polarity": ("opinion", "mood", "verdict", "rating"),
    "topic": ("about", "subject", "theme", "field"),
    "truth": ("claim", "follows", "check", "proof"),
}
"""Kind of summary -> words that, near it, tell which of a text's factors it sums up."""
TRUTH = {True: ("yes", "true"), False: ("no", "false")}
"""Whether something holds -> the words that say so; the first of each is a label word."""
FUNCTION = _words(
    "the a i we you they it was is were had did would should but and although while though yet "
    "because in near at , . : ? that said told one must please do to felt seemed looked much "
    "more than in spite of everything by who met gave saw found there also"
)
"""Words and marks that templates are built of."""


def split_words(words: tuple[str, ...], held_out: bool) -> tuple[str, ...]:
    """The words of a list that a split may use.

    Args:
        words: A list of the lexicon.
        held_out: The test split's own words instead of the common ones.

    Example:
        >>> split_words(("a", "b", "c", "d"), held_out=False)
        ('a', 'b', 'c')
    """
    cut = len(words) - max(1, len(words) // HELD_OUT)
    return words[cut:] if held_out else words[:cut]


def vocabulary() -> tuple[str, ...]:
    """Every word there is, each once, in a fixed order."""
    tables = (ADJECTIVES, FEELINGS, ADVICE, TOPICS, ACTIONS, SUMMARY, CUES, TRUTH)
    lists = [words for table in tables for words in table.values()]
    lists += [tuple(TOPICS), PEOPLE, PLACES, ADVERBS, NEGATIONS, TIMES, FUNCTION]
    return tuple(dict.fromkeys(word for words in lists for word in words))
