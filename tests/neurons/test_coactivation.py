"""Gram matrices against loops and NumPy's correlation."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from brodmann.errors import RequestError, RunError
from brodmann.neurons.scores.coactivation import KINDS, Coactivation, gram
from brodmann.neurons.tokens import Reading

VALUES = torch.randn(50, 2, 6, generator=torch.Generator().manual_seed(0))
VALUES[:, :, 5] = 0.1
NAIVE = {"value": lambda v: v, "indicator": lambda v: float(v > 0), "positive": lambda v: max(v, 0)}


def heard(kind, sizes):
    listener = Coactivation(Reading(), ["s"], kind)
    for values in VALUES.split(sizes):
        listener.update("s", values, torch.arange(len(values)))
    return listener


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("sizes", [[50], [20, 30]])
def test_grams_equal_loops(kind, sizes):
    found = heard(kind, sizes).compute()
    points = [[NAIVE[kind](v) for v in row] for row in VALUES.flatten(0, 1).tolist()]
    wanted = [[sum(p[i] * p[j] for p in points) for j in range(6)] for i in range(6)]
    assert found.count == 100
    assert_close(found.gram["s"], torch.tensor(wanted).double(), rtol=1e-5, atol=1e-5)
    assert_close(gram(VALUES, kind).double(), found.gram["s"], rtol=1e-5, atol=1e-5)


def test_correlations_equal_numpys_and_constants_have_none():
    found = heard("value", [20, 30]).compute()
    points = VALUES.flatten(0, 1).double().numpy()
    correlation = found.correlation("s")
    assert_close(correlation[:5, :5], torch.from_numpy(np.corrcoef(points[:, :5].T)), rtol=1e-5,
                 atol=1e-6)  # fmt: skip
    assert (heard("indicator", [50]).compute().correlation("s")[5] == 0).all()
    assert_close(found.covariance("s"), torch.from_numpy(np.cov(points.T, ddof=0)), rtol=1e-5,
                 atol=1e-6)  # fmt: skip


def test_halves_merge_to_the_whole():
    one, two = heard("indicator", [50]), heard("indicator", [50])
    one.sums.merge(two.sums)
    assert torch.equal(one.compute().gram["s"], 2 * two.compute().gram["s"])


def test_what_cannot_be_computed_is_refused():
    with pytest.raises(RequestError, match="indicator"):
        Coactivation(Reading(), ["s"], "indicators")
    with pytest.raises(RunError, match="no example"):
        Coactivation(Reading(), ["s"]).compute()
