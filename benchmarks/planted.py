"""Studies on planted models: the parts of the Skill Neuron study without Hydra or training."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from brodmann.config.studies import SkillNeuronsSettings, StudyConfig
from brodmann.neurons.claims.collect import judge_study
from brodmann.neurons.claims.evidence import POOLED, Evidence
from brodmann.neurons.claims.skill_neurons import CLAIMS
from brodmann.neurons.claims.verdict import Verdict
from brodmann.playground.planted import PlantedRun, World
from brodmann.studies.given import GivenSuite
from brodmann.studies.skill_neurons import (
    perturbation,
    predictivity,
    specificity,
    type_losses,
    type_ranks,
)
from brodmann.studies.skill_neurons.basis import evidence_pb1
from brodmann.studies.skill_neurons.settings import scans
from brodmann.studies.suite import Job, Suite, grid

RATES = [0.0, 0.02, 0.05, 0.08, 0.12, 0.17]
DRAWS = 399
"""Permutations: the smallest p (.0025) is below the strictest Holm level of 15 claims (.0033)."""
Rows = dict[str, list[Evidence]]


def suite_of(
    world: World, seeds: int = 5, rows: Mapping[str, int] | None = None, **settings: Any
) -> GivenSuite:
    """A planted world as a suite: every task with prompts of several seeds.

    Args:
        world: The planted world.
        seeds: How many prompts.
        rows: Examples of every split.
        settings: Of the study, beside the ones used here.
    """
    own = SkillNeuronsSettings(
        **{"perturb_rows": 128, "rates": RATES, "permutations": DRAWS, "random_orders": 2,
           "null_orders": 8, "rotations": DRAWS, **settings}
    )  # fmt: skip
    tasks, numbers = list(world.tasks), list(range(seeds))
    config = StudyConfig(
        experiment="skill_neurons", task=tasks, seed=numbers, study=own, preset="planted"
    )
    more = {} if rows is None else {"rows": rows}
    given = {Job(t, s): PlantedRun(world, t, s, **more) for t in tasks for s in numbers}
    return GivenSuite(config, given, {name: task.type for name, task in world.tasks.items()})


def of_scans(suite: Suite) -> Rows:
    """SN-1a, SN-1b, SN-2."""
    return predictivity.evidence(suite, scans(suite, grid(suite.config)))


def of_damage(suite: Suite) -> Rows:
    """SN-3."""
    return {
        "SN-3": perturbation.harm(
            suite, perturbation.damages(suite, suite.tasks), suite.competent()
        )
    }


def of_types(suite: Suite) -> Rows:
    """SN-4 and SN-5."""
    known = scans(suite, grid(suite.config))
    ranks = type_ranks.correlations(suite, known)
    said = type_losses.answers(suite, perturbation.damages(suite, suite.tasks))
    return specificity.judged(suite, known, ranks, said)


def of_bases(suite: Suite) -> Rows:
    """PB-1."""
    return {"PB-1": evidence_pb1(suite)[0]}


FINDERS: dict[str, Callable[[Suite], Rows]] = {
    "scans": of_scans, "damage": of_damage, "types": of_types, "bases": of_bases,
}  # fmt: skip
"""What is measured -> rows of evidence by claim."""


def rows_of(suite: Suite, parts: Sequence[str]) -> Rows:
    """Evidence of some parts."""
    found: Rows = {}
    for part in parts:
        found |= FINDERS[part](suite)
    return found


def verdicts(evidence: Rows) -> list[Verdict]:
    """All verdicts, Holm over all the claims that were measured."""
    left = {claim.id: "not measured here" for claim in CLAIMS if claim.id not in evidence}
    return [one for one in judge_study(CLAIMS, evidence, left) if one.claim.id in evidence]


def pooled(found: Sequence[Verdict]) -> dict[str, Verdict]:
    """Claim -> its pooled verdict."""
    return {one.claim.id: one for one in found if one.evidence.scope == POOLED}
