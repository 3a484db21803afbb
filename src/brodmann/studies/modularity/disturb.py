"""Answers to a function's questions while neurons are disturbed: many arms in one look."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import torch
from torch import Tensor
from torch.nn import functional

from brodmann.errors import RunError
from brodmann.neurons.arms import run_arms
from brodmann.neurons.interventions import Intervention
from brodmann.neurons.stream import stream
from brodmann.studies.bank import Bank
from brodmann.studies.functions.probed import Asked, probed
from brodmann.studies.measuring import Measured

ARMS_AT_ONCE = 512
"""Arms x examples in one forward pass."""
BANK = 64
"""Examples from which activations are resampled."""
Masks = Mapping[str, Tensor]
"""Site name -> bool ``[U]``, or values of the units."""


def _permute4(masks: Masks, bank: Masks, std: Masks) -> list[Intervention]:
    """The paper's: values exchanged among the masked neurons of a token, times four.

    The released code permutes over the tokens of a batch as well, padding included.
    """
    return [Intervention("permute", masks), Intervention("scale", masks, strength=4.0)]


NOISES: dict[str, Callable[[Masks, Masks, Masks], list[Intervention]]] = {
    "resample": lambda masks, bank, std: [Intervention("resample", masks, values=bank)],
    "zero": lambda masks, bank, std: [Intervention("zero", masks)],
    "noise": lambda masks, bank, std: [Intervention("noise", masks, values=std)],
    "permute4": _permute4,
}
"""``study.noise`` -> the interventions of an arm."""


def disturb(
    asked: Asked, rows: int | None, noises: Sequence[str], inputs: Mapping[str, Tensor]
) -> Measured:
    """Log-loss of every question while chosen neurons are disturbed.

    Args:
        asked: The function on a model.
        rows: Test examples of each answer to a question at most.
        noises: Row of ``NOISES`` of every arm.
        inputs: ``mask/<site>`` uint8 ``[A, U]``, the neurons of every arm; ``std/<site>`` ``[U]``.

    Returns:
        ``loss`` float32 ``[A, N]`` and ``clean`` ``[N]``, in nats, of each row's own question;
        ``question`` long ``[N]``; ``competence`` ``[K]``.

    Raises:
        RunError: Zeroing nothing changed an answer, which must not be.
    """
    opened = probed(asked)
    competence = opened.competence()
    columns, batches = opened.columns("test", rows), list(opened.batches("test", rows))
    sites = [site.name for site in opened.subject.sites]
    bank = Bank(sites, columns.rows, BANK)
    clean = _by_row(stream(opened.subject, batches, [bank]))
    _check_idle(opened.subject, batches, clean)
    std = {site: inputs[f"std/{site}"] for site in sites}
    arms = [
        NOISES[noise]({site: inputs[f"mask/{site}"][arm].bool() for site in sites},
                      bank.values(), std)
        for arm, noise in enumerate(noises)
    ]  # fmt: skip
    found = run_arms(opened.subject, batches, cast(Any, arms), max_rows=ARMS_AT_ONCE)
    question = cast(Tensor, columns.valid).long().argmax(1)
    truth = columns.values.gather(1, question[:, None])[:, 0].float()
    loss = torch.stack([_loss(one, question, truth) for one in _by_row(found)])
    told = {**opened.facts, "questions": list(opened.questions), "noises": list(noises)}
    return Measured(
        {"loss": loss, "clean": _loss(clean, question, truth), "question": question,
         "competence": competence.double()}, told,
    )  # fmt: skip


def _by_row(found: Mapping[str, Tensor]) -> Tensor:
    """Logits ``[..., N, K]`` in the order of the examples, not of the batches."""
    return found["logits"].float().index_select(-2, found["rows"].argsort())


def _check_idle(subject: Any, batches: list[Any], clean: Tensor) -> None:
    masks = {site.name: torch.ones(site.units, dtype=torch.bool) for site in subject.sites}
    idle = run_arms(subject, batches, [Intervention("noise", masks, strength=0.0)], max_rows=1)
    if not torch.equal(_by_row(idle)[0], clean):
        raise RunError("noise of strength 0 changed the answers")


def _loss(logits: Tensor, question: Tensor, truth: Tensor) -> Tensor:
    """Log-loss of every row's own question, float32 ``[N]``."""
    own = logits.gather(1, question[:, None])[:, 0]
    return functional.binary_cross_entropy_with_logits(own, truth, reduction="none")
