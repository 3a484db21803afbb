"""A forward pass in two parts: clean lower blocks once, the upper ones for many arms."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from brodmann.errors import RunError

SHARED = ("rel_embeddings", "relative_pos")
"""Arguments of blocks that belong to no example, whatever their first axis happens to be."""


@contextmanager
def recorded(blocks: Sequence[nn.Module], wanted: Sequence[int]) -> Iterator[dict[int, Any]]:
    """Keep what some blocks return.

    Args:
        blocks: All of a model, in order.
        wanted: Indices of those to keep.

    Yields:
        Index -> what the block returned: a tensor or a tuple; filled by a forward pass.
    """
    kept: dict[int, Any] = {}

    def keep(index: int) -> Any:
        def hook(module: nn.Module, inputs: Any, output: Any) -> None:
            kept[index] = output

        return hook

    handles = [blocks[index].register_forward_hook(keep(index)) for index in wanted]
    try:
        yield kept
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def resumed(blocks: Sequence[nn.Module], start: int, output: Any) -> Iterator[None]:
    """Skip the blocks below ``start``: each returns what the last of them returned before.

    Args:
        blocks: All of a model, in order.
        start: The first block that runs.
        output: What block ``start - 1`` returned for the same inputs.
    """
    before = [vars(block).get("forward") for block in blocks[:start]]
    for block in blocks[:start]:
        vars(block)["forward"] = lambda *arguments, **options: output
    try:
        yield
    finally:
        for block, forward in zip(blocks[:start], before, strict=True):
            if forward is None:
                del vars(block)["forward"]
            else:
                vars(block)["forward"] = forward


@contextmanager
def expanded(blocks: Sequence[nn.Module], examples: int, arms: int) -> Iterator[None]:
    """Let some blocks see every example once per arm, one whole batch after the other.

    The hidden states are repeated before the first block. Every block's other arguments with one
    row per example (masks, positions) are too; those that all examples share keep their one row.

    Args:
        blocks: Those that run, in order.
        examples: ``B``, rows of the batch.
        arms: ``A``.

    Raises:
        RunError: The first block got no states with a row per example.
    """
    repeat = _Repeater(examples, arms)

    def first(module: nn.Module, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
        if not inputs or not isinstance(inputs[0], Tensor) or len(inputs[0]) != examples:
            raise RunError(f"a block was given no states of {examples} examples to expand")
        return others(module, (_repeat(inputs[0], arms), *inputs[1:]), options)

    def others(module: nn.Module, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
        names = list(inspect.signature(module.forward).parameters)
        rest = (repeat(name, value) for name, value in zip(names[1:], inputs[1:], strict=False))
        named = {name: repeat(name, value) for name, value in options.items()}
        return (inputs[0], *rest), named

    handles = [
        block.register_forward_pre_hook(first if index == 0 else others, with_kwargs=True)
        for index, block in enumerate(blocks)
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


class _Repeater:
    """Repeats arguments, each tensor once for all the blocks that get it."""

    def __init__(self, examples: int, arms: int) -> None:
        self._examples, self._arms = examples, arms
        self._done: dict[int, tuple[Tensor, Tensor]] = {}

    def __call__(self, name: str, value: Any) -> Any:
        if name in SHARED:
            return value
        if isinstance(value, tuple | list):
            return type(value)(self(name, part) for part in value)
        if not isinstance(value, Tensor) or not value.ndim or not len(value) == self._examples > 1:
            return value
        if id(value) not in self._done:
            self._done[id(value)] = (value, _repeat(value, self._arms))
        return self._done[id(value)][1]


def _repeat(values: Tensor, times: int) -> Tensor:
    return values.repeat(times, *[1] * (values.ndim - 1))
