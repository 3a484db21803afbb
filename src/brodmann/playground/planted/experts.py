"""Planting whole experts: neurons with input weights in common, some of which carry a function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.linalg import hadamard
from torch import Tensor

from brodmann.neurons.partition.partition import Partition
from brodmann.playground.planted.truth import Modules
from brodmann.playground.planted.wiring import Wiring

SPILL = 0.3
"""Share of what neurons without a function write that goes to the answers of all tasks."""
HIGH = 10.0
"""Bias, in standard deviations of its noise, with which a neuron is on for every text."""


@dataclass(frozen=True)
class Expert:
    """What an expert is to be.

    Attributes:
        kind: A function's name, ``decoy``, ``plain`` or ``hub``.
        shared: Correlation of the noise that its neurons read.
        share: Share of its neurons that carry its function.
        unasked: The latent that its neurons read in place of shared noise.
    """

    kind: str = "plain"
    shared: float = 0.0
    share: float = 0.0
    unasked: int | None = None


@dataclass(frozen=True)
class Hub(Expert):
    """An expert of block 0 that is always on, and without which every question breaks.

    Half of its neurons are of one polarity and half of the other, so that what they know of labels
    cancels: only its neurons tell them, not what it writes.

    Attributes:
        knows: A function whose labels its neurons read.
        leak: Correlation of what each of them reads with a label.
        size: Of what each writes to every answer, for one standard deviation of its noise.
    """

    kind: str = "hub"
    knows: str = ""
    leak: float = 0.0
    size: float = 1.0


@dataclass(frozen=True, eq=False)
class Part:
    """What a neuron does.

    Attributes:
        function: What it carries; nothing when empty.
        signs: Polarity in each question of the function, float ``[K]`` of -1 and 1.
    """

    function: str = ""
    signs: Tensor | None = None


def odds(signal: float) -> float:
    """Variance of a label's part for noise of variance 1, by their correlation with the label."""
    return signal**2 / (1 - signal**2)


def polarities(wiring: Wiring, questions: int) -> Iterator[Tensor]:
    """Rows of signs over the questions of a function, orthogonal as long as there are such."""
    size = 2 ** int(np.ceil(np.log2(max(questions, 2))))
    flips = wiring.random.choice([-1, 1], size=questions)
    while True:
        for row in wiring.random.permutation(size):
            signs = hadamard(size)[row, :questions] * flips
            yield torch.as_tensor(signs, dtype=torch.float32)


