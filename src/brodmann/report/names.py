"""Names of the files that a report writes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from brodmann.errors import RunError


def stem(name: str) -> str:
    """A name as that of a file: ``/`` becomes ``.``, what is unusual becomes ``_``.

    Args:
        name: Name of a table or a figure, without its end.

    Raises:
        RunError: Nothing is left of the name.

    Example:
        >>> stem("curves-nyu-mll/glue"), stem("../../etc/passwd")
        ('curves-nyu-mll.glue', 'etc.passwd')
    """
    safe = re.sub(r"[^\w.=+-]", "_", name.replace("/", ".").replace("\\", ".")).strip("._")
    if not safe:
        raise RunError(f"a table or a figure is named {name!r}, which is no name for a file")
    return safe[:150]


def stems(names: Sequence[str]) -> list[str]:
    """File names for many, none twice.

    Raises:
        RunError: Two would be written to one file.

    Example:
        >>> stems(["a", "b/c"])
        ['a', 'b.c']
    """
    found = [stem(name) for name in names]
    twice = [name for name, count in Counter(found).items() if count > 1]
    if twice:
        raise RunError(f"two tables or two figures of the report are named {twice[0]!r}")
    return found
