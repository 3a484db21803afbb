"""Studies of functions on planted models: their evidence without Hydra or a backbone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from brodmann.config.studies import ModularitySettings, StudyConfig
from brodmann.neurons.claims.collect import judge_study
from brodmann.neurons.claims.functions import MODULARITY, SPECIALIZATION
from brodmann.neurons.claims.verdict import Verdict
from brodmann.playground.planted import World
from brodmann.playground.planted.function import PlantedFunction
from brodmann.studies.functions.asked import scanned
from brodmann.studies.given import GivenSuite
from brodmann.studies.modularity.damage import evidence_em5a, evidence_em5b, harmed
from brodmann.studies.modularity.experts import BY_VARIANCE, by_rule, evidence, modelled
from brodmann.studies.modularity.harm import relative
from brodmann.studies.modularity.partitions import settings
from brodmann.studies.modularity.specific import evidence_em6
from brodmann.studies.specialization.detection import evidence as evidence_em1a
from brodmann.studies.specialization.separation import evidence_em2
from brodmann.studies.suite import Job, Suite

Rows = dict[str, list[Any]]
SETTINGS: dict[str, Any] = {
    "twins": 0, "expert_size": 16, "top": 0.02, "permutations": 399, "doses": [0.05, 0.125],
    "random_partitions": 5, "random_draws": 8, "partition_seeds": 1,
}  # fmt: skip
"""Of the studies on planted models: their experts have 16 neurons, and none has a twin."""


def suite_of(world: World, counts: Mapping[str, int] | None = None, **own: Any) -> GivenSuite:
    """A modular world as a suite of functions.

    Args:
        world: The planted world.
        counts: Texts of every question and split.
        own: Settings of the study, beside the ones used here.
    """
    functions = list(world.functions)
    config = StudyConfig(experiment="modularity", task=functions, seed=[0], preset="planted",
                         study=ModularitySettings(**{**SETTINGS, **own}))  # fmt: skip
    more = {} if counts is None else {"counts": counts}
    given = {Job(name, 0): PlantedFunction(world, name, 0, **more) for name in functions}
    return GivenSuite(config, given, {})  # type: ignore[arg-type]


def of_neurons(suite: Suite) -> Rows:
    """EM-1a and EM-2."""
    found = scanned(suite)
    return {"EM-1a": evidence_em1a(found, []), "EM-2": [evidence_em2(found, [])]}


def of_experts(suite: Suite) -> Rows:
    """EM-3 and EM-4."""
    model, alpha = modelled(suite), settings(suite.config).alpha
    return {"EM-3": evidence(model, [], by_rule(alpha)),
            "EM-4": evidence(model, [], BY_VARIANCE)}  # fmt: skip


def of_damage(suite: Suite) -> Rows:
    """EM-5a, EM-5b and EM-6."""
    harms, own = harmed(suite), settings(suite.config)
    matrix, names = relative(harms, own.noise)
    return {
        "EM-5a": evidence_em5a(harms, own.noise), "EM-5b": evidence_em5b(harms, own.noise),
        "EM-6": evidence_em6(matrix, names, own.permutations, 0, []),
    }  # fmt: skip


FINDERS: dict[str, Callable[[Suite], Rows]] = {
    "neurons": of_neurons, "experts": of_experts, "damage": of_damage,
}  # fmt: skip
"""What is measured -> rows of evidence by claim."""


def verdicts(evidence: Rows) -> dict[str, Verdict]:
    """Claim -> its pooled verdict, Holm over the claims that were measured."""
    claims = (*SPECIALIZATION, *MODULARITY)
    left = {claim.id: "not measured here" for claim in claims if claim.id not in evidence}
    found = judge_study(claims, evidence, left)
    return {one.claim.id: one for one in found
            if one.claim.id in evidence and one.evidence.scope == "pooled"}  # fmt: skip
