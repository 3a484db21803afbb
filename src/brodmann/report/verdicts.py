"""The five verdicts, in words for a person who does not know the paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """How one verdict is shown: never by colour alone.

    Attributes:
        word: As in ``claims.json``.
        symbol: One character.
        short: What it says about the claim, in a few words.
        meaning: When it is given, in a sentence.
    """

    word: str
    symbol: str
    short: str
    meaning: str


VERDICTS = {
    verdict.word: verdict
    for verdict in (
        Verdict(
            "supported", "✓", "it holds here",
            "The whole interval lies above the smallest effect worth naming, and the test "
            "against the null agrees.",
        ),
        Verdict(
            "contradicted", "✗", "the opposite holds here",
            "The whole interval lies on the other side: what was found is the reverse.",
        ),
        Verdict(
            "negligible", "≈", "too small to matter here",
            "The whole interval is closer to zero than the smallest effect worth naming.",
        ),
        Verdict(
            "inconclusive", "?", "these data cannot tell",
            "The interval is too wide, or the test and the interval disagree: neither yes nor no.",
        ),
        Verdict(
            "untestable", "–", "could not be tested here",
            "Something that the test needs is missing; the reason says what.",
        ),
    )
}  # fmt: skip
"""Word -> verdict, best news first."""


def verdict_of(word: object) -> Verdict:
    """The verdict of a word; an unknown one is shown as it is, and judged by nothing.

    Example:
        >>> verdict_of("supported").symbol
        '✓'
        >>> verdict_of(None).word
        'not judged'
    """
    known = VERDICTS.get(str(word))
    return known or Verdict(str(word or "not judged"), "·", "no verdict was given", "")


def tally(words: Iterable[object]) -> list[tuple[Verdict, int]]:
    """How often each verdict was given, in the order of :data:`VERDICTS`, zeros left out.

    Example:
        >>> [(v.word, n) for v, n in tally(["untestable", "supported", "supported"])]
        [('supported', 2), ('untestable', 1)]
    """
    counts = Counter(verdict_of(word).word for word in words)
    order = [*VERDICTS, *(word for word in counts if word not in VERDICTS)]
    return [(verdict_of(word), counts[word]) for word in order if counts[word]]
