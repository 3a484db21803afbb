"""Means and spreads: streamed equal NumPy's, in any batching."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from brodmann.errors import RunError
from brodmann.neurons.scores.moments import Baseline, moments
from brodmann.neurons.tokens import Reading

VALUES = torch.randn(23, 3, 5, generator=torch.Generator().manual_seed(0)) * 0.01 - 0.1


@pytest.mark.parametrize("sizes", [[23], [1] * 23, [7, 16]])
def test_any_batching_gives_numpys_moments(sizes):
    listener, rows = Baseline(Reading(), ["s"]), torch.arange(23)
    for values, row in zip(VALUES.split(sizes), rows.split(sizes), strict=True):
        listener.update("s", values, row)
    found, wide = listener.compute(), VALUES.numpy().astype(np.float64)
    assert found.count == 23
    assert_close(found.mean["s"], torch.from_numpy(wide.mean(0)), rtol=1e-12, atol=1e-14)
    assert_close(found.std["s"], torch.from_numpy(wide.std(0)), rtol=1e-9, atol=1e-12)
    assert_close(found.mean["s"], moments(VALUES)[0], rtol=1e-12, atol=1e-14)


def test_float64_values_are_left_as_they_are():
    values = VALUES.double()
    before = values.clone()
    moments(values)
    assert torch.equal(values, before)


def test_a_constant_unit_has_its_constant_as_mean_and_no_spread():
    values = torch.full((999, 1, 2), 0.1)
    mean, std = moments(values)
    assert (mean == values[0].double()).all()
    assert std.max() < 1e-8


def test_half_precision_is_summed_in_double():
    values = torch.full((5000, 1, 1), 0.1, dtype=torch.bfloat16)
    assert_close(moments(values)[0].item(), float(values[0]), rtol=1e-12, atol=0)


def test_an_unheard_baseline_is_refused():
    with pytest.raises(RunError, match="no example"):
        Baseline(Reading(), ["s"]).compute()


def test_batches_of_different_positions_are_refused():
    listener = Baseline(Reading(), ["s"])
    listener.update("s", VALUES, torch.arange(23))
    with pytest.raises(RunError, match=r"total/s is \[3, 5\], but a batch brought \[2, 5\]"):
        listener.update("s", VALUES[:, :2], torch.arange(23))
