"""EM-1b: to how many functions a neuron responds, against independent choices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from brodmann.config.studies import SpecializationSettings
from brodmann.neurons.claims.evidence import POOLED, Evidence, not_measured
from brodmann.neurons.statistics.permutation import p_value, smallest_p
from brodmann.report.findings import Row
from brodmann.studies.functions.asked import Scans, short
from brodmann.studies.functions.estimates import jackknifed
from brodmann.studies.suite import Suite

BINS = 5
"""Strata of like standard deviation in every layer."""


def predictivity(found: Scans) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """|AUROC - .5| of all neurons, ``[Q, U]``, and their strata (layer, s.d.), ``[U]``."""
    values, strata = [], []
    for place, site in enumerate(found.sites):
        values.append(np.abs(found.of("auroc", site).double().numpy() - 0.5))
        spread = next(iter(found.by_function.values())).tensors[f"std/{site}"].double().numpy()
        ranks = spread.argsort().argsort()
        strata.append(place * BINS + ranks * BINS // len(ranks))
    return np.concatenate(values, 1), np.concatenate(strata)


def responsive(
    values: NDArray[np.float64], function_of: NDArray[np.int64], share: float
) -> NDArray[np.bool_]:
    """The most predictive neurons of every function, by their mean over its questions.

    Args:
        values: ``[Q, U]``.
        function_of: Long ``[Q]``.
        share: Of all neurons.

    Returns:
        Bool ``[F, U]``.
    """
    means = np.stack([values[function_of == one].mean(0) for one in np.unique(function_of)])
    count = max(1, int(share * means.shape[1]))
    chosen = np.zeros(means.shape, dtype=bool)
    np.put_along_axis(chosen, means.argsort(1, kind="stable")[:, ::-1][:, :count], True, axis=1)
    return chosen


def exclusive(chosen: NDArray[np.bool_]) -> float:
    """Of the neurons that respond to any function, the share that respond to exactly one."""
    counts = chosen.sum(0)
    return float((counts == 1).sum() / (counts > 0).sum())


def shuffled(
    chosen: NDArray[np.bool_], strata: NDArray[np.int64], draws: int, seed: int
) -> NDArray[np.float64]:
    """The same share when functions choose independently within strata, ``[draws]``."""
    random = np.random.default_rng(seed)
    order = strata.argsort(kind="stable")
    found = np.empty(draws)
    for draw in range(draws):
        moved = np.empty_like(chosen)
        for row, mine in enumerate(chosen):
            keys = random.random(len(strata))
            moved[row, order] = mine[np.lexsort((keys, strata))]
        found[draw] = exclusive(moved)
    return found


def evidence_em1b(suite: Suite, found: Scans) -> tuple[Evidence, Sequence[Row]]:
    """The pooled row, and a table of how many functions neurons respond to."""
    own = cast(SpecializationSettings, suite.config.study)
    values, strata = predictivity(found)
    if len(found.functions) < 2:
        return not_measured(POOLED, "one function only"), []

    def beyond(kept: NDArray[np.int64], draws: int = 20) -> float:
        chosen = responsive(values[kept], found.function_of[kept], own.responsive)
        return exclusive(chosen) - float(shuffled(chosen, strata, draws, own.draw_seed).mean())

    chosen = responsive(values, found.function_of, own.responsive)
    null = shuffled(chosen, strata, own.permutations, own.draw_seed)
    estimate = jackknifed(beyond, found.function_of)
    if estimate is None:
        return not_measured(POOLED, "a function has fewer than three questions"), []
    seen = exclusive(chosen)
    row = Evidence(
        POOLED, estimate, float(p_value(seen, null)), smallest_p(len(null)),
        n=len(found.function_of), p_mirror=float(p_value(seen, null, "less")),
        notes={"share": seen, "share_if_independent": float(null.mean())},
    )  # fmt: skip
    return row, _table(found, chosen)


def _table(found: Scans, chosen: NDArray[np.bool_]) -> list[Row]:
    counts = chosen.sum(0)
    rows: list[Row] = [
        {"function": short(name), "responsive": int(mine.sum()),
         **{f"to {n} function{'s' if n > 1 else ''}": int((counts[mine] == n).sum())
            for n in range(1, len(chosen) + 1)}}
        for name, mine in zip(found.functions, chosen, strict=True)
    ]  # fmt: skip
    return rows
