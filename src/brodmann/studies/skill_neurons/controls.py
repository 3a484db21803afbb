"""Part ``controls``: what would make the other findings mean less than they seem to."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from brodmann.config.studies import StudyConfig
from brodmann.neurons.claims.evidence import Evidence
from brodmann.neurons.statistics.permutation import smallest_p
from brodmann.report.findings import Figure, Finding, Table
from brodmann.studies.skill_neurons.ablations import evidence_ab1
from brodmann.studies.skill_neurons.basis import evidence_pb1
from brodmann.studies.skill_neurons.control_labels import evidence_ct1
from brodmann.studies.skill_neurons.damage import BANK
from brodmann.studies.skill_neurons.settings import settings
from brodmann.studies.study import Outcome, Part
from brodmann.studies.suite import Job, Suite, grid

Control = Callable[[Suite], tuple[list[Evidence], list[Table], list[Figure]]]
"""Measures one claim: its rows, tables and figures."""
CONTROLS_BY_CLAIM: Mapping[str, Control] = {
    "CT-1": evidence_ct1,
    "AB-1": evidence_ab1,
    "PB-1": evidence_pb1,
}
"""Claim -> what measures it; rows come with the pooled one first."""
SENTENCES = {
    "CT-1": "The best neuron is {points:+.1f} points further above the majority class on true than "
    "on control labels.",
    "AB-1": "Under zero, mean and resample ablation the gap between own and control neurons has "
    "the sign that it has under noise in {share:.0f} % of runs and ablations.",
    "PB-1": "The best neuron's test balanced accuracy is {points:+.1f} points from that of the "
    "best of equally many rotated directions.",
}
"""Claim -> what came out, given the pooled effect as ``share`` (above one half) and ``points``."""


def jobs(config: StudyConfig) -> list[Job]:
    """A tuned prompt for every task and seed."""
    return grid(config)


def find(suite: Suite) -> Outcome:
    """All controls, each with its rows."""
    found = {claim: control(suite) for claim, control in CONTROLS_BY_CLAIM.items()}
    evidence = {claim: rows for claim, (rows, _, _) in found.items()}
    finding = Finding(
        part="controls", title="Controls: other labels, other ablations, other directions",
        summary=" ".join(said(claim, rows[0]) for claim, rows in evidence.items()),
        tables=[table for _, tables, _ in found.values() for table in tables],
        figures=[figure for _, _, figures in found.values() for figure in figures],
        notes=_notes(suite),
    )  # fmt: skip
    return Outcome(finding, evidence)


def said(claim: str, pooled: Evidence) -> str:
    """What came out for a claim, in a sentence."""
    if pooled.effect is None:
        return f"{claim} was not measured: {'; '.join(pooled.untestable)}."
    words = SENTENCES.get(claim, claim + ": the effect is {effect:+.3f}.")
    effect = pooled.effect
    return words.format(effect=effect, share=100 * (effect + 0.5), points=100 * effect)


def _notes(suite: Suite) -> list[str]:
    count = settings(suite.config).rotations
    return [
        f"Resampled neurons take the activations at one random token of an example from a bank of "
        f"{BANK}, the same token for all of them.",
        f"{count} rotations give no p below {smallest_p(draws=count):.3f}; where the level that "
        "Holm's correction sets is lower, PB-1 stays untestable whatever its effect. "
        "study.rotations=999 lifts that.",
    ]


CONTROLS = Part("controls", tuple(CONTROLS_BY_CLAIM), jobs, find)
"""Part ``controls``."""
