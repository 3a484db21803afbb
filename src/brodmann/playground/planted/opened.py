"""A task of a planted world, open to the measurements of studies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from brodmann.neurons.subject import Batch
from brodmann.playground.planted.subject import PlantedSubject
from brodmann.playground.planted.world import Examples, World

ROWS = {"train": 600, "val": 400, "test": 400}
"""Examples of every split, unless others are asked for."""
BATCH = 200
"""Examples in one forward pass."""


@dataclass(frozen=True, eq=False)
class PlantedRun:
    """What a training run would be: a task's prompt on the planted transformer.

    Attributes:
        world: The planted world.
        task: Name of one of its tasks.
        seed: Seed of the prompt.
        rows: Split -> number of examples.
    """

    world: World
    task: str
    seed: int
    rows: Mapping[str, int] = field(default_factory=lambda: ROWS)

    @cached_property
    def subject(self) -> PlantedSubject:
        """The transformer with the prompt."""
        prompt = self.world.prompt(self.task, self.seed)
        return PlantedSubject(self.world.model, prompt, self.world.labels[self.task])

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self.world.tasks[self.task].classes

    @property
    def texts(self) -> int:
        """One text an example."""
        return 1

    @property
    def label_words(self) -> tuple[str, ...]:
        """Rows of the head, which stand for words."""
        return tuple(str(row) for row in self.world.labels[self.task])

    @property
    def facts(self) -> Mapping[str, str | int]:
        """What it is."""
        return {
            "task": self.task, "model": f"planted_{self.world.name}", "method": "prompt",
            "seed": self.seed, "model_digest": f"{self.world.name}-{self.world.seed}",
        }  # fmt: skip

    def examples(self, split: str, most: int | None = None) -> Examples:
        """The first examples of a split."""
        whole = self._splits[split]
        return Examples(whole.ids[:most], whole.labels[:most])

    def labels(self, split: str, most: int | None) -> Tensor:
        """Class of every used row, long ``[N]``."""
        return self.examples(split, most).labels

    def batches(self, split: str, most: int | None) -> Iterator[Batch]:
        """The used rows in batches."""
        used = self.examples(split, most)
        for index in torch.arange(len(used.labels)).split(BATCH):
            yield {"input_ids": used.ids[index], "label": used.labels[index], "index": index}

    def norms(self) -> dict[str, Tensor]:
        """Site name -> norm of every neuron's output weights."""
        model = self.subject.model
        return {
            site.name: model.get_submodule(site.path).weight.norm(dim=0)  # type: ignore[operator]
            for site in self.subject.sites
        }

    @torch.inference_mode()
    def metrics(self) -> dict[str, float]:
        """Accuracy and majority on test and validation, as a training run's file has them."""
        usual = self.labels("train", None).mode().values
        found = {}
        for split in ("test", "val"):
            labels = self.labels(split, None)
            answers = [
                self.subject.predict(self.subject.prepare(batch).inputs).argmax(-1)
                for batch in self.batches(split, None)
            ]
            found[f"{split}/accuracy"] = float((torch.cat(answers) == labels).double().mean())
            found[f"{split}/majority"] = float((labels == usual).double().mean())
        return found

    @cached_property
    def _splits(self) -> dict[str, Examples]:
        return {split: self.world.examples(self.task, split, n) for split, n in self.rows.items()}
