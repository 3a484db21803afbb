"""What was measured for a claim, pooled or for one task, layer or model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from brodmann.errors import RunError
from brodmann.neurons.claims.claim import Claim, Value
from brodmann.neurons.statistics.levels import Bounds, Interval, exit_level, fitting_level
from brodmann.neurons.statistics.reliability import unreliable

POOLED = "pooled"
"""Name of the row that stands for all tasks together."""
COMPETENT = 0.10
"""Accuracy above the majority's that makes a method competent at a task."""


@dataclass(frozen=True)
class Sensitivity:
    """The same effect by another ablation, threshold or metric; it can only take away.

    Attributes:
        name: What was different.
        effect: In the unit of the claim, unless ``other_unit``.
        other_unit: Whether only its sign can be compared: its size takes nothing away.
        second: Whether it is a second condition of support: another sign takes ``supported`` away,
            and neither ``contradicted`` nor ``negligible``.
    """

    name: str
    effect: float
    other_unit: bool = False
    second: bool = False


@dataclass(frozen=True)
class Evidence:
    """One row of evidence: an effect with its interval and its permutation or paired test.

    Attributes:
        scope: ``pooled``, or the task, layer or model that the row is about.
        interval: The effect, centred on its null's mean, with an interval at any level; None
            where nothing could be measured.
        p_value: One-sided, against the decisive null, that the effect is as large by chance.
        p_mirror: The same that it is as small by chance; None where the test has no other side.
        own_test: Whether the p is that of the t test of the same interval, which agrees by itself.
        smallest_p: The smallest p that the test could have given.
        n: Units of inference.
        seeds: Training seeds; None where no training is involved.
        competence: Accuracy of the method above the majority's, of the worst task of the row;
            None where it plays no part.
        reliabilities: Name -> reliability of the scores.
        untestable: Further reasons why no verdict can be given.
        one_shot: Whether only single units or selections were disturbed at once: such data never
            show that an effect is negligible, since a dormant backup may stand in.
        sensitivity: The same effect by other means.
        notes: Further plain values of the row (``these tasks``, counts).

    Raises:
        RunError: p-values outside 0 to 1, or an effect that is not a number.
    """

    scope: str
    interval: Interval | None
    p_value: float
    smallest_p: float
    n: int
    p_mirror: float | None = None
    own_test: bool = False
    seeds: int | None = None
    competence: float | None = None
    reliabilities: Mapping[str, float] = field(default_factory=dict)
    untestable: tuple[str, ...] = ()
    one_shot: bool = False
    sensitivity: tuple[Sensitivity, ...] = ()
    notes: Mapping[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        given = (self.p_value, self.smallest_p, 1.0 if self.p_mirror is None else self.p_mirror)
        if not all(0 <= p <= 1 for p in given):
            raise RunError(f"the evidence of {self.scope} has p-values {given}")
        if self.interval is None and not self.untestable:
            raise RunError(f"the evidence of {self.scope} has no interval and no reason why")
        if self.interval is not None and not np.isfinite(self.interval.effect):
            raise RunError(f"the evidence of {self.scope} has an effect that is not finite")

    @property
    def effect(self) -> float | None:
        """The effect, or None where nothing could be measured."""
        return None if self.interval is None else self.interval.effect

    def at_level(self, level: float) -> Bounds | None:
        """The interval at a level, or None."""
        return None if self.interval is None else self.interval.at_level(level)

    def p_above(self, delta: float) -> float:
        """The smallest level at which the interval lies above delta and the test agrees."""
        if self.interval is None or self.p_value >= 1:
            return 1.0
        return max(self.p_value, exit_level(self.interval, delta, above=True))

    def p_below(self, delta: float) -> float:
        """The mirrored rule: the interval below ``-delta``, and the mirrored test agrees."""
        if self.interval is None or self.p_mirror is None or self.p_mirror >= 1:
            return 1.0
        return max(self.p_mirror, exit_level(self.interval, -delta, above=False))

    def p_within(self, delta: float) -> float:
        """The smallest level at which the interval lies within plus and minus delta."""
        if self.interval is None or self.one_shot:
            return 1.0
        return fitting_level(self.interval, delta)


def not_measured(scope: str, *reasons: str) -> Evidence:
    """Evidence that could not be had, with the reasons.

    Example:
        >>> not_measured("pooled", "there is no LM head").untestable
        ('there is no LM head',)
    """
    return Evidence(scope, None, 1.0, 0.0, 0, untestable=reasons)


def incompetence(competence: float) -> str:
    """Why a task that the method cannot do says nothing.

    Args:
        competence: Accuracy above the majority's.

    Example:
        >>> incompetence(0.04)
        'the method is not competent: 4.0 points above the majority, 10 are needed'
    """
    return (
        f"the method is not competent: {100 * competence:.1f} points above the majority, "
        f"{100 * COMPETENT:.0f} are needed"
    )


def reasons(claim: Claim, evidence: Evidence) -> list[str]:
    """Why a row admits no verdict, whatever it says; empty where it does.

    Too coarse a permutation test is not among them: that depends on the level, which Holm sets.
    """
    found = list(evidence.untestable)
    if evidence.seeds is not None and evidence.seeds < claim.seeds:
        found.append(f"{evidence.seeds} seeds, {claim.seeds} are needed")
    if evidence.competence is not None and not evidence.competence >= COMPETENT:
        found.append(incompetence(evidence.competence))
    low = unreliable(evidence.reliabilities, claim.reliability) if claim.reliability else None
    return [*found, low] if low else found
