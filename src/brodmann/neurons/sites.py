"""Where units are: a place of a model whose last axis is units, and how sites are addressed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from brodmann.errors import RequestError, nearest


@dataclass(frozen=True)
class Site:
    """A place in a model whose last axis is units.

    Attributes:
        name: ``<stack>.<block>.<kind>``, for instance ``encoder.3.ffn``; blocks count from 0.
        block: Index of the transformer block.
        kind: ``ffn`` (neurons: the input of the FFN's output projection), ``attention`` (the input
            of attention's output projection), or the linear layer whose output it is (``query``).
        path: Path of the module in the model that holds it (``model.get_submodule``).
        side: Whether the units are the module's ``input`` or its ``output``.
        units: Number of units.
    """

    name: str
    block: int
    kind: str
    path: str
    side: str
    units: int


def address(sites: Sequence[Site], wanted: str | Sequence[str] = "*") -> list[Site]:
    """The sites that names, globs or ranges of blocks ask for, in the model's order.

    Args:
        sites: All there are.
        wanted: A pattern or several: a name (``encoder.3.ffn``), a glob (``*.ffn``), or either
            with a range of blocks in the block's place (``encoder.3-11.ffn``, both ends included).

    Raises:
        RequestError: A pattern that no site has.

    Example:
        >>> sites = [Site(f"encoder.{i}.ffn", i, "ffn", f"layer.{i}.out", "input", 8)
        ...          for i in range(4)]
        >>> [site.name for site in address(sites, "encoder.2-3.*")]
        ['encoder.2.ffn', 'encoder.3.ffn']
    """
    patterns = [wanted] if isinstance(wanted, str) else list(wanted)
    chosen: set[str] = set()
    for pattern in patterns:
        names = {site.name for site in sites if _matches(site, pattern)}
        if not names:
            known = [site.name for site in sites]
            raise RequestError("sites", pattern, "no site is called so", nearest(pattern, known))
        chosen |= names
    return [site for site in sites if site.name in chosen]


def _matches(site: Site, pattern: str) -> bool:
    span = re.search(r"\.(\d+)-(\d+)(?=\.|$)", pattern)
    if span is None:
        return fnmatchcase(site.name, pattern)
    first, last = int(span[1]), int(span[2])
    one = f"{pattern[: span.start()]}.{site.block}{pattern[span.end() :]}"
    return first <= site.block <= last and fnmatchcase(site.name, one)
