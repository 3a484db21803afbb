"""What disturbing neurons does to a run: many orders, rates and ablations in one look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from brodmann.errors import RunError
from brodmann.neurons.arms import run_arms
from brodmann.neurons.interventions import Intervention
from brodmann.neurons.stream import stream
from brodmann.studies.bank import Bank
from brodmann.studies.examined import Opened, Run, opened
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.disturbed import Place, disturbed, interventions

ARMS_AT_ONCE = 512
"""Arms x examples in one forward pass."""
BANK = 64
"""Examples from which activations are resampled."""


def damage(
    prepared: Run,
    rows: int,
    orders: Sequence[str],
    scope: str,
    rates: Sequence[float],
    kinds: Sequence[Sequence[Any]],
    draws: str,
    inputs: Mapping[str, Tensor],
) -> Measured:
    """Answers of a run while neurons are disturbed (Wang et al. 2022, section 4.2).

    Args:
        prepared: A run that is done, or what is open already.
        rows: Test examples.
        orders: Names of the orders; ``inputs`` holds ``<order>/<site>``, the ranks ``[U]``.
        scope: ``layer`` or ``global``.
        rates: Shares of neurons, ascending; 0 is the intact model.
        kinds: Rows of (kind, strength, ``relative`` or ``absolute``), see the core's table.
        draws: ``example`` or ``position``.
        inputs: Ranks, and ``std/<site>``, ``mean/<site>`` ``[U]`` for relative noise and means.

    Returns:
        ``loss`` float32 and ``right`` bool ``[kinds, orders, rates, N]``, ``labels``; and the
        controls ``clean``, ``idle``, ``emptied`` ``[N, C]``: logits of the bare model, under
        strength 0, and with all neurons zeroed.

    Raises:
        RunError: Strength 0 changed a logit, which must not be.
    """
    examined = opened(prepared)
    told = {key: examined.facts[key] for key in ("task", "seed", "method")}
    sites = [site.name for site in examined.subject.sites]
    batches, labels = list(examined.batches("test", rows)), examined.labels("test", rows)

    def by_site(kind: str) -> dict[str, Tensor]:
        return {site: inputs[f"{kind}/{site}"] for site in sites}

    bank = Bank(sites, len(labels), rows=BANK)
    intact, idle = _undisturbed(examined, batches, bank)
    values = {"std": by_site("std"), "mean": by_site("mean"), "resample": bank.values()}
    tops = disturbed({name: by_site(name) for name in orders}, scope, rates)
    arms = interventions(tops, kinds, values, draws, int(told["seed"]))
    emptying = _everywhere(examined, "zero", 1.0)
    emptied, *logits = _answers(examined, batches, [emptying, *arms.values()])
    shape = (len(kinds), len(orders), len(rates))
    loss, right = _scores(intact, dict(zip(arms, logits, strict=True)), shape, labels)
    return Measured(
        {"loss": loss, "right": right, "labels": labels, "clean": intact, "idle": idle,
         "emptied": emptied},
        {**told, "orders": list(orders), "rates": list(rates),
         "kinds": [list(kind) for kind in kinds], "sites": sites},
    )  # fmt: skip


def _undisturbed(examined: Opened, batches: list[Any], bank: Bank) -> tuple[Tensor, Tensor]:
    """Logits of the bare model, which fills the bank, and under noise of strength 0, ``[N, C]``.

    Strength 0 has a pass of its own, of the clean shapes: it must change nothing, bit for bit.
    """
    intact = _by_row(stream(examined.subject, batches, [bank]))
    arm = _everywhere(examined, "noise", 0.0)
    idle = _by_row(run_arms(examined.subject, batches, [arm], max_rows=1))[0]
    if not torch.equal(idle, intact):
        task, seed = examined.facts["task"], examined.facts["seed"]
        raise RunError(f"noise of strength 0 changed the answers of {task}, seed {seed}")
    return intact, idle


def _everywhere(examined: Opened, kind: str, strength: float) -> Intervention:
    masks = {s.name: torch.ones(s.units, dtype=torch.bool) for s in examined.subject.sites}
    return Intervention(kind, masks, strength=strength)


def _answers(examined: Opened, batches: list[Any], arms: list[Intervention]) -> Tensor:
    """Logits under every arm, float32 ``[A, N, C]``, in the order of the examples."""
    return _by_row(run_arms(examined.subject, batches, arms, max_rows=ARMS_AT_ONCE))


def _by_row(found: Mapping[str, Tensor]) -> Tensor:
    """Logits ``[..., N, C]`` in the order of the examples, not of the batches."""
    return found["logits"].float().index_select(-2, found["rows"].argsort())


def _scores(
    intact: Tensor, logits: Mapping[Place, Tensor], shape: tuple[int, int, int], labels: Tensor
) -> tuple[Tensor, Tensor]:
    """Log-loss in nats and correctness, ``[*shape, N]``; the intact ones where nothing was done."""
    loss, right = (scored.expand(*shape, len(labels)).clone() for scored in _scored(intact, labels))
    for place, answers in logits.items():
        loss[place], right[place] = _scored(answers, labels)
    return loss, right


def _scored(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Log-loss in nats and correctness of every example."""
    return functional.cross_entropy(logits, labels, reduction="none"), logits.argmax(-1) == labels
