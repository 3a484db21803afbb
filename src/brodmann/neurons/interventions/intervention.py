"""A change of units in the forward pass, as a value: what, where, which tokens, how strong."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from brodmann.errors import RequestError, RunError, nearest
from brodmann.neurons.interventions.kinds import KINDS
from brodmann.neurons.tokens import POLICIES

PER = ("example", "position")
"""Whether the tokens of an example share a draw or have one each."""


@dataclass(frozen=True, eq=False)
class Intervention:
    """A change of units.

    Attributes:
        kind: A row of ``KINDS``.
        masks: Site name -> bool ``[U]``, for instance ``Selection.masks``; sites without a
            selected unit are left alone.
        tokens: A token policy, a row of ``tokens.POLICIES``.
        strength: The noise's s.d. (in units of ``values`` where given), the factor of ``scale``,
            and for the replacing kinds the part of the way, 1 being all of it.
        values: Site name -> the kind's parameters: values to put or deviations of the noise
            ``[U]``, or the rows to resample from ``[R, U]``.
        per: ``example`` (one draw for all tokens of an example, as in the released code of Wang
            et al. 2022) or ``position``.
        seed: Of the draws; equal seeds give equal draws at every strength and mask.

    Raises:
        RequestError: An unknown word or a strength that is not a number.
        RunError: Masks or parameters of a wrong shape or dtype, or no unit is selected.

    Example:
        >>> mask = {"encoder.0.ffn": torch.tensor([True, False])}
        >>> Intervention("noise", mask, strength=0.1).touched()
        ['encoder.0.ffn']
    """

    kind: str
    masks: Mapping[str, Tensor]
    tokens: str = "all"
    strength: float = 1.0
    values: Mapping[str, Tensor] = field(default_factory=dict)
    per: str = "example"
    seed: int = 0

    def __post_init__(self) -> None:
        rows = (
            ("kind", self.kind, list(KINDS)),
            ("tokens", self.tokens, list(POLICIES)),
            ("per", self.per, list(PER)),
        )
        for key, word, known in rows:
            if word not in known:
                raise RequestError(key, word, "there is no such row", nearest(word, known))
        if not math.isfinite(self.strength):
            raise RequestError("strength", self.strength, "not a number", "give one such as 0.1")
        for site, mask in self.masks.items():
            if mask.dtype != torch.bool or mask.ndim != 1:
                raise RunError(
                    f"the mask of {site} is {mask.dtype} {list(mask.shape)}, not bool [units]"
                )
        if not self.touched():
            raise RunError(f"{self.kind} touches no unit: every mask is empty")
        for site in self.touched():
            self._check_values(site)

    def touched(self) -> list[str]:
        """Names of the sites with a selected unit."""
        return [name for name, mask in self.masks.items() if bool(mask.any())]

    def _check_values(self, site: str) -> None:
        wanted, given = KINDS[self.kind].values, self.values.get(site)
        if given is None:
            if wanted in ("unit", "bank"):
                raise RunError(f"{self.kind} needs values for {site}")
            return
        if wanted == "none":
            raise RunError(f"{self.kind} takes no values, but {site} has some")
        units = len(self.masks[site])
        fits = given.ndim == (2 if wanted == "bank" else 1) and given.shape[-1] == units
        if not fits or not given.is_floating_point() or given.numel() == 0:
            shape = "[rows, units]" if wanted == "bank" else "[units]"
            raise RunError(
                f"the values of {site} are {given.dtype} {list(given.shape)}, not floating "
                f"{shape} with {units} units"
            )
        if not bool(given[..., self.masks[site].to(given.device)].isfinite().all()):
            raise RunError(f"the values of {site} hold NaN or infinity in selected units")
