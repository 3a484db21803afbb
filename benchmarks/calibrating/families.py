"""Whole studies: how frequently something is supported where nothing is, and power where it is."""

from __future__ import annotations

from collections import Counter
from typing import Any

from benchmarks.planted import pooled, rows_of, suite_of, verdicts
from brodmann.neurons.claims.verdict import Verdict
from brodmann.playground.planted import CASES, World

ROWS = {"train": 200, "val": 200, "test": 200}
LIGHT = {
    "rates": [0.0, 0.08, 0.17], "perturb_rows": 64, "null_orders": 4, "random_orders": 1,
    "permutations": 299, "rotations": 99,
}  # fmt: skip
SIGNALS = (0.8, 0.6, 0.45, 0.3, 0.15)
PARTS = ("scans", "damage", "bases")


def studied(world: World) -> dict[str, Verdict]:
    """Pooled verdicts of a light study with five seeds."""
    return pooled(verdicts(rows_of(suite_of(world, 5, ROWS, **LIGHT), PARTS)))


def families(quick: bool) -> list[dict[str, Any]]:
    """Over worlds without any carrier: verdicts of each claim, and of the family."""
    count = 24 if quick else 240
    found = [studied(CASES["nothing"](2000 + s, tasks=2, units=48)) for s in range(count)]
    wrong = ("SN-1a", "SN-1b", "SN-2", "SN-3", "PB-1")
    rows = [_row(claim, [one[claim].word for one in found]) for claim in wrong]
    any_of = sum(any(one[claim].word == "supported" for claim in wrong) for one in found)
    rows.append({"claim": "any of them", **dict.fromkeys(WORDS, ""), "supported": any_of,
                 "studies": count})  # fmt: skip
    return rows


WORDS = ("supported", "contradicted", "negligible", "inconclusive", "untestable")


def _row(claim: str, words: list[str]) -> dict[str, Any]:
    counts = Counter(words)
    return {"claim": claim, **{word: counts[word] for word in WORDS}, "studies": len(words)}


def power(quick: bool) -> list[dict[str, Any]]:
    """Over worlds with ever weaker carriers: how frequently each claim is supported."""
    rows = []
    for signal in SIGNALS:
        found = [studied(CASES["plain"](3000 + seed, signal, tasks=2, units=64))
                 for seed in range(2 if quick else 16)]  # fmt: skip
        for claim in ("SN-1a", "SN-2", "SN-3", "PB-1"):
            one = _row(claim, [verdicts_[claim].word for verdicts_ in found])
            rows.append({"signal": signal, **one})
    return rows
