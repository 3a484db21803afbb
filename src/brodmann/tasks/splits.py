"""Who trains, who stops, who is reported on: seeded, stratified, by row number."""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray

from brodmann.errors import RequestError
from brodmann.tasks.parts import Part

STREAMS = {"test": 1, "val": 2, "cap train": 3, "cap val": 4, "cap test": 5}
"""Each draw has a stream of its own, so that one setting does not move another's rows."""


def generator_of(seed: int, stream: str) -> np.random.Generator:
    """The generator of one draw, from integers only."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, STREAMS[stream]])))


def allocate(counts: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """How many rows of each class make a sample of exactly ``size``.

    In proportion, by the largest remainder; every class keeps one if ``size`` allows it.

    Args:
        counts: Rows per class, all positive, int64 [classes].
        size: Rows of the sample, at most the sum of ``counts``.

    Returns:
        Rows per class in the sample, int64 [classes].

    Example:
        >>> allocate(np.array([90, 9, 1]), 10)
        array([8, 1, 1])
    """
    least = 1 if size >= len(counts) else 0
    quota = counts * (size / counts.sum())
    given = np.minimum(np.maximum(np.floor(quota).astype(np.int64), least), counts)
    while given.sum() < size:
        given[np.argmax(np.where(given < counts, quota - given, -np.inf))] += 1
    while given.sum() > size:
        given[np.argmax(np.where(given > least, given - quota, -np.inf))] -= 1
    return given


def stratified(
    labels: NDArray[np.int64], size: int, generator: np.random.Generator
) -> NDArray[np.int64]:
    """A sample with the classes in proportion.

    Args:
        labels: Class ids, int64 [n].
        size: Rows to draw, at most n.
        generator: Source of chance.

    Returns:
        Positions in ``labels``, ascending, int64 [size].
    """
    if not len(labels):
        return np.empty(0, dtype=np.int64)
    classes, counts = np.unique(labels, return_counts=True)
    drawn = [
        generator.permutation(np.flatnonzero(labels == one))[:share]
        for one, share in zip(classes, allocate(counts, size), strict=True)
    ]
    return np.sort(np.concatenate(drawn)).astype(np.int64)


def partition(parts: dict[str, Part], shares: dict[str, float], seed: int) -> dict[str, Part]:
    """Take the splits that a source lacks out of its training split.

    Args:
        parts: ``train``, and those of ``val`` and ``test`` that the source has.
        shares: Share of the whole training split for ``test`` and for ``val``, rounded up.
        seed: ``data.split_seed``.

    Returns:
        ``train``, ``val`` and ``test``, disjoint in rows.
    """
    whole, result = parts["train"], dict(parts)
    left = np.arange(len(whole), dtype=np.int64)
    for role in ("test", "val"):
        if role not in parts:
            size = min(ceil(shares[role] * len(whole) - 1e-9), len(left))
            drawn = left[stratified(whole.labels[left], size, generator_of(seed, role))]
            result[role] = whole.take(drawn)
            left = np.setdiff1d(left, drawn, assume_unique=True)
    result["train"] = whole.take(left)
    return result


def cap(part: Part, role: str, key: str, limit: int | None, seed: int) -> Part:
    """At most ``limit`` rows, the classes in proportion and none of them lost.

    Args:
        part: Rows of one split.
        role: ``train``, ``val`` or ``test``.
        key: The setting that holds ``limit``.
        limit: Rows to keep; None for all.
        seed: ``data.split_seed``.

    Raises:
        RequestError: There are more classes than rows to keep.
    """
    if limit is None or limit >= len(part):
        return part
    classes = len(np.unique(part.labels))
    if limit < classes:
        raise RequestError(
            key, limit, f"the {role} split has {classes} classes", f"give {classes} or more"
        )
    return part.take(stratified(part.labels, limit, generator_of(seed, f"cap {role}")))
