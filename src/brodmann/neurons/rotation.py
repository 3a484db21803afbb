"""Random changes of basis: is it the units that matter, or would any directions do?

Bau et al. (2017), "Network Dissection", section 3.2: the same number of directions, drawn by a
random orthogonal matrix, stand for the units of a site.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from brodmann.neurons.stream import Listener
from brodmann.neurons.tokens import Reading

DENSE = 1024
"""Widest site whose rotation is a whole matrix (Haar measure); wider ones get a structured one."""
REMEMBERED = 80
"""Matrices that a process remembers, of at most 4 MiB each."""
ROUNDS = 3
"""Rounds of signs, Hartley transform and permutation in a structured rotation."""


class Rotation:
    """A seeded random orthogonal matrix ``Q``; its rows are the directions.

    Up to ``DENSE`` units it is drawn from the Haar measure (Q of a normal matrix's QR, signs fixed:
    Mezzadri 2007). Above, it is ``ROUNDS`` times random signs, a discrete Hartley transform (real,
    orthogonal, of any length) and a permutation: exactly orthogonal, every direction a mixture of
    all units, in ``U log U`` steps.

    Args:
        units: U.
        seed: Equal seeds give equal rotations of a width.

    Example:
        >>> turn = Rotation(6, seed=0)
        >>> values = torch.randn(3, 6, generator=torch.Generator().manual_seed(1))
        >>> torch.allclose(turn(values).norm(dim=1), values.norm(dim=1))
        True
    """

    def __init__(self, units: int, seed: int) -> None:
        self.units = units
        self._matrix = _haar(units, seed) if units <= DENSE else None
        self._rounds = _rounds(units, seed) if units > DENSE else []

    @property
    def nbytes(self) -> int:
        """Memory that it holds."""
        held = [self._matrix] if self._matrix is not None else [t for r in self._rounds for t in r]
        return sum(tensor.nbytes for tensor in held)

    def __call__(self, values: Tensor) -> Tensor:
        """What the directions are at: ``Q`` times the values.

        Args:
            values: Float ``[..., U]``.

        Returns:
            The same shape; float32, or float64 where the values are.
        """
        wide = values if values.dtype == torch.float64 else values.float()
        if self._matrix is not None:
            self._matrix = self._matrix.to(wide.device)
            return functional.linear(wide, self._matrix.to(wide.dtype))
        for signs, order in self._rounds:
            wide = _hartley(wide * signs.to(wide))[..., order.to(wide.device)]
        return wide

    def direction(self, index: int) -> Tensor:
        """One direction as a mixture of units, float32 ``[U]``: row ``index`` of ``Q``."""
        if self._matrix is not None:
            return self._matrix[index].float().cpu()
        row = torch.zeros(self.units, dtype=torch.float64)
        row[index] = 1
        for signs, order in reversed(self._rounds):
            row = signs * _hartley(row[order.argsort()])
        return row.float()


@functools.lru_cache(maxsize=REMEMBERED)
def _haar(units: int, seed: int) -> Tensor:
    """A Haar-distributed orthogonal matrix, float32 ``[U, U]``; runs of a model share it."""
    generator = torch.Generator().manual_seed(seed)
    normal = torch.randn(units, units, generator=generator)
    basis, upper = torch.linalg.qr(normal)
    return basis * torch.where(upper.diagonal() < 0, -1.0, 1.0)


def _rounds(units: int, seed: int) -> list[tuple[Tensor, Tensor]]:
    generator = torch.Generator().manual_seed(seed)
    return [
        (torch.randint(2, (units,), generator=generator) * 2 - 1,
         torch.randperm(units, generator=generator))
        for _ in range(ROUNDS)
    ]  # fmt: skip


def _hartley(values: Tensor) -> Tensor:
    """The orthonormal discrete Hartley transform of the last axis; its own inverse."""
    spectrum = torch.fft.fft(values, norm="ortho")
    return spectrum.real - spectrum.imag


def rotations(units: Mapping[str, int], seed: int) -> dict[str, Rotation]:
    """A rotation per site, independent between sites.

    Args:
        units: Site name -> U.
        seed: Equal seeds give equal rotations, whatever the run: one change of a model's basis.
    """
    return {
        site: Rotation(count, zlib.crc32(f"{seed}/{site}".encode()))
        for site, count in units.items()
    }


class Rotated:
    """A listener that another one hears through rotations: its units become directions.

    Args:
        listener: What is asked of the directions.
        turns: Site name -> rotation, of every site that it wants.
    """

    def __init__(self, listener: Listener, turns: Mapping[str, Rotation]) -> None:
        self.listener, self.turns = listener, turns

    @property
    def reading(self) -> Reading:
        """Which tokens the listener wants, pooled how: pooled first, rotated afterwards."""
        return self.listener.reading

    @property
    def sites(self) -> Sequence[str]:
        """Names of the sites that the listener wants."""
        return self.listener.sites

    def update(self, site: str, values: Tensor, rows: Tensor) -> None:
        """Hand a batch on, float ``[B, P, U]``."""
        self.listener.update(site, self.turns[site](values), rows)
