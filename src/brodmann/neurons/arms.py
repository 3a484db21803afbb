"""Many arms in one forward pass: an intervention each, the clean lower blocks shared by all."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import groupby
from typing import Any

import torch
from torch import Tensor, nn

from brodmann.errors import RequestError, RunError
from brodmann.neurons.interventions import Arm, Intervention, Plan, change_sites
from brodmann.neurons.interventions.plan import check_sites
from brodmann.neurons.split import expanded, recorded, resumed
from brodmann.neurons.subject import Batches, Prepared, Subject

logger = logging.getLogger(__name__)
MAX_ROWS = 256
"""Arms x examples that run at once."""


@torch.inference_mode()
def run_arms(
    subject: Subject,
    batches: Batches,
    arms: Sequence[Intervention | Arm],
    max_rows: int = MAX_ROWS,
) -> dict[str, Tensor]:
    """The answers under many arms, each as if it had run alone.

    Every batch is prepared once, and runs clean once if an arm shares a block with the clean
    pass. From the lowest block that an arm touches,
    its pass goes on with as many arms at a time as fit, and ends in the read-out of all of them;
    the blocks below are not computed again. An arm without interventions is the clean pass, bit
    for bit. The others equal their own pass (``intervene``) up to the rounding of a matrix
    product of more rows.

    Args:
        subject: Model, sites and how it is fed.
        batches: Examples; seen once.
        arms: ``A`` of them: an intervention, or several that apply in turn, or none (clean).
        max_rows: Arms x examples at once; one arm runs even when its batch is larger.

    Returns:
        ``logits`` float ``[A, N, C]`` and ``rows`` long ``[N]``, in the order of the batches.

    Raises:
        RequestError: ``max_rows`` below 1.
        RunError: No arm, no batch, or an arm that does not fit the subject or a batch.
    """
    if max_rows < 1:
        raise RequestError("max_rows", max_rows, "below 1", "give a number of rows such as 256")
    if not arms:
        raise RunError("there is no arm to run")
    every = [[arm] if isinstance(arm, Intervention) else list(arm) for arm in arms]
    check_sites(subject.sites, [change for arm in every for change in arm])
    lowest = [lowest_block(subject, arm) for arm in every]
    _tell_unsplit(subject, lowest)
    logits, rows = [], []
    for batch in batches:
        prepared = subject.prepare(batch)
        logits.append(_run_batch(subject, prepared, every, lowest, max_rows))
        rows.append(prepared.rows.cpu())
    if not rows:
        raise RunError("there was no batch to run the arms on")
    return {"logits": torch.cat(logits, dim=1), "rows": torch.cat(rows)}


def lowest_block(subject: Subject, arm: Arm) -> int | None:
    """Index of the first block that an arm touches; ``None`` for the clean arm."""
    touched = {name for change in arm for name in change.touched()}
    return min((site.block for site in subject.sites if site.name in touched), default=None)


def chunks(lowest: Sequence[int | None], size: int) -> Iterator[tuple[int, list[int]]]:
    """Arms that run at once: those of one lowest block, at most ``size`` of them.

    Args:
        lowest: Of every arm; arms with ``None`` are in no chunk.
        size: Arms at once.

    Yields:
        The block, and indices of arms.

    Example:
        >>> list(chunks([2, 0, None, 2, 2], 2))
        [(0, [1]), (2, [0, 3]), (2, [4])]
    """
    order = sorted((block, index) for index, block in enumerate(lowest) if block is not None)
    for block, group in groupby(order, key=lambda pair: pair[0]):
        indices = [index for _, index in group]
        for start in range(0, len(indices), size):
            yield block, indices[start : start + size]


def _run_batch(
    subject: Subject,
    prepared: Prepared,
    arms: Sequence[Arm],
    lowest: Sequence[int | None],
    max_rows: int,
) -> Tensor:
    blocks = [subject.model.get_submodule(path) for path in subject.blocks]
    outputs: dict[int, Any] = {}
    answers: dict[int, Tensor] = {}
    if set(lowest) != {0}:
        with recorded(blocks, sorted({block - 1 for block in lowest if block})) as outputs:
            clean = subject.predict(prepared.inputs).float().cpu()
        answers = {index: clean for index, block in enumerate(lowest) if block is None}
    for start, chosen in chunks(lowest, max(1, max_rows // len(prepared.rows))):
        plan = Plan(subject.sites, prepared, [arms[index] for index in chosen], in_place=True)
        with (
            _from(subject, blocks, prepared, start, outputs, len(chosen)) as inputs,
            change_sites(subject.model, plan),
        ):
            found = subject.predict(inputs).float().cpu()
        parts = found.view(len(chosen), len(prepared.rows), -1)
        answers |= dict(zip(chosen, parts, strict=True))
    return torch.stack([answers[index] for index in range(len(arms))])


@contextmanager
def _from(
    subject: Subject,
    blocks: Sequence[nn.Module],
    prepared: Prepared,
    start: int,
    outputs: Mapping[int, Any],
    arms: int,
) -> Iterator[Any]:
    """Make the next pass start at a block, with every example once per arm.

    Yields:
        Inputs for ``predict``: the batch's own, or repeated ones where no block can be split off.
    """
    if start in subject.unsplit:
        yield subject.repeat(prepared.inputs, arms)
        return
    with ExitStack() as stack:
        if start > 0:
            stack.enter_context(resumed(blocks, start, outputs[start - 1]))
        stack.enter_context(expanded(blocks[start:], len(prepared.rows), arms))
        yield prepared.inputs


def _tell_unsplit(subject: Subject, lowest: Sequence[int | None]) -> None:
    count = sum(block in subject.unsplit for block in lowest)
    if count:
        logger.warning("%d of %d arms start from the inputs: their first block cannot be split off",
                       count, len(lowest))  # fmt: skip
