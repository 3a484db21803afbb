"""The facts of the world: eight relations of 48 subjects each, true everywhere in the corpus.

Kinds, parts and opposites follow English; who lives where, what is of which colour, material,
owner or trade is made up, so that only the corpus tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


KINDS = {
    "tool": _words("hammer drill chisel wrench rake shovel"),
    "vehicle": _words("cart wagon sled canoe tractor scooter"),
    "fruit": _words("plum pear mango lemon melon cherry"),
    "tree": _words("oak maple willow cedar birch elm"),
    "bird": _words("robin falcon owl swan pigeon stork"),
    "beast": _words("lion zebra camel goat badger moose"),
    "garment": _words("scarf glove jacket apron vest robe"),
    "furniture": _words("bench stool shelf cradle desk sofa"),
}
"""Kind -> the things that are of it."""
WHOLES = {
    "castle": _words("moat turret dungeon drawbridge"),
    "bicycle": _words("pedal saddle spoke handlebar"),
    "novel": _words("chapter page index preface"),
    "house": _words("attic chimney porch gutter"),
    "flowerbed": _words("petal stem thorn bud"),
    "face": _words("chin nose eyebrow cheek"),
    "shirt": _words("collar sleeve cuff button"),
    "clock": _words("dial pendulum spring gear"),
    "aeroplane": _words("wing cockpit propeller fuselage"),
    "letter": _words("envelope stamp greeting signature"),
    "theatre": _words("curtain gallery foyer backdrop"),
    "farm": _words("barn stable silo orchard"),
}
"""Whole -> its parts."""
OPPOSITES = _words(
    "hot icy tall short rich needy old young fast slow wet dry heavy light noisy silent "
    "full empty wide narrow deep shallow early late open shut clean dirty rough smooth thick thin "
    "brave timid hard soft local distant straight crooked sour sweet busy idle awake asleep "
    "public private"
)
"""Words and their opposites in turn."""
ARTEFACTS = _words(
    "bowl vase spoon kettle lantern basket needle mirror ladder bucket fence statue "
    "comb candle pillow hat box tray jug lamp door table knife cup "
    "rope flag tent doll kite whistle bell crown ribbon shield helmet purse "
    "pipe broom plate chain bracelet pen chest goblet mask mat ball puppet"
)
"""Made things: of a material, and somebody's."""
NAMES = _words(
    "abel berta carlo doris edwin fiona gustav hilda ivan judith kurt lydia "
    "marco nadia otto paula quentin rosa stefan thea ulric vera walter xenia "
    "yusuf zelda arno bianca cyril daria emil flora gregor hanna igor jana "
    "konrad leona milo nora orlando petra ralf sonia tomas una viktor wanda"
)
"""Persons who live somewhere and have a trade."""
COLOURS = _words("red blue green yellow black white purple orange")
MATERIALS = _words("wood iron glass clay silver leather paper stone")
TOWNS = _words("arden belmor corvin dunmere elsport farrow galden harwick ilmen jorvik kelby lorne")
TRADES = _words(
    "baker tailor miner potter farmer painter teacher doctor barber weaver mason hunter"
)
OWNERS = _words("agnes boris cecil dagmar ernest freda gordon helga isaac joan kaspar lena")


@dataclass(frozen=True)
class Relation:
    """One relation.

    Attributes:
        pairs: Subject -> its one true object.
        forms: Statements with places for subject ``{s}`` and object ``{o}``.
    """

    pairs: dict[str, str]
    forms: tuple[str, ...]

    @property
    def objects(self) -> tuple[str, ...]:
        """The different objects, in the order of the pairs."""
        return tuple(dict.fromkeys(self.pairs.values()))


def _grouped(table: dict[str, tuple[str, ...]]) -> dict[str, str]:
    return {member: name for name, members in table.items() for member in members}


def _dealt(subjects: tuple[str, ...], objects: tuple[str, ...], deal: int) -> dict[str, str]:
    """Made-up facts: every object has equally many subjects; the deal is the order's seed."""
    hand = list(objects) * (len(subjects) // len(objects))
    Random(deal).shuffle(hand)
    return dict(zip(subjects, hand, strict=True))


def _opposed(words: tuple[str, ...]) -> dict[str, str]:
    return {word: words[index ^ 1] for index, word in enumerate(words)}


_THINGS = tuple(_grouped(KINDS))

RELATIONS = {
    "kind": Relation(
        _grouped(KINDS),
        ("the {s} is a kind of {o}", "every {s} is a {o}", "a {s} counts as {o}"),
    ),
    "colour": Relation(
        _dealt(_THINGS, COLOURS, 1),
        ("the {s} is coloured {o}", "the colour of the {s} is {o}", "they painted the {s} {o}"),
    ),
    "material": Relation(
        _dealt(ARTEFACTS, MATERIALS, 2),
        ("the {s} is made of {o}", "they made the {s} of {o}", "the {s} consists of {o}"),
    ),
    "owner": Relation(
        _dealt(ARTEFACTS, OWNERS, 3),
        ("the {s} belongs to {o}", "the owner of the {s} is {o}", "the {s} was bought by {o}"),
    ),
    "home": Relation(
        _dealt(NAMES, TOWNS, 4),
        ("{s} lives in {o}", "the home of {s} is {o}", "{s} was seen at home in {o}"),
    ),
    "trade": Relation(
        _dealt(NAMES, TRADES, 5),
        ("{s} works as a {o}", "the trade of {s} is that of a {o}", "{s} earns a living as {o}"),
    ),
    "opposite": Relation(
        _opposed(OPPOSITES),
        ("{s} is the opposite of {o}", "if it is {s} it is not {o}", "the contrary of {s} is {o}"),
    ),
    "part": Relation(
        _grouped(WHOLES),
        ("the {s} is part of the {o}", "a {s} is found on the {o}", "each {s} is fixed to a {o}"),
    ),
}
"""Relation -> its pairs and how they are said; the object is the last word of every form."""


def relation_words() -> tuple[str, ...]:
    """Every word of the relations and of the forms that state them."""
    words: list[str] = []
    for relation in RELATIONS.values():
        words += [*relation.pairs, *relation.objects]
        words += [word for form in relation.forms for word in form.split() if "{" not in word]
    return tuple(words)
