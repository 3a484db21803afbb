"""The planted cases: what each hides, and which verdicts tell it (the table of claims)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from brodmann.playground.planted.patterns import (
    awkward,
    carry_together,
    hub_of,
    mix,
    pair_with_backup,
    sensitive,
)
from brodmann.playground.planted.wiring import Wiring
from brodmann.playground.planted.world import Task, World

CARRIERS = 6
"""Neurons of every block that carry a task."""


def own_latents(count: int, kinds: int = 3, **more: Any) -> list[Task]:
    """Tasks that each have a latent of their own, in families of equal size."""
    return [Task(f"task {i}", f"type {i * kinds // count}", i, **more) for i in range(count)]


def plain(
    seed: int, signal: float = 0.8, tasks: int = 3, carriers: int = CARRIERS, units: int = 96,
    spill: float = 0.3,
) -> World:  # fmt: skip
    """Neurons that know a task's label and write its answer, in both blocks.

    Args:
        seed: Of the world.
        signal: Correlation of a carrier with the label; 0 leaves the answer to chance.
        tasks: How many.
        carriers: Neurons of every block for each task.
        units: Neurons of every block.
        spill: Share of what other neurons write that goes to the answers.
    """
    wiring = Wiring("plain", own_latents(tasks), seed, units=units)
    for task in wiring.tasks:
        for block in range(2):
            wiring.carry(task, carriers, signal, block)
    wiring.background(spill)
    return wiring.finish()


def nothing(seed: int, tasks: int = 3, units: int = 96) -> World:
    """No neuron knows a label; attention alone answers."""
    wiring = Wiring("nothing", own_latents(tasks), seed, units=units)
    for task in wiring.tasks:
        wiring.skip(task, 2.0)
    wiring.background()
    return wiring.finish()


def copying(seed: int, signal: float = 0.95, tasks: int = 3) -> World:
    """Case 1: neurons copy the label and write nothing; attention answers.

    SN-1a holds, SN-3 does not.
    """
    wiring = Wiring("copying", own_latents(tasks), seed)
    for task in wiring.tasks:
        wiring.skip(task, 2.0)
        for block in range(2):
            wiring.carry(task, CARRIERS, signal, block, strength=0.0)
    wiring.background()
    return wiring.finish()


def in_families(sizes: Sequence[int]) -> list[Task]:
    """Tasks that each have a latent of their own, in families of these sizes."""
    kinds = [kind for kind, size in enumerate(sizes) for _ in range(size)]
    return [Task(f"task {i}", f"type {kind}", i) for i, kind in enumerate(kinds)]


def hub(
    seed: int, families: Sequence[int] = (5, 2, 2), size: float = 8.0, leak: float = 0.35
) -> World:
    """Case 2: an always-on neuron of large norm, without which every task breaks.

    It reads the labels of the first family a little, so that their tasks select it, and its noise
    is taken off again by attention, so that only disturbing it harms. Tasks have carriers of
    their own, families share none: SN-5 must not hold.

    Args:
        seed: Of the world.
        families: Tasks of each; where they differ in size, so does the share of their pairs.
        size: What it writes, against the other neurons.
        leak: Correlation of what it reads with each label of the first family.
    """
    wiring = Wiring("hub", in_families(families), seed, units=160)
    first = [task.name for task in wiring.tasks.values() if task.type == "type 0"]
    hub_of(wiring, first, size, leak)
    for task in wiring.tasks:
        for block in range(2):
            wiring.carry(task, CARRIERS, 0.8, block)
    wiring.background()
    return wiring.finish()


def rotated(seed: int, noise: int = 250) -> World:
    """Case 3: the label lies in one direction of all neurons together, in no neuron.

    Each neuron is a random orthonormal mixture of latents and noise, biased into its linear part;
    their sum with the right weights is the label. A linear probe is perfect, PB-1 does not hold.
    """
    wiring = Wiring("rotated", own_latents(3), seed, units=256, blocks=1, noise=noise)
    mix(wiring, 0)
    return wiring.finish()


def superposed(seed: int, latents: int = 40) -> World:
    """Case 3: more features than neurons, each neuron a mixture of all of them.

    Every label is spread over all neurons, every neuron over all labels.
    """
    wiring = Wiring("superposed", own_latents(3), seed, [2] * latents, units=96, blocks=1)
    mix(wiring, 0)
    return wiring.finish()


def backup(seed: int, signal: float = 0.9, tasks: int = 3) -> World:
    """Case 4: a dormant neuron of the next block speaks when a primary one does not.

    Primary neurons of block 0 write the answer; those of block 1 write what is missing of it,
    which is nothing while the model is intact. Disturbing the primary ones does nothing,
    disturbing both harms: SN-3 must not be called negligible.
    """
    wiring = Wiring("backup", own_latents(tasks), seed, blocks=2)
    for task in wiring.tasks:
        pair_with_backup(wiring, task, 2, signal)
    wiring.background(spill=0.0)
    return wiring.finish()


def shared_inputs(
    seed: int, families: Sequence[int] = (3, 3, 3), signal: float = 0.8, shift: float = 1.0
) -> World:
    """Case 6: tasks of a family share texts, keywords and format, but no neurons.

    A family's texts speak of the latents of all its tasks (its keywords) and are of one format,
    which turns neurons on and off. Every neuron reads every latent with a weight of its own, so
    that tasks rank the neurons reliably and each in its own way. SN-4 must not hold.

    Args:
        seed: Of the world.
        families: Tasks of each.
        signal: Of the carriers.
        shift: Of the neurons' biases by format, in standard deviations.
    """
    tasks = in_families(families)
    names = sorted({task.type for task in tasks})
    format_latent, made = len(tasks), []
    for task in tasks:
        kin = tuple(one.latent for one in tasks if one.type == task.type)
        format_ = {format_latent: names.index(task.type)}
        made.append(Task(task.name, task.type, task.latent, mentions=kin, fixed=format_))
    values = [2] * len(tasks) + [len(names)]
    wiring = Wiring("shared_inputs", made, seed, values)
    for name in wiring.tasks:
        for block in range(2):
            wiring.carry(name, 2, signal, block)
    first = 2 * len(tasks)
    sensitive(wiring, 0.3, range(first, first + len(names)), shift)
    return wiring.finish()


def graded(seed: int, signal: float = 0.8) -> World:
    """Case 8: families of 3, 2 and 2 that share neurons more and less, and all that is awkward.

    One task has three classes with a majority of 48 %, one is not solved, one has its test texts
    in clusters of four; some neurons are dead, saturated or copies of others.
    """
    classes, rest = 3, 2
    made = [
        Task("close 0", "close", 0), Task("close 1", "close", 1),
        Task("close 2", "close", 2, copies=4),
        Task("loose 0", "loose", 3), Task("loose 1", "loose", 4),
        Task("three", "apart", 5, shares=(0.48, 0.3, 0.22)), Task("unsolved", "apart", 6),
    ]  # fmt: skip
    values = [rest] * 5 + [classes, rest]
    wiring = Wiring("graded", made, seed, values, units=128)
    for block in range(2):
        carry_together(wiring, ["close 0", "close 1", "close 2"], CARRIERS, signal, block)
        carry_together(wiring, ["loose 0", "loose 1"], CARRIERS // 2, signal, block)
        for task in ("loose 0", "loose 1", "three"):
            wiring.carry(task, CARRIERS // 2 if task != "three" else CARRIERS, signal, block)
        awkward(wiring, block, 6)
    wiring.background()
    return wiring.finish()


CASES: dict[str, Callable[..., World]] = {
    "plain": plain,
    "nothing": nothing,
    "copying": copying,
    "hub": hub,
    "rotated": rotated,
    "superposed": superposed,
    "backup": backup,
    "shared_inputs": shared_inputs,
    "graded": graded,
}
"""Name -> builder of a world from a seed."""
