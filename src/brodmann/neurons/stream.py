"""One forward pass for every question: batches go by, listeners keep their sums."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Protocol

import torch
from torch import Tensor

from brodmann.errors import RunError
from brodmann.neurons.capture import capture, check_finite
from brodmann.neurons.sites import Site
from brodmann.neurons.subject import Batches, Prepared, Subject
from brodmann.neurons.tokens import Reading, reader


class Listener(Protocol):
    """Keeps what it needs of the activations that pass."""

    @property
    def reading(self) -> Reading:
        """Which tokens it wants, pooled how."""
        ...

    @property
    def sites(self) -> Sequence[str]:
        """Names of the sites it wants."""
        ...

    def update(self, site: str, values: Tensor, rows: Tensor) -> None:
        """Take one batch of one site.

        Args:
            site: The site's name.
            values: Float ``[B, P, U]``, finite.
            rows: Index of each example in its data set, long ``[B]``.
        """
        ...


@torch.inference_mode()
def stream(subject: Subject, batches: Batches, listeners: Sequence[Listener]) -> dict[str, Tensor]:
    """Run the subject over batches once, and let every listener hear its sites.

    Args:
        subject: Model, sites and how it is fed.
        batches: Examples; seen once.
        listeners: Any number; readings that several share are computed once.

    Returns:
        ``logits`` float ``[N, C]`` and ``rows`` long ``[N]``, in the order of the batches.

    Raises:
        RunError: There was no batch, a site never fired, or an activation is not finite.
    """
    wanted = {name for listener in listeners for name in listener.sites}
    sites = [site for site in subject.sites if site.name in wanted]
    unknown = wanted - {site.name for site in sites}
    if unknown:
        raise RunError(f"the subject has no site {sorted(unknown)[0]}")
    logits, rows = [], []
    for count, batch in enumerate(batches):
        prepared = subject.prepare(batch)
        hear = partial(_hear, prepared, cache(partial(reader, prepared.masks)), count, listeners)
        with capture(subject.model, sites, len(prepared.rows), hear):
            logits.append(subject.predict(prepared.inputs).float().cpu())
        rows.append(prepared.rows.cpu())
    if not rows:
        raise RunError("there was no batch to stream")
    return {"logits": torch.cat(logits), "rows": torch.cat(rows)}


def _hear(
    prepared: Prepared,
    reader_of: Callable[[Reading], Callable[[Tensor], Tensor]],
    count: int,
    listeners: Sequence[Listener],
    site: Site,
    values: Tensor,
) -> None:
    ready: dict[Reading, Tensor] = {}
    for listener in listeners:
        if site.name not in listener.sites:
            continue
        if listener.reading not in ready:
            ready[listener.reading] = reader_of(listener.reading)(values)
            check_finite(ready[listener.reading], site, count)
        listener.update(site.name, ready[listener.reading], prepared.rows)
