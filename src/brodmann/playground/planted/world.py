"""A planted world: a transformer, the tasks that it is asked, and the truth about its neurons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from brodmann.playground.planted.model import PlantedTransformer
from brodmann.playground.planted.texts import Lexicon, texts
from brodmann.playground.planted.truth import Modules

SPLITS = {"train": 1, "val": 2, "test": 3}
"""Split -> stream of its draws."""


@dataclass(frozen=True)
class Task:
    """What is asked of texts: the value of one of their latents.

    Attributes:
        name: Its name.
        type: Its family.
        latent: The latent that its labels come from.
        shares: How frequent each class is; as many as the latent has values.
        flips: Share of labels that are another class, drawn at random.
        mentions: Latents that its texts speak of beside its own; all when None.
        fixed: Latents that have one value in all its texts: their format.
        copies: Texts that say the same in other words, one after the other: clusters.
    """

    name: str
    type: str
    latent: int
    shares: tuple[float, ...] = (0.5, 0.5)
    flips: float = 0.05
    mentions: tuple[int, ...] | None = None
    fixed: Mapping[int, int] = field(default_factory=dict)
    copies: int = 1

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""
        return tuple(f"class {index}" for index in range(len(self.shares)))


@dataclass(frozen=True, eq=False)
class Examples:
    """A split of a task.

    Attributes:
        ids: Texts, long ``[N, T]``.
        labels: Long ``[N]``.
    """

    ids: Tensor
    labels: Tensor


@dataclass(frozen=True, eq=False)
class World:
    """A planted transformer with its tasks.

    Attributes:
        name: Name of the case.
        seed: What its weights, positions and texts were drawn with.
        model: The transformer.
        lexicon: Its words.
        tasks: By name.
        prompts: Task -> prompt without the noise of a training seed, float ``[P, D]``.
        wobble: Float ``[D, D']``: directions in which prompts of several seeds differ.
        labels: Task -> rows of the head.
        carriers: Task -> site -> the neurons that carry its label.
        together: Tasks whose texts are the same, in order; none share when empty.
        extras: Further planted neurons: name -> site -> neurons.
        modules: The experts, where neurons were planted by whole experts.
    """

    name: str
    seed: int
    model: PlantedTransformer
    lexicon: Lexicon
    tasks: Mapping[str, Task]
    prompts: Mapping[str, Tensor]
    wobble: Tensor
    labels: Mapping[str, tuple[int, ...]]
    carriers: Mapping[str, Mapping[str, Tensor]]
    together: bool = False
    extras: Mapping[str, Mapping[str, Tensor]] = field(default_factory=dict)
    modules: Modules | None = None

    @property
    def functions(self) -> tuple[str, ...]:
        """The families of its tasks, in order."""
        return tuple(dict.fromkeys(task.type for task in self.tasks.values()))

    def questions(self, function: str) -> list[str]:
        """Names of the tasks of a family."""
        return [name for name, task in self.tasks.items() if task.type == function]

    def prompt(self, task: str, seed: int, noise: float = 0.3) -> Tensor:
        """A task's prompt as a training seed would have left it, float ``[P, D]``."""
        base = self.prompts[task]
        number = [self.seed, list(self.tasks).index(task), seed]
        draws = np.random.default_rng(number).normal(size=(len(base), self.wobble.shape[1]))
        return base + noise * torch.as_tensor(draws, dtype=base.dtype) @ self.wobble.T

    def examples(self, task: str, split: str, count: int) -> Examples:
        """Generated texts with labels.

        Args:
            task: Its name.
            split: ``train``, ``val`` or ``test``.
            count: How many.
        """
        one, place = self.tasks[task], list(self.tasks).index(task)
        random = np.random.default_rng([self.seed, SPLITS[split], 0 if self.together else place])
        latents = self._latents(one, -(-count // one.copies), random)
        latents = np.repeat(latents, one.copies, 0)[:count]
        ids = texts(self.lexicon, self._mentioned(one, latents), random)
        labels = latents[:, one.latent].copy()
        flipped = np.random.default_rng([self.seed, SPLITS[split], place, 1])
        other = flipped.random(count) < one.flips
        labels[other] = flipped.choice(len(one.shares), size=int(other.sum()), p=one.shares)
        return Examples(ids, torch.as_tensor(labels))

    def _latents(self, task: Task, count: int, random: np.random.Generator) -> NDArray[np.int64]:
        columns = []
        for latent, values in enumerate(self.lexicon.values):
            shares = task.shares if latent == task.latent else np.full(values, 1 / values)
            columns.append(random.choice(values, size=count, p=shares))
        drawn = np.stack(columns, 1)
        drawn[:, list(task.fixed)] = list(task.fixed.values())
        return drawn

    @staticmethod
    def _mentioned(task: Task, latents: NDArray[np.int64]) -> NDArray[np.int64]:
        if task.mentions is None:
            return latents
        shown = np.full_like(latents, -1)
        for latent in {task.latent, *task.mentions, *task.fixed}:
            shown[:, latent] = latents[:, latent]
        return shown
