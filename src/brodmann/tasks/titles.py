"""AG News: are the titles of articles a part of the texts? In all splits, or in none.

Hub and paper have texts "title description"; some copies have descriptions only. Between title
and description stands no mark that a rule could cut at: of the 7,600 test texts, 24 % show one
(an agency named twice, or a double space, which 11 % of pure descriptions show as well). So titles
are never cut off; a *split* with titles is told from one without by the doubled agency.
"""

from __future__ import annotations

import re

from brodmann.tasks.parts import Part

DOUBLED_AGENCY = re.compile(r"\(([A-Za-z. ]{2,30})\) \1 - ")
"""``Title (Reuters) Reuters - Description``: where a title met a description."""
TITLED = 0.01
"""Share of such texts above which a split has titles (13.5 % with titles, none without)."""


def titled(part: Part) -> bool:
    """Whether the texts of a split begin with titles.

    Args:
        part: Rows whose inputs are tuples of texts.
    """
    marked = sum(bool(DOUBLED_AGENCY.search(texts[0])) for texts in part.inputs)
    return marked > TITLED * len(part)


def alike(parts: dict[str, Part]) -> tuple[dict[str, Part], str]:
    """Leave out the splits that differ from train in having titles.

    Args:
        parts: Source splits by role.

    Returns:
        Those that are alike, and why others were left out (``""`` if none was).
    """
    wanted = titled(parts["train"])
    kept = {role: part for role, part in parts.items() if titled(part) == wanted}
    if len(kept) == len(parts):
        return kept, ""
    odd = next(role for role in parts if role not in kept)
    has = ("titles", "none") if wanted else ("no titles", "some")
    return kept, f"texts of train have {has[0]}, those of {odd} have {has[1]}"
