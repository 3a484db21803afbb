"""What a small change of each unit would do to the loss: gradients with respect to sites."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from brodmann.neurons.hooks import hooked
from brodmann.neurons.sites import Site
from brodmann.neurons.subject import Batches, Subject

Loss = Callable[[Tensor, Tensor], Tensor]
"""``(logits [B, C], rows [B]) -> loss [B]``."""


def gradients(subject: Subject, batches: Batches, loss: Loss) -> dict[str, Tensor]:
    """Derivative of every example's loss by a shift of each unit at all its tokens.

    The shift is the one that noise with a draw per example makes (Wang et al. 2022, section 4.2);
    with noise of s.d. ``s`` the loss rises by about half the sum of ``(s x gradient) squared``
    (Gauss-Newton).

    Args:
        subject: Model, sites and how it is fed.
        batches: Examples; seen once.
        loss: Per example.

    Returns:
        Site name -> float32 ``[N, U]``, in the order of the batches.
    """
    found: dict[str, list[Tensor]] = {site.name: [] for site in subject.sites}
    for batch in batches:
        prepared = subject.prepare(batch)
        rows = len(prepared.rows)
        with torch.enable_grad(), shifts(subject.model, subject.sites, rows) as leaves:
            total = loss(subject.predict(prepared.inputs), prepared.rows).sum()
            made = torch.autograd.grad(total, list(leaves.values()))
        for name, gradient in zip(leaves, made, strict=True):
            found[name].append(gradient[:, 0].float().cpu())
    return {name: torch.cat(parts) for name, parts in found.items()}


@contextmanager
def shifts(model: nn.Module, sites: Sequence[Site], rows: int) -> Iterator[dict[str, Tensor]]:
    """Add zeros that can be differentiated to every site.

    Args:
        model: Holds the sites' modules.
        sites: Where.
        rows: Examples of the forward pass.

    Yields:
        Site name -> the zeros, ``[rows, 1, U]``, there once the site has fired.

    Raises:
        RunError: The model is compiled, or a site never fired.
    """
    leaves: dict[str, Tensor] = {}

    def shifted(site: Site, values: Tensor) -> Tensor:
        leaf = values.new_zeros(rows, 1, site.units).requires_grad_(True)
        leaves[site.name] = leaf
        return (values.reshape(rows, -1, site.units) + leaf).view(values.shape)

    with hooked(model, sites, shifted):
        yield leaves
