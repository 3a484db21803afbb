"""Coverage where examples and seeds are drawn anew and everything is measured again: SN-2, 4, 5."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.planted import suite_of
from brodmann.errors import RunError
from brodmann.neurons.claims.evidence import Evidence
from brodmann.neurons.statistics.intervals import Estimate
from brodmann.playground.planted import CASES
from brodmann.studies.skill_neurons.agreement import pairs_of, stability
from brodmann.studies.skill_neurons.perturbation import damages
from brodmann.studies.skill_neurons.settings import scans
from brodmann.studies.skill_neurons.type_evidence import in_effect, in_ranks
from brodmann.studies.skill_neurons.type_losses import answers
from brodmann.studies.skill_neurons.type_ranks import correlations
from brodmann.studies.suite import Job, Suite, grid

ROWS = {"train": 150, "val": 150, "test": 100}
LIGHT = {"permutations": 17, "null_orders": 1, "random_orders": 1, "rates": [0.0, 0.1],
         "perturb_rows": 100}  # fmt: skip
FAMILIES = (2, 2)
"""Tasks of each type: as few as a type effect can be computed on."""


def redrawn(quick: bool) -> list[dict[str, Any]]:
    """A row per claim and number of seeds.

    The weights stay, examples and prompts are new in every repetition; the truth is the mean
    effect over the repetitions.
    """
    repeats, rows = 20 if quick else 200, []
    for case, estimates in (("shared_inputs", of_ranks), ("hub", of_losses)):
        world = CASES[case](0, FAMILIES)
        for seeds in (3, 5):
            suites = (suite_of(replace(world, seed=1000 + r), seeds, ROWS, **LIGHT)
                      for r in range(repeats))  # fmt: skip
            drawn = [estimates(suite) for suite in suites]
            rows += [_row(claim, seeds, [one[claim] for one in drawn]) for claim in drawn[0]]
    return rows


def of_ranks(suite: Suite) -> dict[str, Estimate]:
    """SN-2 of a task and of all, and SN-4."""
    known = scans(suite, grid(suite.config))
    pairs = [pairs_of([known[Job(task, s)] for s in suite.seeds]) for task in suite.tasks]
    (types,) = in_ranks(suite, known, correlations(suite, known))
    return {"SN-2, one task": stability(pairs[:1]), "SN-2, pooled": stability(pairs),
            "SN-4": _interval(types)}  # fmt: skip


def of_losses(suite: Suite) -> dict[str, Estimate]:
    """SN-5."""
    (found,) = in_effect(suite, answers(suite, damages(suite, suite.tasks)))
    return {"SN-5": _interval(found)}


def _interval(found: Evidence) -> Estimate:
    if not isinstance(found.interval, Estimate):
        raise RunError(f"no interval: {'; '.join(found.untestable)}")
    return found.interval


def _row(claim: str, seeds: int, drawn: list[Estimate]) -> dict[str, Any]:
    truth = float(np.mean([one.effect for one in drawn]))
    alone = [replace(one, parts=one.parts[:1]) for one in drawn]
    return {
        "claim": claim, "seeds": seeds, "true effect": truth,
        "s.d. of the effect": float(np.std([one.effect for one in drawn], ddof=1)),
        "standard error": float(np.mean([one.variance for one in drawn])) ** 0.5,
        "covered": _covered(drawn, truth), "by seeds alone": _covered(alone, truth),
        "repetitions": len(drawn),
    }  # fmt: skip


def _covered(drawn: list[Estimate], truth: float) -> float:
    ends = [one.at_level(0.05) for one in drawn]
    return float(np.mean([low <= truth <= high for low, high in ends]))
