"""The real model with only the chosen experts of every FFN: all of them at once, by hooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from brodmann.errors import RunError
from brodmann.neurons.hooks import Firings, hooked
from brodmann.neurons.moe.layers import Layer
from brodmann.neurons.moe.routers import Router, ranked
from brodmann.neurons.partition.partition import Partition
from brodmann.neurons.sites import Site


@contextmanager
def moefied(
    model: nn.Module,
    layers: Sequence[Layer],
    partition: Partition,
    routers: Mapping[str, Router],
    counts: Sequence[int],
) -> Iterator[Firings]:
    """Set the neurons of experts that a token does not go to to zero, in every forward pass inside.

    A layer's router sees what the layer is given: the states as the layers below left them, their
    experts chosen already. Weights are not touched.

    Args:
        model: Holds the layers.
        layers: Those that are changed.
        partition: Their experts.
        routers: Name of the layer -> its router.
        counts: Experts per token; where there are several, the rows of a batch are as many equal
            groups, one for each (as ``Subject.repeat`` makes them).

    Yields:
        The count of firings.

    Raises:
        RunError: A layer has no router, or a count is no number of experts; a layer never fired.
    """
    if not counts or not all(1 <= count <= partition.experts for count in counts):
        raise RunError(f"{list(counts)} of {partition.experts} experts cannot be chosen")
    lacking = [layer.name for layer in layers if layer.name not in routers]
    if lacking:
        raise RunError(f"{lacking[0]} has no router")
    of_states = {layer.states.name: layer.name for layer in layers}
    given: dict[str, Tensor] = {}

    def fire(site: Site, values: Tensor) -> Tensor | None:
        if site.name in of_states:
            given[of_states[site.name]] = values
            return None
        flat = values.flatten(0, -2)
        scores = routers[site.name](given.pop(site.name).flatten(0, -2), flat)
        keep = top(scores, counts).to(values.dtype)
        of_neurons = keep.index_select(1, partition.expert_of[site.name].to(values.device))
        return of_neurons.mul_(flat).view_as(values)

    sites = [site for layer in layers for site in (layer.states, layer.neurons)]
    with hooked(model, sites, fire) as firings:
        yield firings


def top(scores: Tensor, counts: Sequence[int]) -> Tensor:
    """The best experts of every token.

    Args:
        scores: Float ``[T, E]``; of equal ones the first comes first.
        counts: How many; where there are several, the tokens are as many equal groups.

    Returns:
        Bool ``[T, E]``.

    Raises:
        RunError: The tokens are no such groups.

    Example:
        >>> top(torch.tensor([[0.1, 0.9, 0.5], [0.3, 0.3, 0.2]]), [2, 1]).tolist()
        [[False, True, True], [True, False, False]]
    """
    if len(scores) % len(counts):
        raise RunError(f"{len(scores)} tokens are no {len(counts)} equal groups")
    wanted = torch.tensor(counts, device=scores.device)
    wanted = wanted.repeat_interleave(len(scores) // len(counts))[:, None]
    chosen = torch.arange(scores.shape[1], device=scores.device) < wanted
    return torch.zeros_like(chosen).scatter_(1, ranked(scores), chosen)
