"""Common random numbers: draws that belong to an example and a unit, whatever else is in the batch.

Every draw is a hash of a seed, a site, a row of the data set, a position and a unit (splitmix64;
Steele, Lea and Flood, OOPSLA 2014), so that two strengths, two masks, two batch sizes or two sides
of padding see the same numbers.
"""

from __future__ import annotations

import hashlib
import math

import torch
from torch import Tensor

_GAMMA, _FIRST, _SECOND = (
    value - (1 << 64) for value in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
)
"""Splitmix64's constants as signed integers: torch multiplies int64 modulo 2^64."""
_LOW = (1 << 32) - 1


def stream_key(seed: int, name: str) -> int:
    """Where a stream of draws starts: a signed 64-bit integer made of a seed and a name."""
    digest = hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def hash_bits(key: int, *parts: Tensor) -> Tensor:
    """64 random bits for every combination of counters.

    Args:
        key: Of the stream.
        parts: Counters, long and at least 0, of shapes that broadcast.

    Returns:
        Long, of the broadcast shape.

    Example:
        >>> rows, units = torch.arange(3), torch.arange(5)
        >>> whole = hash_bits(7, rows[:, None], units)
        >>> torch.equal(whole[2, 3], hash_bits(7, torch.tensor(2), torch.tensor(3)))
        True
    """
    bits = torch.full((), key, dtype=torch.int64, device=parts[0].device)
    for part in parts:
        bits = _mix(bits + (part + 1) * _GAMMA)
    return bits


def normal(bits: Tensor) -> Tensor:
    """Standard normal draws by Box and Muller (1958), float32, |z| < 6.8."""
    radius = ((bits >> 32) & _LOW).float().add_(0.5).mul_(2.0**-32).log_().mul_(-2).sqrt_()
    return (bits & _LOW).float().mul_(2 * math.pi * 2.0**-32).cos_().mul_(radius)


def choice(bits: Tensor, count: int) -> Tensor:
    """Uniform integers from 0 to ``count - 1``, long; ``count`` at most 2^31."""
    return (((bits >> 32) & _LOW) * count) >> 32


def _mix(bits: Tensor) -> Tensor:
    bits = bits.bitwise_xor(_shift(bits, 30)).mul_(_FIRST)
    bits = bits.bitwise_xor_(_shift(bits, 27)).mul_(_SECOND)
    return bits.bitwise_xor_(_shift(bits, 31))


def _shift(bits: Tensor, places: int) -> Tensor:
    """To the right, with zeros coming in."""
    return (bits >> places).bitwise_and_((1 << (64 - places)) - 1)
