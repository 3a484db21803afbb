"""Planted modules: worlds in which whole experts carry functions, and worlds that only look so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from brodmann.playground.planted.experts import Expert, Hub, Planting, odds
from brodmann.playground.planted.wiring import Wiring
from brodmann.playground.planted.world import Task, World

GRADES = (1.0, 0.75, 0.5)
"""Share of the neurons that carry the function, in each of its experts of a block."""
SHARED = 0.4
"""Correlation of the noise that the neurons of an expert read."""
LIKE = 0.97
"""The same for near-duplicates."""
COHERENCE = 0.75
"""Cosine of the input weights of an expert's neurons, what they know left out."""


@dataclass(frozen=True)
class Size:
    """How large a modular world is.

    Attributes:
        functions: How many.
        questions: Of each function.
        experts: Of every block.
        units: Neurons of each expert.
        blocks: How many.
        unasked: Latents of the texts that no question asks about.
    """

    functions: int = 3
    questions: int = 4
    experts: int = 24
    units: int = 16
    blocks: int = 2
    unasked: int = 6


def function_tasks(size: Size, together: bool = False) -> list[Task]:
    """Questions that each have a latent of their own, in functions.

    Args:
        size: Of the world.
        together: Whether every text speaks of all latents. If not, a question's texts speak of its
            own and of those that nothing asks about.
    """
    asked = size.functions * size.questions
    others = None if together else tuple(range(asked, asked + size.unasked))
    return [
        Task(f"question {i}", f"function {i // size.questions}", i, mentions=others)
        for i in range(asked)
    ]


def started(name: str, seed: int, size: Size, together: bool = False) -> Wiring:
    """The wiring of a modular world, with no neuron set."""
    tasks = function_tasks(size, together)
    latents = [2] * (len(tasks) + size.unasked)
    return Wiring(name, tasks, seed, latents, size.experts * size.units, size.blocks,
                  silent=size.experts)  # fmt: skip


def decoys(size: Size, count: int, shared: float) -> list[Expert]:
    """Experts without a function; some share a latent that nothing asks about, the rest noise."""
    latents = range(size.functions * size.questions, size.functions * size.questions + size.unasked)
    keys = [*latents, *[None] * count][:count]
    return [Expert("decoy", shared, unasked=key) for key in keys]


def carrying(size: Size, grades: Sequence[float], shared: float) -> list[Expert]:
    """Experts of every function, one for each grade."""
    return [Expert(f"function {i}", shared, grade)
            for i in range(size.functions) for grade in grades]  # fmt: skip


def finished(planting: Planting, together: bool = False) -> World:
    """The world with its truth."""
    return replace(planting.wiring.finish(together), modules=planting.truth())


def modules(
    seed: int, signal: float = 0.5, grades: Sequence[float] = GRADES, coherence: float = COHERENCE,
    size: Size | None = None, together: bool = False, scattered: bool = False,
    name: str = "modules",
) -> World:  # fmt: skip
    """Whole experts carry functions, graded, among decoys that are as coherent.

    At every block each function has one expert per grade. Carriers know all questions of their
    function, in the polarities of their expert, and write all of its answers; other neurons write
    junk. There are as many decoys as experts with a function; what is left is plain.

    Args:
        seed: Of the world.
        signal: Correlation of a carrier with a label, over the question's own texts.
        grades: Share of the neurons that carry the function, in each of its experts of a block.
        coherence: Cosine of the input weights of an expert's neurons, what they know left out.
        size: Of the world.
        together: Whether all questions are asked of the same texts, which makes carriers know less
            of each.
        scattered: Whether the carriers are dealt out evenly over all experts.
        name: Of the case.
    """
    size = size or Size()
    planting = Planting(started(name, seed, size, together), size.experts, signal, coherence,
                        scattered)  # fmt: skip
    gain = odds(signal)
    for block in range(size.blocks):
        with_function = carrying(size, grades, SHARED)
        count = min(len(with_function), size.experts - len(with_function))
        planting.block(block, [*with_function, *decoys(size, count, (SHARED + gain) / (1 + gain))])
    return finished(planting, together)


def unmodular(seed: int, signal: float = 0.5, size: Size | None = None) -> World:
    """Neurons as in ``modules``, dealt out evenly over the experts: EM-3, EM-4, EM-6 no."""
    return modules(seed, signal, size=size, scattered=True, name="unmodular")


def hub_modules(
    seed: int, signal: float = 0.5, leak: float = 0.6, strength: float = 4.0,
    size: Size | None = None,
) -> World:  # fmt: skip
    """Case 2: an expert that is always on, which every function needs and one selects: EM-6 no.

    The functions themselves are scattered.

    Args:
        seed: Of the world.
        signal: Of the carriers.
        leak: Correlation of the hub's neurons with the labels of the first function.
        strength: Of what each hub neuron writes to every answer.
        size: Of the world.
    """
    size = size or Size()
    planting = Planting(started("hub_modules", seed, size), size.experts, signal, COHERENCE, True)
    hub = Hub(shared=SHARED, knows="function 0", leak=leak, size=strength)
    for block in range(size.blocks):
        planting.block(block, [*carrying(size, GRADES, SHARED), *[hub] * (block == 0)])
    return finished(planting)


def duplicates(
    seed: int, likeness: float = LIKE, size: Size | None = None, skip: float = 4.0
) -> World:
    """Case 5: every expert is a block of near-duplicates and none has a function: EM-3, EM-4 no.

    Attention alone answers.

    Args:
        seed: Of the world.
        likeness: Correlation of what the neurons of an expert read.
        size: Of the world; three blocks when None.
        skip: Of what attention writes.
    """
    size = size or Size(blocks=3)
    planting = Planting(started("duplicates", seed, size), size.experts, 0.0,
                        max(likeness, COHERENCE))  # fmt: skip
    for task in planting.wiring.tasks:
        planting.wiring.skip(task, skip)
    for block in range(size.blocks):
        planting.block(block, decoys(size, size.experts, likeness))
    return finished(planting)


def duplicates_with_function(
    seed: int, signal: float = 0.6, each: int = 1, likeness: float = LIKE, blocks_of_noise: int = 6,
    size: Size | None = None,
) -> World:  # fmt: skip
    """Case 5: functional blocks beside blocks of near-duplicates without a function: yes.

    Functional ones are near-duplicates as well. The rest is plain: where all experts are blocks,
    no label tells their number or the variance between them from that of any other label.

    Args:
        seed: Of the world.
        signal: Correlation of a carrier with a label.
        each: Functional experts of every function and block.
        likeness: Correlation of the noise that the neurons of a block read.
        blocks_of_noise: Experts of near-duplicates without a function.
        size: Of the world; three blocks when None.
    """
    size = size or Size(blocks=3)
    planting = Planting(
        started("duplicates_with_function", seed, size), size.experts, signal, COHERENCE
    )
    for block in range(size.blocks):
        planting.block(block, [*carrying(size, [1.0] * each, likeness),
                               *decoys(size, blocks_of_noise, likeness)])  # fmt: skip
    return finished(planting)


MODULES: dict[str, Callable[..., World]] = {
    "modules": modules,
    "unmodular": unmodular,
    "hub_modules": hub_modules,
    "duplicates": duplicates,
    "duplicates_with_function": duplicates_with_function,
}
"""Name -> builder of a modular world from a seed."""