class Planting:
    """Deals the neurons of every block out to experts and sets their weights.

    A neuron reads what it knows, noise that it shares with its expert, noise of its own, and its
    expert's silent direction, as much of it as makes the input weights of an expert's neurons
    equally similar whatever they know.

    Args:
        wiring: The world, with a silent direction for every expert and no neuron taken.
        experts: E at every block.
        signal: Correlation of what a carrier reads with the label, over a question's own texts.
        coherence: Cosine of the input weights of two neurons of an expert, what they know left out.
        scattered: Whether carriers are dealt out evenly over all experts but the hubs.
    """

    def __init__(
        self, wiring: Wiring, experts: int, signal: float, coherence: float,
        scattered: bool = False,
    ) -> None:  # fmt: skip
        self.wiring, self.experts, self.scattered = wiring, experts, scattered
        self.weight, self.coherence = odds(signal) ** 0.5, coherence
        self.questions: dict[str, list[str]] = {}
        for name, task in wiring.tasks.items():
            self.questions.setdefault(task.type, []).append(name)
        self.expert_of: dict[str, Tensor] = {}
        self.kinds: dict[str, tuple[str, ...]] = {}

    def block(self, block: int, experts: Sequence[Expert]) -> None:
        """Set all neurons of a block.

        Args:
            block: Its index.
            experts: What its experts are to be, in any order; plain ones fill them up.
        """
        every = [*experts, *[Expert()] * (self.experts - len(experts))]
        every = [every[place] for place in self.wiring.random.permutation(self.experts)]
        size = self.wiring.units // self.experts
        labels = torch.empty(self.wiring.units, dtype=torch.long)
        parts = self._parts(every, size)
        for number, (expert, does) in enumerate(zip(every, parts, strict=True)):
            labels[self._wire(block, number, expert, does)] = number
        site = f"encoder.{block}.ffn"
        self.expert_of[site] = labels
        self.kinds[site] = tuple(
            "decoy" if self.scattered and one.share > 0 else one.kind for one in every
        )

    def _parts(self, experts: Sequence[Expert], size: int) -> list[list[Part]]:
        """What each neuron of each expert does."""
        rows = {name: polarities(self.wiring, len(asked)) for name, asked in self.questions.items()}
        parts = []
        for expert in experts:
            carries = expert.kind in rows and expert.share > 0
            count = round(expert.share * size) if carries else 0
            part = Part(expert.kind, next(rows[expert.kind])) if carries else Part()
            parts.append([part] * count + [Part()] * (size - count))
        return self._scatter(experts, parts) if self.scattered else parts

    def _scatter(self, experts: Sequence[Expert], parts: Sequence[list[Part]]) -> list[list[Part]]:
        """Deal the parts of all experts but hubs out: equally many carriers of each function.

        Carriers that cannot be dealt out evenly become neurons without a function.
        """
        left = [place for place, one in enumerate(experts) if one.kind != "hub"]
        pool = [part for place in left for part in parts[place]]
        pool = [pool[index] for index in self.wiring.random.permutation(len(pool))]
        dealt: list[Part] = []
        for name in self.questions:
            carriers = [part for part in pool if part.function == name]
            dealt += carriers[: len(carriers) // len(left) * len(left)]
        dealt += [Part()] * (len(pool) - len(dealt))
        found = list(parts)
        for start, place in enumerate(left):
            found[place] = dealt[start :: len(left)]
        return found

    def _wire(self, block: int, number: int, expert: Expert, does: Sequence[Part]) -> list[int]:
        units = self.wiring.take(block, len(does))
        key, silent = self._key(expert), self.wiring.silent[number]
        if isinstance(expert, Hub):
            self._wire_hub(block, units, expert, key, silent)
            return units
        for unit, part in zip(units, does, strict=True):
            known, write = self._known(part)
            self.wiring.place(block, unit, self.reading(known, key, silent, expert.shared), write)
            for name in self.questions.get(part.function, ()):
                self.wiring.note(name, block, [unit])
        return units

    def _wire_hub(
        self, block: int, units: list[int], hub: Hub, key: Tensor, silent: Tensor
    ) -> None:
        """Always on, writing to all answers; attention takes their changes off again."""
        every = [name for asked in self.questions.values() for name in asked]
        write = hub.size * torch.stack([self.wiring.answer(name, 1) for name in every]).sum(0)
        leak = odds(hub.leak) ** 0.5
        reads = torch.stack([self.wiring.reading(name, 1) for name in self.questions[hub.knows]])
        for place, unit in enumerate(units):
            known = (-1) ** place * leak * reads.sum(0)
            read = self.reading(known, key, silent, hub.shared)
            self.wiring.place(block, unit, read, write, bias=HIGH, size=1.0)
            self.wiring.pooling(-torch.outer(write, read))
        self.wiring.remember("hub", block, units)

    def _key(self, expert: Expert) -> Tensor:
        if expert.unasked is None:
            return self.wiring.noise_direction()
        return self.wiring.latents[2 * expert.unasked + 1] - self.wiring.latents[2 * expert.unasked]

    def _known(self, part: Part) -> tuple[Tensor, Tensor]:
        """What a neuron knows, and what it writes."""
        if part.signs is None:
            return torch.zeros(len(self.wiring.basis)), self.wiring.aside(SPILL)
        names = self.questions[part.function]
        reads = torch.stack([self.wiring.reading(name, 1) for name in names])
        answers = torch.stack([self.wiring.answer(name, 1) for name in names])
        return self.weight * part.signs @ reads, part.signs @ answers / len(names) ** 0.5

    def reading(self, known: Tensor, key: Tensor, silent: Tensor, shared: float) -> Tensor:
        """What a neuron reads: noise of variance 1, partly shared, beside what it knows; ``[D]``.

        Args:
            known: Float ``[D]``.
            key: What its expert shares, of variance 1, ``[D]``.
            silent: Its expert's silent direction, of length 1.
            shared: Share of the noise's variance that is the key's.
        """
        alike = shared * float(key @ key)
        whole = float(known @ known) + alike + 1 - shared
        tag = max(0.0, (self.coherence * whole - alike) / (1 - self.coherence))
        own = self.wiring.noise_direction()
        return known + shared**0.5 * key + (1 - shared) ** 0.5 * own + tag**0.5 * silent

    def truth(self) -> Modules:
        """The experts as they were planted."""
        partition = Partition(self.expert_of, self.experts, {"method": "planted"})
        shares = {
            function: {site: self._share(names[0], site) for site in self.expert_of}
            for function, names in self.questions.items()
        }
        return Modules(partition, self.kinds, shares)

    def _share(self, task: str, site: str) -> Tensor:
        labels = self.expert_of[site]
        carriers = labels[self.wiring.carried[task].get(site, [])]
        return torch.bincount(carriers, minlength=self.experts) * self.experts / len(labels)
