"""Setting the weights of a planted transformer, unit by unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from brodmann.playground.planted.model import PlantedTransformer
from brodmann.playground.planted.opened import PlantedRun
from brodmann.playground.planted.texts import FILLERS, SPARE, SYNONYMS, Lexicon
from brodmann.playground.planted.world import Task, World

PROMPTS = 2
"""Positions of a prompt."""
MARGIN = 4.0
"""Mean difference between a class's logit where it is true and where it is not, in nats."""
JUNK = 16
"""Directions that only background neurons write to, and that nothing reads."""


class Wiring:
    """Builds a world. The residual stream holds latents, noise, answers and junk, rotated.

    Block 0's attention brings the means of the text's latents and noise to every position: latent
    value ``v`` is 1 in its direction where a text says so, every noise direction has variance 1.

    Args:
        name: Name of the case.
        tasks: What is asked; no two with the same name.
        seed: Of weights, positions and texts.
        values: Values of every latent; two each when None.
        units: Neurons of each block.
        blocks: How many.
        noise: Noise directions.
        silent: Directions in which nothing is ever written, so that reading them shapes a neuron's
            weights and not its activation.
    """

    def __init__(
        self, name: str, tasks: Sequence[Task], seed: int, values: Sequence[int] | None = None,
        units: int = 96, blocks: int = 2, noise: int = 64, silent: int = 0,
    ) -> None:  # fmt: skip
        self.name, self.seed, self.units = name, seed, units
        self.tasks = {task.name: task for task in tasks}
        latents = 1 + max(task.latent for task in tasks)
        self.lexicon = Lexicon(tuple(values or [2] * latents))
        self.random = np.random.default_rng([seed, 0])
        self._lay_out(noise, silent)
        width = len(self.basis)
        head = sum(len(task.classes) for task in tasks)
        self.model = PlantedTransformer(width, units, blocks, len(self.lexicon), head)
        self.free = [list(self.random.permutation(units)) for _ in range(blocks)]
        self.carried: dict[str, dict[str, list[int]]] = {name: {} for name in self.tasks}
        self.extras: dict[str, dict[str, Tensor]] = {}
        self._embed()
        self._pool()

    def _lay_out(self, noise: int, silent: int) -> None:
        """Name the directions of a random orthonormal basis."""
        latents, answers = sum(self.lexicon.values), 0
        self.labels: dict[str, tuple[int, ...]] = {}
        for task in self.tasks.values():
            self.labels[task.name] = tuple(range(answers, answers + len(task.classes)))
            answers += len(task.classes)
        width = latents + noise + answers + JUNK + silent
        basis = np.linalg.qr(self.random.normal(size=(width, width)))[0]
        self.basis = torch.as_tensor(basis, dtype=torch.float32)
        parts = self.basis.split([latents, noise, answers, JUNK, silent])
        self.latents, self.noise, self.answers, self.junk, self.silent = parts

    def _embed(self) -> None:
        table: Any = self.model.embedding.weight
        for index in range(SYNONYMS * sum(self.lexicon.values)):
            table[2 + index] = self.latents[index // SYNONYMS]
        draws = self.normal(FILLERS, len(self.noise)) / float(np.mean(SPARE)) ** 0.5
        table[self.lexicon.first_filler :] = draws @ self.noise

    def _pool(self) -> None:
        seen = torch.cat([self.latents, self.noise])
        self.pooling(seen.T @ seen)

    def pooling(self, weights: Tensor) -> None:
        """Add to what block 0's attention writes of the text's mean, ``[D, D]``."""
        length = PROMPTS + 1 + len(self.lexicon.values) + float(np.mean(SPARE))
        attention: Any = self.model.blocks[0].attention
        attention.value.weight += length * weights

    def normal(self, *shape: int) -> Tensor:
        """Standard normal draws, float32."""
        return torch.as_tensor(self.random.normal(size=shape), dtype=torch.float32)

    def skip(self, task: str, strength: float) -> None:
        """Let block 0's attention write a task's answer, so that no neuron is needed for it."""
        one = self.tasks[task]
        start = sum(self.lexicon.values[: one.latent])
        read = self.latents[start : start + len(one.classes)]
        self.pooling(strength * self.answers[list(self.labels[task])].T @ read)

    def take(self, block: int, count: int) -> list[int]:
        """Units of a block that have no part yet."""
        return [int(self.free[block].pop()) for _ in range(count)]

    def reading(self, task: str, value: int) -> Tensor:
        """Direction of "the latent has this value", mean 0 and variance 1 over texts."""
        one = self.tasks[task]
        start, share = sum(self.lexicon.values[: one.latent]), one.shares[value]
        scale = (share * (1 - share)) ** 0.5
        weights = torch.full((len(one.shares),), -share / scale)
        weights[value] += 1 / scale
        return weights @ self.latents[start : start + len(one.shares)]

    def answer(self, task: str, value: int) -> Tensor:
        """Direction that speaks for a class and against the others, of length 1."""
        rows = self.answers[list(self.labels[task])]
        direction = rows[value] - rows.mean(0)
        return direction / direction.norm()

    def noise_direction(self) -> Tensor:
        """A random direction among the noise, variance 1."""
        draws = self.normal(len(self.noise))
        return (draws / draws.norm()) @ self.noise

    def place(
        self, block: int, unit: int, read: Tensor, write: Tensor, bias: float | None = None,
        size: float | None = None,
    ) -> None:  # fmt: skip
        """Set a unit's weights; its scale, norm and bias are drawn alike for all kinds of units.

        Args:
            block: Index of the block.
            unit: Index of the unit.
            read: Direction that it reads, ``[D]``, of variance 1.
            write: Direction that it writes, ``[D]``.
            bias: In standard deviations of what it reads; drawn when None.
            size: Of what it writes for one standard deviation; drawn when None.
        """
        ffn: Any = self.model.blocks[block].ffn
        scale = float(np.exp(0.3 * self.random.normal()))
        norm = float(np.exp(0.3 * self.random.normal()))
        drawn = float(self.random.uniform(-0.5, 1.0))
        ffn.up.weight[unit] = scale * read
        ffn.up.bias[unit] = scale * (drawn if bias is None else bias)
        ffn.out.weight[:, unit] = (norm if size is None else size) / scale * write

    def carry(
        self, task: str, count: int, signal: float, block: int = 0, strength: float = 1.0
    ) -> list[int]:
        """Plant neurons that know a task's label, and write its answer.

        Args:
            task: Name of the task.
            count: Neurons.
            signal: Correlation of what they read with the label's class; the rest is noise.
            block: Where.
            strength: Of what they write; 0 for neurons that know but do not speak.
        """
        found = self.take(block, count)
        classes = len(self.tasks[task].classes)
        for place, unit in enumerate(found):
            value = place % classes
            read = signal * self.reading(task, value)
            read = read + (1 - signal**2) ** 0.5 * self.noise_direction()
            self.place(block, unit, read, strength * self.answer(task, value))
        self.note(task, block, found)
        return found

    def note(self, task: str, block: int, units: Sequence[int]) -> None:
        """Write down that units carry a task."""
        site = f"encoder.{block}.ffn"
        self.carried[task][site] = [*self.carried[task].get(site, []), *units]

    def remember(self, name: str, block: int, units: Sequence[int]) -> None:
        """Write down where other planted units are."""
        self.extras.setdefault(name, {})[f"encoder.{block}.ffn"] = torch.tensor(units)

    def background(self, spill: float = 0.3) -> None:
        """Give all units that are left noise to read, and junk and some answers to write.

        Args:
            spill: Share of what they write that goes to the answers of all tasks.
        """
        for block, free in enumerate(self.free):
            while free:
                write = self.aside(spill)
                self.place(block, int(free.pop()), self.noise_direction(), write)

    def aside(self, spill: float = 0.3) -> Tensor:
        """A direction for a neuron without a part to write: junk, and some of all answers.

        Args:
            spill: Share that goes to the answers of all tasks.
        """
        into = self.normal(len(self.answers)) / len(self.answers) ** 0.5
        junk = self.normal(JUNK)
        return spill * into @ self.answers + (1 - spill**2) ** 0.5 * (
            junk / junk.norm() @ self.junk
        )

    def finish(self, together: bool = False) -> World:
        """Set the head so that every task's answers are of one scale, and hand the world over.

        Args:
            together: Whether all tasks are asked of the same texts.
        """
        self.model.head.weight.copy_(self.answers)
        prompts = {name: 0.5 * self.normal(PROMPTS, JUNK) @ self.junk for name in self.tasks}
        carriers = {
            task: {site: torch.tensor(units) for site, units in by_site.items()}
            for task, by_site in self.carried.items()
        }
        world = World(
            self.name, self.seed, self.model, self.lexicon, self.tasks, prompts, self.noise.T,
            self.labels, carriers, together, self.extras,
        )  # fmt: skip
        for task in self.tasks:
            self._scale(world, task)
        return world

    @torch.inference_mode()
    def _scale(self, world: World, task: str) -> None:
        run = PlantedRun(world, task, 0, {"train": 400})
        subject, rows = run.subject, list(self.labels[task])
        logits = torch.cat([subject.predict(subject.prepare(b).inputs)
                            for b in run.batches("train", None)])  # fmt: skip
        labels = run.labels("train", None)
        true = torch.stack([logits[labels == c, c].mean() for c in range(len(rows))])
        false = torch.stack([logits[labels != c, c].mean() for c in range(len(rows))])
        gap = float((true - false).mean())
        factor = MARGIN / max(gap, float(logits.std()), 1e-6)
        head: Any = self.model.head
        head.weight[rows] *= factor
        head.bias[rows] = -factor * (true + false) / 2
