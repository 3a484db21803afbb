"""The tables of a sweep: a row per job, and a row per setting with its interval over seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

Row = dict[str, object]
"""One run: its settings and its metrics, by name."""
SETTING = ("task", "model", "method")
"""Columns that tell settings apart; seeds of one setting are averaged."""


def by_setting(rows: Sequence[Row]) -> list[Row]:
    """Mean over seeds with a 95 % t-interval, for every metric of every setting.

    Two runs are of one setting when they differ in nothing but ``seed``. The interval takes seeds
    as the sample; with one seed there is none.

    Args:
        rows: Rows of ``summary.csv``.

    Returns:
        One row per setting, with ``done`` of ``jobs`` and ``<metric>``, ``<metric> low``,
        ``<metric> high``.

    Example:
        >>> rows = [{"task": "a", "seed": s, "state": "done", "test/accuracy": v}
        ...         for s, v in ((0, 0.8), (1, 0.9))]
        >>> row = by_setting(rows)[0]
        >>> round(row["test/accuracy"], 2), row["done"]
        (0.85, 2)
    """
    groups: dict[tuple[tuple[str, object], ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(_setting(row), []).append(row)
    return [{**dict(setting), **_aggregate(members)} for setting, members in groups.items()]


def _setting(row: Row) -> tuple[tuple[str, object], ...]:
    outcome = ("seed", "state", "error", "folder", "job")
    return tuple((k, v) for k, v in row.items() if k not in outcome and "/" not in k)


def _aggregate(rows: list[Row]) -> Row:
    done = [row for row in rows if row["state"] == "done"]
    result: Row = {"jobs": len(rows), "done": len(done)}
    for metric in dict.fromkeys(key for row in done for key in row if "/" in key):
        values = np.array([float(str(row[metric])) for row in done if metric in row])
        result[metric] = float(values.mean())
        if len(values) > 1:
            half = float(stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1))
            half /= math.sqrt(len(values))
            result[f"{metric} low"] = float(values.mean()) - half
            result[f"{metric} high"] = float(values.mean()) + half
    return result
