"""Ways to plant more than a plain neuron: hubs, mixtures, backups, shared and awkward neurons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from brodmann.playground.planted.wiring import Wiring

ALWAYS = 6.0
"""Bias, in standard deviations, with which a neuron is on for every text."""


def hub_of(wiring: Wiring, tasks: Sequence[str], size: float, leak: float) -> None:
    """A neuron that is always on and writes to all answers; attention takes its changes off again.

    Args:
        wiring: The world.
        tasks: Those whose labels it reads a little.
        size: Of what it writes to every answer, per standard deviation.
        leak: Correlation of what it reads with each of these labels.
    """
    (unit,) = wiring.take(0, 1)
    known = torch.stack([leak * wiring.reading(name, 1) for name in tasks]).sum(0)
    read = known + (1 - len(tasks) * leak**2) ** 0.5 * wiring.noise_direction()
    write = size * torch.stack([wiring.answer(name, 1) for name in wiring.tasks]).sum(0)
    wiring.place(0, unit, read, write, bias=ALWAYS, size=1.0)
    wiring.pooling(-torch.outer(write, read))
    wiring.remember("hub", 0, [unit])


def mix(wiring: Wiring, block: int) -> None:
    """Make all free neurons of a block random mixtures of all latents and noise, always on.

    With at least as many neurons as features the mixture is orthonormal, else features are in
    superposition. The answers are read out by the pseudo-inverse.

    Args:
        wiring: The world; its latents have two values.
        block: Index of the block.
    """
    units = wiring.take(block, len(wiring.free[block]))
    pairs = wiring.latents.view(-1, 2, wiring.latents.shape[1])
    features = torch.cat([pairs[:, 1] - pairs[:, 0], wiring.noise])
    mixture = wiring.normal(len(units), len(features))
    if len(units) >= len(features):
        mixture = torch.linalg.qr(mixture)[0]
    mixture = mixture / mixture.norm(dim=1, keepdim=True)
    back = torch.linalg.pinv(mixture)
    for place, unit in enumerate(units):
        write = sum(
            (back[task.latent, place] * wiring.answer(name, 1)
             for name, task in wiring.tasks.items()), torch.zeros(features.shape[1]),
        )  # fmt: skip
        wiring.place(block, unit, mixture[place] @ features, write, bias=ALWAYS, size=1.0)


def pair_with_backup(wiring: Wiring, task: str, pairs: int, signal: float) -> None:
    """Primary neurons in block 0, and in block 1 two that write what is missing of their answer.

    Args:
        wiring: The world; nothing else may write to the task's answer.
        task: Name of a task of two classes.
        pairs: Primary pairs; one neuron of each says yes, the other no.
        signal: Correlation of what they read with the label.
    """
    answer, wanted = wiring.answer(task, 1), torch.zeros_like(wiring.noise_direction())
    first = wiring.take(0, 2 * pairs)
    for index in range(pairs):
        read = signal * wiring.reading(task, 1)
        read = read + (1 - signal**2) ** 0.5 * wiring.noise_direction()
        for unit, sign in zip(first[2 * index : 2 * index + 2], (1, -1), strict=True):
            wiring.place(0, unit, sign * read, sign * answer, bias=0.0, size=1.0)
        wanted = wanted + read
    second = wiring.take(1, 2)
    for unit, sign in zip(second, (1, -1), strict=True):
        wiring.place(1, unit, sign * (wanted - answer), sign * answer, bias=-0.01, size=1.0)
    wiring.note(task, 0, first)
    wiring.remember(f"backup of {task}", 1, second)


def carry_together(
    wiring: Wiring, tasks: Sequence[str], count: int, signal: float, block: int
) -> None:
    """Neurons that several tasks share: they read all their labels and write all their answers.

    Args:
        wiring: The world.
        tasks: Names of tasks of two classes.
        count: Neurons.
        signal: Correlation of what they read with all the labels together.
        block: Index of the block.
    """
    units = wiring.take(block, count)
    for place, unit in enumerate(units):
        value = place % 2
        known = torch.stack([wiring.reading(name, value) for name in tasks]).sum(0)
        read = signal / len(tasks) ** 0.5 * known
        read = read + (1 - signal**2) ** 0.5 * wiring.noise_direction()
        write = torch.stack([wiring.answer(name, value) for name in tasks]).sum(0)
        wiring.place(block, unit, read, write)
    for name in tasks:
        wiring.note(name, block, units)


def sensitive(wiring: Wiring, latents: float, formats: Sequence[int], strength: float) -> None:
    """Background neurons that each read all latents a little, and are on or off by format.

    Every neuron's weights are independent over latents, so that tasks rank the neurons
    differently; formats shift its bias, so that texts of one format leave it off for all tasks.

    Args:
        wiring: The world; all neurons that are left are set.
        latents: Standard deviation of the weights of each task's label.
        formats: Directions of formats, as places among ``wiring.latents``.
        strength: Standard deviation of the shift by a format.
    """
    for block, free in enumerate(wiring.free):
        while free:
            draws = latents * wiring.normal(len(wiring.tasks))
            known = torch.stack([wiring.reading(name, 1) for name in wiring.tasks])
            shifts = strength * wiring.normal(len(formats)) @ wiring.latents[list(formats)]
            read = draws @ known + shifts + wiring.noise_direction()
            wiring.place(block, int(free.pop()), read, wiring.junk[0])


def awkward(wiring: Wiring, block: int, count: int) -> None:
    """Dead neurons, neurons that are always at one value, and copies of a carrier; ``count`` each.

    Args:
        wiring: The world, with carriers in the block.
        block: Index of the block.
        count: Neurons of each kind.
    """
    ffn: Any = wiring.model.blocks[block].ffn
    for name, bias in (("dead", -1.0), ("saturated", 3.0)):
        units = wiring.take(block, count)
        for unit in units:
            wiring.place(block, unit, torch.zeros(len(wiring.basis)), wiring.junk[0], bias)
        wiring.remember(name, block, units)
    copies = wiring.take(block, count)
    model = next(iter(wiring.carried.values()))[f"encoder.{block}.ffn"][0]
    ffn.up.weight[copies], ffn.up.bias[copies] = (
        ffn.up.weight[model].clone(),
        ffn.up.bias[model].clone(),
    )
    ffn.out.weight[:, copies] = ffn.out.weight[:, [model]].clone() / count
    wiring.remember("copies", block, copies)
