"""How well single neurons predict the labels of a probe task: a measure of a model that forms."""

from __future__ import annotations

import torch
from torch import Tensor

from brodmann.callbacks.capture import Captured
from brodmann.neurons.scores.columns import of_classes
from brodmann.neurons.scores.pooled import Pooled
from brodmann.neurons.scores.ranking import auroc
from brodmann.neurons.stream import stream
from brodmann.neurons.subject import Subject
from brodmann.neurons.tokens import Reading
from brodmann.tasks.data import TaskData
from brodmann.training.feeder import Feeder
from brodmann.training.plan import evaluation_batches, shared_size

LIMIT = 4 * 2**30
"""Bytes of activations that are kept, at most."""
READING = Reading("content", "max")
"""Which value of a neuron counts: the largest over the text's own tokens (Zhang et al. 2023)."""


class Predictivity:
    """AUROC of every neuron for the classes of a task, ties counting one half.

    Args:
        name: The task's name.
        data: The task, for the names of its classes.
        feeder: Its examples.
        batch_size: Examples at a time.
    """

    def __init__(self, name: str, data: TaskData, feeder: Feeder, batch_size: int) -> None:
        labels = torch.as_tensor(feeder.labels)
        self._columns = of_classes(name, labels, data.classes)
        self._feeder, self._batch_size = feeder, batch_size

    def __call__(self, subject: Subject) -> Captured:
        """``auroc/<site>`` float32 ``[U, K]`` over K columns, and the best neuron's."""
        pooled = Pooled(READING, subject.sites, len(self._feeder.labels), LIMIT)
        rank, world = _place()
        size = shared_size(self._batch_size, len(self._feeder.labels), world)
        batches = evaluation_batches(self._feeder.lengths, size)[rank::world]
        stream(subject, (self._feeder.batch(one) for one in batches), [pooled])
        found = {
            site: auroc(values[:, 0].cpu(), self._columns)
            for site, values in pooled.compute().items()
        }
        return Captured({f"auroc/{s}": scores for s, scores in found.items()}, _summary(found))


def _place() -> tuple[int, int]:
    """Rank of this process, and how many there are: each reads its share of the examples."""
    if not torch.distributed.is_available() or not torch.distributed.is_initialized():
        return 0, 1
    return torch.distributed.get_rank(), torch.distributed.get_world_size()


def _summary(found: dict[str, Tensor]) -> dict[str, float]:
    """Distance from chance, either way: of the best neuron, and on average."""
    away = torch.cat([(scores - 0.5).abs().flatten() for scores in found.values()])
    return {"best_auroc": 0.5 + float(away.max()), "mean_auroc": 0.5 + float(away.mean())}
