"""Rotations against their own matrices: orthogonal, mixing, repeatable; and through listeners."""

import numpy as np
import pytest
import torch
from scipy import stats
from tests.neurons.examining import batch, subject
from torch.testing import assert_close

from brodmann.neurons.rotation import DENSE, Rotated, Rotation, rotations
from brodmann.neurons.scores.moments import Baseline
from brodmann.neurons.stream import stream
from brodmann.neurons.tokens import Reading

WIDTHS = [1, 2, 7, 64, DENSE + 1, 1536]


def matrix(turn):
    """Row by row, from single directions."""
    return torch.stack([turn.direction(u) for u in range(turn.units)])


@pytest.mark.parametrize("units", WIDTHS)
def test_directions_are_orthonormal(units):
    rows = matrix(Rotation(units, seed=3)).double()
    assert_close(rows @ rows.t(), torch.eye(units).double(), rtol=0, atol=2e-5)


@pytest.mark.parametrize("units", WIDTHS)
def test_values_are_projections_on_the_directions(units):
    turn = Rotation(units, seed=3)
    values = torch.randn(2, 3, units, generator=torch.Generator().manual_seed(0))
    assert_close(turn(values), values @ matrix(turn).t(), rtol=0, atol=2e-4)
    assert_close(turn(values.double()).float(), turn(values), rtol=0, atol=2e-4)


def test_half_precision_is_rotated_in_float32():
    values = torch.randn(4, 32, generator=torch.Generator().manual_seed(0)).bfloat16()
    assert Rotation(32, 0)(values).dtype == torch.float32


@pytest.mark.parametrize("units", [512, 1536, 1997])
def test_every_direction_mixes_all_units_as_a_normal_draw_would(units):
    """Entries of a Haar matrix are near N(0, 1/U): no direction stays close to any unit."""
    entries = (matrix(Rotation(units, seed=1)) * units**0.5).double().numpy()
    assert np.abs(entries).max() < 6.5
    assert abs(stats.kurtosis(entries, axis=None)) < 0.05
    assert abs(stats.kurtosis(entries, axis=1)).mean() < 0.3
    assert abs(entries.mean()) < 0.01


def test_haar_signs_are_even():
    """Without the sign fix the diagonal of a QR's Q is always of one sign."""
    signs = [float(Rotation(3, seed).direction(0)[0]) > 0 for seed in range(400)]
    assert 0.4 < np.mean(signs) < 0.6


def test_seeds_and_sites_differ_and_repeat():
    units = {"a": 8, "b": 8}
    first, again, other = (rotations(units, seed) for seed in (0, 0, 1))
    assert torch.equal(matrix(first["a"]), matrix(again["a"]))
    assert not torch.allclose(matrix(first["a"]), matrix(other["a"]))
    assert not torch.allclose(matrix(first["a"]), matrix(first["b"]))


def test_a_structured_rotation_needs_little_memory():
    assert Rotation(1536, 0).nbytes < 100_000 < Rotation(512, 0).nbytes


def test_a_listener_hears_the_rotated_mean():
    examined = subject("bert")
    names = [site.name for site in examined.sites]
    turns = rotations({site.name: site.units for site in examined.sites}, seed=5)
    plain, turned = (Baseline(Reading("prompt"), names) for _ in range(2))
    listener = Rotated(turned, turns)
    assert (listener.reading, tuple(listener.sites)) == (Reading("prompt"), tuple(names))
    stream(examined, [batch(examined)], [plain, listener])
    for site in names:
        wanted = turns[site](plain.compute().mean[site])
        assert_close(turned.compute().mean[site], wanted, rtol=0, atol=1e-6)
