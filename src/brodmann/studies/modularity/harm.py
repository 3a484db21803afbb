"""From losses under arms to damage: by question, dose and source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brodmann.neurons.claims.evidence import COMPETENT
from brodmann.studies.measuring import Measured
from brodmann.studies.modularity.chosen import Arm

FEWEST = 3
"""Questions that a function must have for its damage to be judged."""
LEAST = 0.1
"""Nats that a function's questions must know beyond chance for relative damage to be told."""
CHANCE = float(np.log(2))
"""Log-loss of an answer by chance, in nats."""


@dataclass(frozen=True, eq=False)
class Harm:
    """What every arm does to the questions of one function that the model can answer.

    Attributes:
        function: Its short name.
        questions: Names of the questions.
        left_out: Names of the others: the probe is less than ten points above chance.
        arms: In the order of ``damage``.
        damage: Log-loss under the arm less that without, mean over examples, ``[A, K]``.
        known: What is known beyond chance, in nats, ``[K]``.
    """

    function: str
    questions: Sequence[str]
    left_out: Sequence[str]
    arms: Sequence[Arm]
    damage: NDArray[np.float64]
    known: NDArray[np.float64]

    def where(self, keep: Callable[[Arm], bool]) -> NDArray[np.int64]:
        """Places of the arms that are kept."""
        return np.array([i for i, arm in enumerate(self.arms) if keep(arm)], dtype=np.int64)

    def by_dose(self, kind: str, noise: str, of: str | None = None) -> NDArray[np.float64]:
        """Damage of arms of a kind, ``[doses, draws, K]``.

        Args:
            kind: As :class:`Arm` has it.
            noise: Row of ``NOISES``.
            of: Function, question or draw; all when None.
        """
        doses = sorted({arm.dose for arm in self.arms if arm.kind == kind and arm.noise == noise})
        return np.stack([
            self.damage[self.where(lambda arm, dose=dose: (arm.kind, arm.noise, arm.dose) == (  # type: ignore[misc]
                kind, noise, dose) and of in (None, arm.of))]
            for dose in doses
        ])  # fmt: skip

    def area(self, kind: str, noise: str, of: str | None = None) -> NDArray[np.float64]:
        """Mean damage over the doses, ``[draws, K]``."""
        return np.asarray(self.by_dose(kind, noise, of).mean(0))

    def by_others(self, noise: str) -> NDArray[np.float64]:
        """Damage to each question by experts that the function's other questions choose, ``[K]``.

        Args:
            noise: Row of ``NOISES``.
        """
        return np.array([self.area("experts without", noise, name)[0, k]
                         for k, name in enumerate(self.questions)])  # fmt: skip


def harm_of(function: str, made: Measured, arms: Sequence[Arm]) -> Harm:
    """Damage to a function's questions.

    Args:
        function: Its short name.
        made: What ``disturb`` gives.
        arms: Those that it was asked under.
    """
    question, names = made.tensors["question"].numpy(), list(made.info["questions"])
    loss, clean = made.tensors["loss"].double().numpy(), made.tensors["clean"].double().numpy()
    able = made.tensors["competence"].numpy() >= COMPETENT
    kept = np.flatnonzero(able)
    means = [(loss[:, question == k] - clean[question == k]).mean(1) for k in kept]
    known = np.array([CHANCE - clean[question == k].mean() for k in kept])
    return Harm(
        function, [names[k] for k in kept], [names[k] for k in np.flatnonzero(~able)], arms,
        np.stack(means, 1) if len(kept) else np.empty((len(arms), 0)), known,
    )  # fmt: skip


def relative(harms: Mapping[str, Harm], noise: str) -> tuple[NDArray[np.float64], list[str]]:
    """Damage by every function's experts to every question, in what is known beyond chance.

    Args:
        harms: Function -> its harm; functions that know too little are left out.
        noise: Row of ``NOISES``.

    Returns:
        ``[F, Q]``, and the function of every column. Its own function's experts are those that the
        function's other questions choose: else a question would be harmed most by what it chose
        itself, whatever its function. What is known is meant over a function's questions, so that
        no question divides by nearly nothing.
    """
    able = knowing(harms)
    columns, function_of = [], []
    for name in able:
        harm = harms[name]
        area = np.stack([
            harm.by_others(noise) if source == name else harm.area("experts", noise, source)[0]
            for source in able
        ])  # fmt: skip
        columns.append(area / harm.known.mean())
        function_of += [name] * area.shape[1]
    return (np.concatenate(columns, 1) if columns else np.empty((0, 0))), function_of


def knowing(harms: Mapping[str, Harm]) -> list[str]:
    """Functions with enough questions that the model answers better than by chance."""
    return [
        name for name, harm in harms.items()
        if len(harm.questions) >= FEWEST and harm.known.mean() >= LEAST
    ]  # fmt: skip
