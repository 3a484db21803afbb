"""Each planted case, with the verdict that the table of claims states for it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from benchmarks.planted import pooled, rows_of, suite_of, verdicts
from brodmann.playground.planted import CASES

NO = ("negligible", "inconclusive", "contradicted", "untestable")
YES = ("supported",)
WEAK = ("supported", "inconclusive")
"""Where the effect is near twice delta, five seeds and few examples may not do."""
UNREFUTED = ("supported", "inconclusive", "untestable")
LIGHT = {"rates": [0.0, 0.05, 0.12], "perturb_rows": 64, "null_orders": 4, "random_orders": 1,
         "permutations": 299, "rotations": 99}  # fmt: skip
ROWS = {"train": 200, "val": 200, "test": 200}
"""Settings of the study that make it light; they are no part of any test's level."""


@dataclass(frozen=True)
class Trial:
    """A planted case as it is tried.

    Attributes:
        case: Row of ``CASES``.
        parts: What is measured.
        expected: Claim -> words that are right.
        settings: Of the study.
    """

    case: str
    parts: tuple[str, ...]
    expected: dict[str, tuple[str, ...]]
    settings: dict[str, Any] = field(default_factory=dict)


TRIALS = {
    "carriers (positive control)": Trial(
        "plain", ("scans", "damage", "bases"), {"SN-1a": YES, "SN-3": WEAK, "PB-1": YES},
        {"perturb_rows": 200},
    ),
    "1 copies with zero output": Trial(
        "copying", ("scans", "damage"), {"SN-1a": YES, "SN-3": NO}
    ),
    "2 always-on hub": Trial(
        "hub", ("types",), {"SN-5": NO}, {"permutations": 19, "null_orders": 1}
    ),
    "3 rotated basis": Trial("rotated", ("scans", "bases"), {"SN-1a": NO, "PB-1": NO}),
    "3 superposition": Trial("superposed", ("scans", "bases"), {"SN-1a": NO, "PB-1": NO}),
    "4 dormant backup, noise": Trial(
        "backup", ("damage",), {"SN-3": ("inconclusive",)}
    ),
    "4 dormant backup, zero": Trial(
        "backup", ("damage",), {"SN-3": ("inconclusive", "untestable")}, {"intervention": "zero"}
    ),
    "6 shared inputs": Trial(
        "shared_inputs", ("types",), {"SN-4": NO}, {"permutations": 19, "null_orders": 1}
    ),
    "8 graded and awkward": Trial(
        "graded", ("scans", "damage", "types"),
        {"SN-1a": YES, "SN-3": WEAK, "SN-4": UNREFUTED,
         "SN-5": UNREFUTED},
    ),
}  # fmt: skip
"""Name -> what is tried. In case 8 six tasks are solved, of types of 3, 2 and 1: 60 labelings."""


def tried(trial: Trial, seed: int) -> dict[str, tuple[str, float | None]]:
    """Claim -> verdict and pooled effect, in one world."""
    suite = suite_of(CASES[trial.case](seed), 5, ROWS, **{**LIGHT, **trial.settings})
    found = pooled(verdicts(rows_of(suite, trial.parts)))
    return {name: (found[name].word, found[name].evidence.effect) for name in trial.expected}


def verdicts_of_cases(quick: bool) -> list[dict[str, Any]]:
    """A row per case and claim: verdicts over the worlds, and how many are right."""
    rows = []
    for name, trial in TRIALS.items():
        worlds = [tried(trial, seed) for seed in range(1 if quick else 5)]
        for claim, right in trial.expected.items():
            words = [world[claim][0] for world in worlds]
            effects = [e for world in worlds if (e := world[claim][1]) is not None]
            rows.append({
                "case": name, "claim": claim,
                "must be": "supported" if right == YES else
                           "not supported" if right == NO else " or ".join(right),
                "verdicts": ", ".join(f"{n} {word}" for word, n in Counter(words).items()),
                "right": f"{sum(word in right for word in words)} of {len(words)}",
                "effects": f"{min(effects):.3f} to {max(effects):.3f}" if effects else "",
            })  # fmt: skip
    return rows
