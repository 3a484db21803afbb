"""What a batch's forward pass changes: the tokens, the units and the draws of every arm."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from brodmann.errors import RunError
from brodmann.neurons.capture import by_example
from brodmann.neurons.interventions.common import CommonDraws, Tokens
from brodmann.neurons.interventions.intervention import Intervention
from brodmann.neurons.interventions.kinds import KINDS
from brodmann.neurons.sites import Site
from brodmann.neurons.subject import Prepared
from brodmann.neurons.tokens import POLICIES

Arm = Sequence[Intervention]
"""Interventions of one forward pass, applied in turn; none is the clean pass."""


class Plan:
    """Changes activations of ``A`` arms x ``B`` examples as their interventions say.

    Args:
        sites: Of the subject.
        prepared: The batch, of ``B`` examples.
        arms: ``A`` of them.
        in_place: Whether activations may be overwritten, when nothing else reads them.

    Attributes:
        sites: Those that some arm touches, in the subject's order.

    Raises:
        RunError: An intervention names a site that is not here or has other units, or chooses no
            token of this batch.
    """

    def __init__(
        self,
        sites: Sequence[Site],
        prepared: Prepared,
        arms: Sequence[Arm],
        in_place: bool = False,
    ) -> None:
        self._prepared, self._arms, self._in_place = prepared, arms, in_place
        self._tokens: dict[str, Tokens] = {}
        every = [change for arm in arms for change in arm]
        check_sites(sites, every)
        touched = {name for change in every for name in change.touched()}
        self.sites = [site for site in sites if site.name in touched]
        for change in every:
            if len(self._choose(change.tokens).place) == 0:
                raise RunError(f"{change.kind} touches no token: the batch has no {change.tokens}")

    def __call__(self, site: Site, values: Tensor) -> Tensor:
        """The changed activations of a site.

        Args:
            site: One of ``sites``.
            values: Float ``[A * B, T, U]``, arm by arm (or ``[A * B * T, U]``).
        """
        arms, (examples, length) = len(self._arms), self._prepared.masks.attended.shape
        changed = by_example(values, arms * examples, site)
        changed = changed if self._in_place else changed.clone()
        if changed.shape[1] != length:
            raise RunError(f"{site.name} has {changed.shape[1]} tokens, the batch's masks {length}")
        draws = CommonDraws(site, [change for arm in self._arms for change in arm])
        parts = changed.view(arms, examples, length, -1)
        for index, arm in enumerate(self._arms):
            for change in arm:
                if site.name in change.masks:
                    self._apply(site, parts[index], change, draws)
        return changed.view(values.shape)

    def _apply(self, site: Site, values: Tensor, change: Intervention, draws: CommonDraws) -> None:
        """Change ``values`` ``[B, T, U]`` in place."""
        units = change.masks[site.name].to(values.device).nonzero()[:, 0]
        if len(units) == 0:
            return
        tokens = self._choose(change.tokens)
        at = (tokens.example[:, None], tokens.place[:, None], units)
        given = change.values.get(site.name)
        given = torch.ones(site.units) if given is None else given
        parameters = given.to(values.device)[..., units]
        row = KINDS[change.kind]
        values[at] = row.change(
            values[at], change.strength, parameters, draws(change, tokens, units)
        )

    def _choose(self, policy: str) -> Tokens:
        if policy not in self._tokens:
            masks, rows = self._prepared.masks, self._prepared.rows
            example, place = POLICIES[policy](masks).nonzero(as_tuple=True)
            position = masks.attended.long().cumsum(dim=1)[example, place] - 1
            rows = rows.to(example.device)
            self._tokens[policy] = Tokens(example, place, rows, position)
        return self._tokens[policy]


def check_sites(sites: Sequence[Site], interventions: Sequence[Intervention]) -> None:
    """Refuse interventions that were made for another model.

    Raises:
        RunError: A mask names a site that is not here, or has another number of units.
    """
    known = {site.name: site.units for site in sites}
    for change in interventions:
        for name, mask in change.masks.items():
            if name not in known:
                raise RunError(f"{change.kind} names site {name}, which the subject does not have")
            if len(mask) != known[name]:
                raise RunError(f"the mask of {name} has {len(mask)} units, the site {known[name]}")
