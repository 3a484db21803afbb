"""What transfer is judged from: neurons that a prompt activates, and prompts on others' data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from brodmann.lab.prepare import Prepared
from brodmann.neurons.stream import stream
from brodmann.neurons.tokens import Reading, TokenMasks
from brodmann.studies.examined import Examined, examine
from brodmann.studies.measuring import Measured
from brodmann.tasks.encode import Encoded, collate_text, encode_texts


class Values:
    """A listener: every value that it hears.

    Args:
        reading: Which tokens.
        sites: Names of sites.
    """

    def __init__(self, reading: Reading, sites: Sequence[str]) -> None:
        self.reading, self.sites = reading, tuple(sites)
        self.heard: dict[str, Tensor] = {}

    def update(self, site: str, values: Tensor, rows: Tensor) -> None:
        """Keep the one batch, float ``[B, P, U]``."""
        self.heard[site] = values.float().cpu()


def activated(prepared: Prepared) -> Measured:
    """The neurons that a run's prompt activates by itself (Wang et al. 2022, section 6.2).

    The prompt stands before an empty text, special tokens only; a neuron is active when its value
    where the answer is read is above 0 (Su et al. 2022, section 6.1).

    Args:
        prepared: A run that is done.

    Returns:
        ``active/<site>`` bool ``[U]``.
    """
    examined = examine(prepared)
    sites = [site.name for site in examined.subject.sites]
    batch = empty_batch(examined)
    heard = Values(answer_reading(examined.subject.prepare(batch).masks), sites)
    stream(examined.subject, [batch], [heard])
    active = {f"active/{site}": values[0, 0] > 0 for site, values in heard.heard.items()}
    return Measured(active, {"sites": sites, "policy": heard.reading.policy})


def empty_batch(examined: Examined) -> dict[str, Tensor]:
    """One text without words: its special tokens, or a single one where a tokenizer adds none."""
    tokenizer: Any = examined.assembly.tuned.backbone.tokenizer
    (row,) = encode_texts([("",)], tokenizer, None, "pair")
    if not row.input_ids:
        first = tokenizer.bos_token_id
        row = Encoded([tokenizer.eos_token_id if first is None else first], None)
    return {**collate_text([row], tokenizer.pad_token_id or 0, "right"), "index": torch.tensor([0])}


def answer_reading(masks: TokenMasks) -> Reading:
    """Where the answer is read: [MASK], else the first special token, else the last token."""
    policies = (("mask", masks.mask), ("cls", masks.cls))
    return Reading(next((name for name, mask in policies if bool(mask.any())), "last"))


def zero_shot(
    prepared: Prepared, sources: Sequence[str], rows: int | None, inputs: Mapping[str, Tensor]
) -> Measured:
    """Other tasks' trained tensors on this task's test data, its own label words read out.

    Args:
        prepared: The target's run.
        sources: Names of tasks.
        rows: Test examples.
        inputs: ``<source>/<tensor>``, what was trained there.

    Returns:
        ``right`` bool ``[S, N]``.

    Raises:
        RunError: A source's tensors do not fit the target's model.
    """
    examined = examine(prepared)
    labels, right = examined.labels("test", rows), []
    for source in sources:
        prefix = f"{source}/"
        own = {n.removeprefix(prefix): t for n, t in inputs.items() if n.startswith(prefix)}
        examined.assembly.tuned.load_trained(own)
        right.append(_said(examined, rows) == labels)
    return Measured({"right": torch.stack(right)}, {"sources": list(sources)})


@torch.inference_mode()
def _said(examined: Examined, rows: int | None) -> Tensor:
    """Predicted classes of the used test rows, long ``[N]``."""
    said = torch.empty(len(examined.subset("test", rows)), dtype=torch.long)
    for batch in examined.batches("test", rows):
        prepared = examined.subject.prepare(batch)
        answer = examined.subject.predict(prepared.inputs).argmax(-1)
        said[prepared.rows.cpu()] = answer.cpu()
    return said
