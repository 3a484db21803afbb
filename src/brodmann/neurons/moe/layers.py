"""The FFNs of a model as places: where their inputs and their neurons can be seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from brodmann.errors import RunError
from brodmann.neurons.capture import capture
from brodmann.neurons.moe.weights import Shape, ffn_shape
from brodmann.neurons.pruning import Ffn
from brodmann.neurons.sites import Site
from brodmann.neurons.subject import Batches, Subject


@dataclass(frozen=True)
class Layer:
    """One FFN.

    Attributes:
        neurons: Site of its neurons.
        states: Site of its inputs, which routers look at.
        ffn: Where its matrices are.
        shape: Its size.
    """

    neurons: Site
    states: Site
    ffn: Ffn
    shape: Shape

    @property
    def name(self) -> str:
        """Name of the neurons' site."""
        return self.neurons.name


def find_layers(model: nn.Module, sites: Sequence[Site], ffns: Sequence[Ffn]) -> list[Layer]:
    """The FFNs whose neurons are among some sites.

    Args:
        model: Has both.
        sites: Of a subject.
        ffns: Of its model.

    Raises:
        RunError: None of the FFNs has a site.
    """
    known = {site.name: site for site in sites}
    found = [_layer(model, known[ffn.site], ffn) for ffn in ffns if ffn.site in known]
    if not found:
        raise RunError("none of the FFNs has a site, so that no neuron could be left out")
    return found


def _layer(model: nn.Module, site: Site, ffn: Ffn) -> Layer:
    shape = ffn_shape(model, ffn)
    states = replace(site, name=f"{site.name}.states", kind="states", path=ffn.into[0],
                     side="input", units=shape.width)  # fmt: skip
    return Layer(site, states, ffn, shape)


Seen = dict[str, tuple[Tensor, Tensor]]
"""Name of the layer -> inputs ``[T, D]`` and neurons ``[T, U]`` of the attended tokens."""


@torch.no_grad()
def seen_tokens(subject: Subject, batches: Batches, layers: Sequence[Layer]) -> Iterator[Seen]:
    """What every FFN gets and how its neurons respond, batch by batch; nothing is kept.

    Args:
        subject: Model and how it is fed.
        batches: Examples.
        layers: Of its model.

    Yields:
        Padding left out; tokens in the same order at every layer.

    Raises:
        RunError: A site never fired.
    """
    sites = [site for layer in layers for site in (layer.neurons, layer.states)]
    for batch in batches:
        prepared = subject.prepare(batch)
        attended, heard = prepared.masks.attended, dict[str, Tensor]()

        def keep(
            site: Site, values: Tensor, heard: Any = heard, attended: Tensor = attended
        ) -> None:
            heard[site.name] = values[attended]

        with capture(subject.model, sites, len(prepared.rows), keep):
            subject.predict(prepared.inputs)
        yield {one.name: (heard[one.states.name], heard[one.name]) for one in layers}
