"""The eight domains of the world: what is there, what happens, and words with a sense in two."""

from __future__ import annotations

from dataclasses import dataclass

from brodmann.playground.lexicon import ACTIONS, TOPICS


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


@dataclass(frozen=True)
class Domain:
    """The words of one domain.

    Attributes:
        things: Nouns.
        did: What a thing may have done, without an object.
        handled: What may have been done to a thing.
        looks: What a thing may be called, without polarity.
        places: Where it happens.
    """

    things: tuple[str, ...]
    did: tuple[str, ...]
    handled: tuple[str, ...]
    looks: tuple[str, ...]
    places: tuple[str, ...]


DOMAINS = {
    "sport": Domain(
        TOPICS["sport"],
        ACTIONS["sport"],
        _words("threw juggled passed punched tossed dribbled volleyed whacked"),
        _words("athletic offside sweaty amateur winning olympic"),
        _words("arena gym racecourse clubhouse"),
    ),
    "money": Domain(
        TOPICS["money"],
        ACTIONS["money"],
        _words("cashed deposited withdrew audited refunded insured priced mortgaged"),
        _words("taxable overdue wealthy fiscal annual unpaid"),
        _words("vault exchange treasury counter"),
    ),
    "nature": Domain(
        TOPICS["nature"],
        ACTIONS["nature"],
        _words("watered fed tamed planted tracked sheltered spotted rescued"),
        _words("wild furry leafy mossy feral muddy"),
        _words("swamp jungle thicket burrow"),
    ),
    "machine": Domain(
        TOPICS["machine"],
        ACTIONS["machine"],
        _words("soldered rewired installed unplugged assembled lubricated upgraded welded"),
        _words("electric metallic wireless hydraulic digital rusty"),
        _words("workshop factory garage laboratory"),
    ),
    "music": Domain(
        _words(
            "violin choir melody singer piano concert flute rhythm "
            "guitar ballad cello tenor opera waltz harp chorus"
        ),
        _words("sang resounded echoed swelled rehearsed trilled chimed strummed"),
        _words("tuned composed conducted serenaded played whistled arranged transposed"),
        _words("melodic loud sharp acoustic choral rhythmic"),
        _words("stage balcony ballroom auditorium"),
    ),
    "food": Domain(
        _words(
            "soup bread cheese noodle pepper sauce butter cake "
            "pasta garlic salad biscuit honey omelette pudding gravy"
        ),
        _words("simmered boiled melted baked sizzled thickened curdled steamed"),
        _words("tasted cooked peeled fried seasoned chopped roasted swallowed"),
        _words("salty crispy juicy spicy sugary buttery"),
        _words("restaurant bakery pantry cellar"),
    ),
    "sea": Domain(
        _words(
            "sailor ship wave captain island reef tide pirate "
            "ferry mast coral lagoon submarine buoy rudder whaler"
        ),
        _words("sailed sank floated drifted capsized surfaced splashed foundered"),
        _words("steered anchored towed moored boarded hoisted salvaged rowed"),
        _words("naval stormy tidal barnacled coastal seaworthy"),
        _words("beach pier lighthouse cove"),
    ),
    "law": Domain(
        _words(
            "judge lawyer witness plaintiff jury statute thief sheriff "
            "trial contract prosecutor alibi clerk felony warrant notary"
        ),
        _words("testified objected adjourned appealed resigned pleaded ruled expired"),
        _words("accused sued acquitted amended signed ratified subpoenaed sentenced"),
        _words("guilty legal innocent judicial criminal binding"),
        _words("courthouse prison chamber tribunal"),
    ),
}
"""Domain -> its words; the first four are the topics of the playground's tasks."""

HOMONYMS: dict[str, tuple[str, str]] = {
    "bat": ("sport", "nature"),
    "pitch": ("sport", "music"),
    "court": ("sport", "law"),
    "score": ("sport", "music"),
    "fan": ("sport", "machine"),
    "hook": ("sport", "sea"),
    "note": ("money", "music"),
    "bill": ("money", "law"),
    "stock": ("money", "food"),
    "mint": ("money", "food"),
    "board": ("money", "sea"),
    "bond": ("money", "law"),
    "crane": ("nature", "machine"),
    "mouse": ("nature", "machine"),
    "bass": ("nature", "music"),
    "bark": ("nature", "sea"),
    "trunk": ("nature", "machine"),
    "chip": ("machine", "food"),
    "port": ("machine", "sea"),
    "bow": ("music", "sea"),
    "roll": ("music", "food"),
    "date": ("food", "law"),
    "bar": ("food", "law"),
    "dock": ("sea", "law"),
}
"""Ambiguous word -> the domains of its senses 0 and 1; every domain has six senses."""


def domain_words() -> tuple[str, ...]:
    """Every word of the domains, with their names and the ambiguous words."""
    lists = [
        words
        for domain in DOMAINS.values()
        for words in (domain.things, domain.did, domain.handled, domain.looks, domain.places)
    ]
    return tuple(word for words in (tuple(DOMAINS), *lists, tuple(HOMONYMS)) for word in words)
