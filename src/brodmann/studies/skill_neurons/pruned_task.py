"""One task after pruning: who was right where, and what that is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brodmann.neurons.statistics.rows import ratio_rows
from brodmann.studies.skill_neurons.kept import CONTROLS

Array = NDArray[np.float64]
"""Float64, of any shape."""


@dataclass(frozen=True)
class PrunedTask:
    """One task after pruning.

    Attributes:
        task: Its name.
        majority: Accuracy of the training set's majority class on the test examples used.
        whole: Whether the whole model is right, float64 ``[N, S]`` (examples x seeds).
        pruned: Selection -> the same after pruning and re-tuning.
        validation: Selection -> accuracy on validation after re-tuning, mean over seeds.
        parameters: Parameters of the whole and of the pruned model.
    """

    task: str
    majority: float
    whole: Array
    pruned: Mapping[str, Array]
    validation: Mapping[str, float]
    parameters: tuple[int, int]

    def share(self, selection: str) -> Array:
        """Share of accuracy above the majority's that is kept, by example and seed, ``[N, S]``."""
        return ratio_rows(self.pruned[selection] - self.majority, self.whole - self.majority)

    def lead(self, control: str) -> Array:
        """The skill neurons' share minus a control's, on the same examples, ``[N, S]``."""
        gap = self.pruned["skill"] - self.pruned[control]
        return ratio_rows(gap, self.whole - self.majority)

    def best_control(self) -> str:
        """The selection that does best on validation: the test has no say in it."""
        return max(CONTROLS, key=lambda name: self.validation[name])
