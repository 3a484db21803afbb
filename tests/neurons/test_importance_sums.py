"""Importances per group against NumPy, and what is refused."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from brodmann.errors import RequestError, RunError
from brodmann.neurons.scores.importance import MEASURES, Importance
from brodmann.neurons.tokens import Reading

VALUES = torch.randn(40, 2, 5, generator=torch.Generator().manual_seed(0))
VALUES[:, :, 1] = 0.0
VALUES[:, :, 2] = -3.5
GROUPS = torch.arange(40) % 4 - 1
NUMPY = {
    "mean": lambda z: z.mean(0),
    "absolute": lambda z: np.abs(z).mean(0),
    "square": lambda z: (z**2).mean(0),
    "variance": lambda z: z.var(0),
    "std": lambda z: z.std(0),
    "frequency": lambda z: (z > 0).mean(0),
}


def heard(rows, sizes):
    listener = Importance(Reading(), ["s"], GROUPS, ("x", "y", "z"))
    for part in rows.split(sizes):
        listener.update("s", VALUES[part], part)
    return listener


@pytest.mark.parametrize("measure", list(MEASURES))
@pytest.mark.parametrize("sizes", [[40], [1] * 40, [15, 25]])
def test_each_measure_equals_numpy_in_any_batching(measure, sizes):
    found = heard(torch.arange(40).flip(0), sizes).compute()
    assert found.count.tolist() == [10, 10, 10]
    for group in range(3):
        wanted = NUMPY[measure](VALUES[group == GROUPS].double().numpy())
        assert_close(found.of("s", measure)[group], torch.from_numpy(wanted), rtol=1e-9, atol=1e-7)


def test_halves_merge_to_the_whole():
    one, two = heard(torch.arange(17), [17]), heard(torch.arange(17, 40), [23])
    one.sums.merge(two.sums)
    whole = heard(torch.arange(40), [40]).compute()
    assert_close(one.compute().of("s", "std"), whole.of("s", "std"), rtol=1e-9, atol=1e-9)
    assert torch.equal(one.compute().count, whole.count)


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(RunError, match="group y has no example"):
        heard(torch.tensor([1, 3]), [2]).compute()
    with pytest.raises(RunError, match="group x has no example"):
        Importance(Reading(), ["s"], GROUPS, ("x", "y", "z")).compute()
    with pytest.raises(RunError, match="group 2 is not one of the 2"):
        Importance(Reading(), ["s"], GROUPS, ("x", "y"))
    with pytest.raises(RequestError, match="variance"):
        heard(torch.arange(40), [40]).compute().of("s", "varianse")
