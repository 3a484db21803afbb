"""The draws of one site, made once and shared by all arms that want them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from brodmann.neurons.interventions.draws import hash_bits, stream_key
from brodmann.neurons.interventions.intervention import Intervention
from brodmann.neurons.interventions.kinds import KINDS
from brodmann.neurons.sites import Site


@dataclass(frozen=True)
class Tokens:
    """The ``n`` tokens that a policy chooses in a batch of ``B``.

    Attributes:
        example: Which example of the batch, long ``[n]``.
        place: Where in the padded sequence, long ``[n]``.
        rows: Every example's row of the data set, long ``[B]``.
        position: Which of the example's attended tokens, from 0, so that padding does not count;
            long ``[n]``.
    """

    example: Tensor
    place: Tensor
    rows: Tensor
    position: Tensor


class CommonDraws:
    """Draws for the units that any of several interventions touches at a site.

    Args:
        site: Where.
        interventions: All that the forward pass holds.
    """

    def __init__(self, site: Site, interventions: Sequence[Intervention]) -> None:
        self._site = site
        self._wanted: dict[tuple[str, ...], Tensor] = {}
        for change in interventions:
            if site.name in change.masks:
                key, mask = _key(change), change.masks[site.name].cpu()
                self._wanted[key] = self._wanted.get(key, torch.zeros_like(mask)) | mask
        self._made: dict[tuple[str, ...], Tensor] = {}

    def __call__(self, change: Intervention, tokens: Tokens, units: Tensor) -> Tensor:
        """The draws of one intervention.

        Args:
            change: One of the interventions.
            tokens: Those of its policy.
            units: Its units at the site, long ``[k]``.

        Returns:
            ``[n, k]``, or ``[n, 1]`` of a joint kind; empty where the kind draws nothing.
        """
        kind = KINDS[change.kind]
        if kind.draw is None:
            return units.new_empty(0)
        key = _key(change)
        wanted = self._wanted[key].to(units.device)
        if key not in self._made:
            self._made[key] = kind.draw(self._bits(change, tokens, wanted.nonzero()[:, 0]))
        drawn = self._made[key]
        if not kind.joint and len(units) < drawn.shape[1]:
            drawn = drawn[:, (wanted.cumsum(0) - 1)[units]]
        return drawn[tokens.example] if change.per == "example" else drawn

    def _bits(self, change: Intervention, tokens: Tokens, units: Tensor) -> Tensor:
        """``[B, k]`` with one draw per example, ``[n, k]`` with one per position; ``k=1`` joint."""
        parts = [tokens.rows[:, None]]
        if change.per == "position":
            parts = [tokens.rows[tokens.example][:, None], tokens.position[:, None]]
        if KINDS[change.kind].joint:
            return hash_bits(stream_key(change.seed, ""), *parts)
        return hash_bits(stream_key(change.seed, self._site.name), *parts, units)


def _key(change: Intervention) -> tuple[str, ...]:
    """What decides the draws; tokens only where each position has its own."""
    tokens = change.tokens if change.per == "position" else ""
    return (change.kind, str(change.seed), change.per, tokens)
