"""From a label column to class ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from brodmann.errors import RequestError
from brodmann.tasks.parts import Part


def class_ids(
    values: Sequence[Hashable], classes: Sequence[str], keep: Sequence[int] | None, where: str
) -> NDArray[np.int64]:
    """Numbers of a label column of integers (ids of the source) or of class names.

    Args:
        values: One label per row.
        classes: Names of the classes, by class id.
        keep: The source's ids of these classes, if some are left out later.
        where: The split and source, for messages.

    Returns:
        Class ids, int64 [n]; with ``keep``, still the ids of the source.

    Raises:
        RequestError: A label is none of the classes.
    """
    _check_keep(classes, keep)
    known: dict[Hashable, int] = {name: i for i, name in enumerate(classes)}
    known |= {i: i for i in range(len(classes))}
    if keep is not None:
        known |= {value: value for value in set(values) if isinstance(value, int)}
    _check_known(values, known, classes, where)
    return np.fromiter((known[value] for value in values), dtype=np.int64, count=len(values))


def only_kept(part: Part, keep: Sequence[int] | None) -> Part:
    """Leave classes out and number the others anew.

    Args:
        part: Rows whose labels are ids of the source.
        keep: The ids that stay, in their new order; None keeps everything.

    Example:
        >>> from brodmann.tasks.parts import part_of
        >>> part = part_of("abc", "abc", np.array([2, 0, 1]))
        >>> only_kept(part, [2, 1]).labels
        array([0, 1])
    """
    if keep is None:
        return part
    chosen = part.take(np.flatnonzero(np.isin(part.labels, keep)))
    number = {source: i for i, source in enumerate(keep)}
    labels = [number[int(label)] for label in chosen.labels]
    return replace(chosen, labels=np.array(labels, dtype=np.int64))


def _check_keep(classes: Sequence[str], keep: Sequence[int] | None) -> None:
    if keep is not None and len(set(keep)) != len(classes):
        raise RequestError(
            "task.keep", list(keep), f"there are {len(classes)} classes: {', '.join(classes)}",
            "give one label id of the source for each of them",
        )  # fmt: skip


def _check_known(
    values: Sequence[Hashable], known: dict[Hashable, int], classes: Sequence[str], where: str
) -> None:
    unknown = {label: n for label, n in Counter(values).items() if label not in known}
    if unknown:
        first = list(unknown.items())[:3]
        said = ", ".join(f"{str(label)[:30]} (n = {n:,})" for label, n in first)
        raise RequestError(
            "task.classes", f"[{','.join(classes)}]",
            f"labels outside the declared classes in {where}: {said}",
            f"the classes are numbered 0 to {len(classes) - 1}: declare those that are missing, "
            "or choose a labelled split",
        )  # fmt: skip
