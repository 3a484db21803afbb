"""Case 7: a planted transformer at the checkpoints of its pre-training.

Every neuron reads the labels of all tasks with weights that are partly its module's and partly its
own. Both turn from where they began to where they end, each on a time course of its own; what a
neuron reads of the texts' noise is drawn anew at every checkpoint, so that what a small probe makes
of it settles never.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from brodmann.neurons.emergence.series import Series
from brodmann.neurons.partition.build import by_clustering
from brodmann.neurons.partition.clustering import unit_rows
from brodmann.neurons.partition.partition import Partition
from brodmann.neurons.scores.columns import Columns
from brodmann.neurons.scores.pooled import Pooled
from brodmann.neurons.scores.ranking import auroc
from brodmann.neurons.stream import stream
from brodmann.neurons.tokens import Reading
from brodmann.playground.planted.opened import PlantedRun
from brodmann.playground.planted.settling import STEPS, Course
from brodmann.playground.planted.wiring import Wiring
from brodmann.playground.planted.world import Task, World

BLOCKS = 2
LIMIT = 2**30
"""Most bytes of activations that are kept."""


@dataclass(frozen=True)
class Growth:
    """How the modules and neurons of a run come about.

    Attributes:
        shared: Course of what a module's neurons read alike.
        own: Course of what each reads beside it.
        gathered: Size of the former against the latter.
        signal: Size of what a neuron reads of one label against the noise that it reads.
        modules: Of every block, equally large.
        units: Neurons of every block.
        tasks: How many.
    """

    shared: Course = Course(6.0)
    own: Course = Course(6.0)
    gathered: float = 1.0
    signal: float = 0.35
    modules: int = 16
    units: int = 128
    tasks: int = 10


@dataclass(frozen=True, eq=False)
class PlantedSeries:
    """A planted transformer at T checkpoints.

    Attributes:
        world: At the last checkpoint.
        steps: Of the checkpoints.
        reads: What every neuron reads, float ``[T, blocks, U, D]``.
        modules: The true modules.
    """

    world: World
    steps: tuple[int, ...]
    reads: Tensor
    modules: Partition

    def at(self, place: int) -> World:
        """The world at a checkpoint: its model has the weights of then."""
        model = deepcopy(self.world.model)
        for block, reads in zip(model.blocks, self.reads[place], strict=True):
            ffn: Any = block.ffn
            ffn.up.weight.copy_(reads)
        return replace(self.world, model=model)

    def partitions(self, seeds: Sequence[int] = (0, 1, 2)) -> tuple[Partition, ...]:
        """Experts clustered from the weights of every checkpoint, as many as there are modules.

        Args:
            seeds: Starts, beside that from the checkpoint before; the best clustering is taken.
        """
        sites, found = list(self.modules.expert_of), list[Partition]()
        for reads in self.reads:
            rows = {site: unit_rows(block) for site, block in zip(sites, reads, strict=True)}
            before = found[-1] if found else None
            found.append(by_clustering(rows, self.modules.experts, seeds, before))
        return tuple(found)

    def probed(self, rows: int) -> Series:
        """AUROC - 0.5 of all neurons for all tasks, by halves of so many texts, and the experts.

        The texts are the same at all checkpoints.
        """
        scores = [self._scores(self.at(place), rows) for place in range(len(self.steps))]
        return Series.of(self.steps, scores, self.partitions(), list(self.world.tasks))

    def _scores(self, world: World, rows: int) -> list[dict[str, Tensor]]:
        run = PlantedRun(world, next(iter(world.tasks)), 0, {"train": rows})
        kept = Pooled(Reading("mask"), run.subject.sites, rows, LIMIT)
        stream(run.subject, run.batches("train", None), [kept])
        truth = [world.examples(task, "train", rows).labels == 1 for task in world.tasks]
        labels = torch.stack(truth, 1)
        halves = [slice(start, None, 2) for start in (0, 1)]
        return [
            {site: auroc(values[half, 0], Columns(tuple(world.tasks), labels[half])) - 0.5
             for site, values in kept.compute().items()}
            for half in halves
        ]  # fmt: skip


def growing(seed: int, growth: Growth | None = None, steps: Sequence[int] = STEPS) -> PlantedSeries:
    """Case 7: plant a series of checkpoints.

    With equal courses modules and neurons settle at one time, however unequal their reliabilities
    and sizes: EM-8 and BR-2 must not hold. Where the shared course is the earlier one, EM-8 must.

    Args:
        seed: Of the world.
        growth: How it grows; equal courses when None.
        steps: Of the checkpoints.
    """
    how = growth or Growth()
    tasks = [Task(f"task {place}", "all", place) for place in range(how.tasks)]
    wiring = Wiring("growing", tasks, seed, units=how.units, blocks=BLOCKS)
    for task in wiring.tasks:
        wiring.skip(task, 2.0)
    labels = torch.stack([wiring.reading(task, 1) for task in wiring.tasks])
    experts = {}
    reads = []
    for block in range(BLOCKS):
        units = wiring.take(block, how.units)
        module = torch.empty(how.units, dtype=torch.long)
        module[units] = torch.arange(how.modules).repeat_interleave(how.units // how.modules)
        experts[f"encoder.{block}.ffn"] = module
        reads.append(_reads(wiring, how, module, labels, tuple(steps)))
        for unit in range(how.units):
            wiring.place(block, unit, reads[block][-1, unit], wiring.junk[0])
    scaled = _scaled(wiring, torch.stack(reads, 1))
    world = wiring.finish(together=True)
    return PlantedSeries(world, tuple(steps), scaled, Partition(experts, how.modules))


def _reads(
    wiring: Wiring, how: Growth, module: Tensor, labels: Tensor, steps: tuple[int, ...]
) -> Tensor:
    """What the neurons of a block read at every checkpoint, variance 1, ``[T, U, D]``."""
    shared = _turning(wiring, how.shared, steps, how.modules, how.tasks)[:, module]
    own = _turning(wiring, how.own, steps, how.units, how.tasks)
    known = how.signal * (how.gathered * shared + own)
    draws = wiring.normal(len(steps), how.units, len(wiring.noise))
    noise = draws / draws.norm(dim=-1, keepdim=True)
    size = (1 + known.square().sum(-1, keepdim=True)).sqrt()
    return (known @ labels + noise @ wiring.noise) / size


def _turning(
    wiring: Wiring, course: Course, steps: tuple[int, ...], units: int, tasks: int
) -> Tensor:
    """Weights whose correlation with their end is the course, ``[T, V, K]``."""
    start, end = wiring.normal(2, units, tasks)
    way = torch.as_tensor(course.at(steps), dtype=torch.float32)[:, None, None]
    return way * end + (1 - way.square()).sqrt() * start


def _scaled(wiring: Wiring, reads: Tensor) -> Tensor:
    """The reads with the scale that every unit's weights were given when it was placed."""
    placed = torch.stack([block.ffn.up.weight for block in wiring.model.blocks])  # type: ignore[union-attr, misc]
    return reads * (placed.norm(dim=-1) / reads[-1].norm(dim=-1))[None, :, :, None]
