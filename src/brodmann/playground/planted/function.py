"""A function of a planted world, open to the measurements of studies."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from brodmann.errors import RunError
from brodmann.neurons.partition.clustering import unit_rows
from brodmann.neurons.scores.columns import Columns
from brodmann.neurons.subject import Batch
from brodmann.playground.planted.opened import BATCH
from brodmann.playground.planted.subject import Inputs, PlantedSubject
from brodmann.playground.planted.texts import PAD
from brodmann.playground.planted.world import Examples, World

TEXTS = {"train": 300, "test": 300}
"""Texts of every question and split, unless others are asked for."""


class FunctionSubject(PlantedSubject):
    """The planted transformer asked all questions of a function at once.

    ``predict`` gives one logit per question, float ``[B, K]``: class 1 minus class 0, times
    ``sharpness``.

    Attributes:
        sharpness: Float ``[K]`` or 1: what makes the answers as sure as they are right.
    """

    sharpness: Tensor | float = 1.0

    def predict(self, inputs: Inputs) -> Tensor:
        """Logits of all questions, positive for label 1; float ``[B, K]``."""
        pairs = super().predict(inputs).view(-1, len(self.labels) // 2, 2)
        return (pairs[..., 1] - pairs[..., 0]) * self.sharpness


@dataclass(frozen=True, eq=False)
class PlantedFunction:
    """A family of a world's tasks, each a binary question, on the planted transformer.

    The questions' texts come one after the other, unless the world asks all of the same texts.
    The prompt in front of them is the same for all functions. Answers are as sure as they are
    right on the train split, as those of a fitted probe: harm is told in nats.

    Attributes:
        world: The planted world.
        function: Name of one of its families.
        seed: Seed of the prompt.
        counts: Split -> number of texts of each question.

    Raises:
        RunError: There is no such family, or a question of it has more than two classes.
    """

    world: World
    function: str
    seed: int = 0
    counts: Mapping[str, int] = field(default_factory=lambda: TEXTS)

    def __post_init__(self) -> None:
        if self.function not in self.world.functions:
            raise RunError(f"{self.world.name} has no function {self.function}, "
                           f"but {', '.join(self.world.functions)}")  # fmt: skip
        for name in self.questions:
            if len(self.world.tasks[name].classes) != 2:
                raise RunError(f"{name} is no binary question: it has more than two classes")

    @property
    def questions(self) -> tuple[str, ...]:
        """Names of the sub-functions."""
        return tuple(self.world.questions(self.function))

    @cached_property
    def subject(self) -> FunctionSubject:
        """The transformer, which answers all questions."""
        rows = [row for name in self.questions for row in self.world.labels[name]]
        prompt = self.world.prompt(next(iter(self.world.tasks)), self.seed)
        made = FunctionSubject(self.world.model, prompt, rows)
        made.sharpness = sharpness(self._answers(made), self.columns("train"))
        return made

    @property
    def facts(self) -> Mapping[str, str | int]:
        """What it is."""
        return {
            "function": self.function, "model": f"planted_{self.world.name}", "seed": self.seed,
            "model_digest": self._digest,
        }  # fmt: skip

    def columns(self, split: str, most: int | None = None) -> Columns:
        """Labels of the used texts; ``valid`` marks those of each question, ``[N, K]``.

        Args:
            split: ``train`` or ``test``.
            most: Texts of each question at most.
        """
        labels = [one.labels[:most].bool() for one in self._splits[split]]
        if self.world.together:
            return Columns(self.questions, torch.stack(labels, 1))
        asked = [torch.ones(len(part), 1, dtype=torch.bool) for part in labels]
        values = torch.block_diag(*(part[:, None].float() for part in labels)).bool()
        valid = torch.block_diag(*(part.float() for part in asked)).bool()
        return Columns(self.questions, values, valid=valid)

    def groups(self, split: str, most: int | None = None) -> Tensor:
        """Every text is a group of its own, long ``[N]``."""
        return torch.arange(self.columns(split, most).rows)

    def competence(self) -> Tensor:
        """Accuracy above one half on the train split, float64 ``[K]``; the model answers itself."""
        columns, said = self.columns("train"), self._answers(self.subject) > 0
        valid = torch.ones_like(said) if columns.valid is None else columns.valid
        right = ((said == columns.values) & valid).sum(0).double()
        return right / valid.sum(0) - 0.5

    @torch.inference_mode()
    def _answers(self, subject: FunctionSubject) -> Tensor:
        """Logits on the train split, float ``[N, K]``."""
        return torch.cat(
            [subject.predict(subject.prepare(batch).inputs) for batch in self.batches("train")]
        )

    def batches(self, split: str, most: int | None = None) -> Iterator[Batch]:
        """The used texts in batches, numbered from 0."""
        ids = self._texts(split, most)
        for index in torch.arange(len(ids)).split(BATCH):
            yield {"input_ids": ids[index], "index": index}

    def norms(self) -> dict[str, Tensor]:
        """Site name -> norm of every neuron's output weights, float ``[U]``."""
        return {site: ffn.out.weight.norm(dim=0) for site, ffn in self._ffns().items()}

    def rows(self, which: str = "up") -> dict[str, Tensor]:
        """Site name -> input weights of every neuron, each of length one; float ``[U, D]``.

        Args:
            which: There is one matrix to read only: ``up``.
        """
        return {site: unit_rows(ffn.up.weight) for site, ffn in self._ffns().items()}

    @cached_property
    def _digest(self) -> str:
        weights = hashlib.sha256()
        for values in self.world.model.state_dict().values():
            weights.update(values.numpy().tobytes())
        return f"{self.world.name}-{self.world.seed}-{weights.hexdigest()[:8]}"

    def _ffns(self) -> dict[str, Any]:
        return {site.name: self.world.model.blocks[site.block].ffn for site in self.subject.sites}

    def _texts(self, split: str, most: int | None) -> Tensor:
        parts = self._splits[split][:1] if self.world.together else self._splits[split]
        texts = [row for part in parts for row in part.ids[:most]]
        return pad_sequence(texts, batch_first=True, padding_value=PAD)

    @cached_property
    def _splits(self) -> dict[str, list[Examples]]:
        return {
            split: [self.world.examples(name, split, count) for name in self.questions]
            for split, count in self.counts.items()
        }


def sharpness(logits: Tensor, columns: Columns) -> Tensor:
    """Factor of every question's logits that makes its log-loss least (Guo et al. 2017, 4.2).

    Their temperature scaling; the factor is one over the temperature.

    Args:
        logits: Float ``[N, K]``, positive for label 1.
        columns: Labels of the same rows.

    Returns:
        Float ``[K]``, from 1/1000 to 1000.
    """
    factors = []
    for k in range(logits.shape[1]):
        rows = slice(None) if columns.valid is None else columns.valid[:, k]
        signed = torch.where(columns.values[rows, k], 1, -1) * logits[rows, k]
        factors.append(_steepest(signed.double().numpy()))
    return torch.tensor(factors, dtype=logits.dtype)


def _steepest(signed: NDArray[np.float64]) -> float:
    """The factor of logits that are positive where the answer is right."""
    found = minimize_scalar(
        lambda power: float(np.logaddexp(0.0, -signed * 10.0**power).mean()),
        bounds=(-3, 3), method="bounded",
    )  # fmt: skip
    return float(10.0**found.x)
