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
from brodmann.neurons.selection import Order
from brodmann.neurons.stream import stream
from brodmann.studies.examined import Opened, Run, opened
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.bank import Bank

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
    seed = int(told["seed"])
    sites = [site.name for site in examined.subject.sites]
    ranks = {name: Order({s: inputs[f"{name}/{s}"].long() for s in sites}, scope)  # type: ignore[arg-type]
             for name in orders}  # fmt: skip
    batches = list(examined.batches("test", rows))
    labels = examined.labels("test", rows)
    bank = Bank(sites, len(labels), rows=BANK)
    clean = stream(examined.subject, batches, [bank])
    whole = {s: torch.ones(len(inputs[f"{orders[0]}/{s}"]), dtype=torch.bool) for s in sites}
    values = {
        "std": {s: inputs[f"std/{s}"] for s in sites},
        "mean": {s: inputs[f"mean/{s}"] for s in sites},
        "resample": bank.values(),
    }
    intact = clean["logits"].float()[clean["rows"].argsort()]
    idle = _idle(examined, batches, whole)
    if not torch.equal(idle, intact):
        raise RunError(f"noise of strength 0 changed the answers of {told['task']}, seed {seed}")
    arms: list[list[Intervention]] = [[Intervention("zero", whole)]]
    places: list[tuple[int, int, int]] = []
    for k, (kind, strength, unit) in enumerate(kinds):
        for o, name in enumerate(orders):
            for r, rate in enumerate(rates):
                masks = ranks[name].top(rate).masks
                if any(bool(mask.any()) for mask in masks.values()):
                    given = _values(str(kind), str(unit), values)
                    arms.append([Intervention(str(kind), masks, "all", float(strength), given,
                                              draws, seed=seed)])  # fmt: skip
                    places.append((k, o, r))
    answers = run_arms(examined.subject, batches, arms, max_rows=ARMS_AT_ONCE)
    order = answers["rows"].argsort()
    logits = answers["logits"].float()[:, order]
    shape = (len(kinds), len(orders), len(rates), len(labels))
    loss, right = _scored(intact, labels)
    losses, rights = loss.expand(shape).clone(), right.expand(shape).clone()
    for arm, place in enumerate(places, start=1):
        losses[place], rights[place] = _scored(logits[arm], labels)
    return Measured(
        {"loss": losses, "right": rights, "labels": labels, "clean": intact, "idle": idle,
         "emptied": logits[0]},
        {**told, "orders": list(orders), "rates": list(rates),
         "kinds": [list(kind) for kind in kinds], "sites": sites},
    )  # fmt: skip


def _idle(examined: Opened, batches: list[Any], whole: Mapping[str, Tensor]) -> Tensor:
    """Logits under noise of strength 0 at every neuron: a pass of its own, of the clean shapes."""
    arm = [Intervention("noise", dict(whole), strength=0.0)]
    found = run_arms(examined.subject, batches, [arm], max_rows=1)
    return found["logits"][0].float()[found["rows"].argsort()]


def _values(kind: str, unit: str, values: dict[str, dict[str, Tensor]]) -> dict[str, Tensor]:
    """What a kind needs beside its masks."""
    if kind == "noise":
        return values["std"] if unit == "relative" else {}
    return values.get(kind, {})


def _scored(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Log-loss in nats and correctness of every example."""
    return functional.cross_entropy(logits, labels, reduction="none"), logits.argmax(-1) == labels
