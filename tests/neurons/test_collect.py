"""A few units' values, in the order of the rows whatever the batches."""

import pytest
import torch
from tests.neurons.examining import batch, subject

from brodmann.errors import RunError
from brodmann.neurons.collect import Collect
from brodmann.neurons.scores.choice import Unit
from brodmann.neurons.stream import stream
from brodmann.neurons.tokens import Reading


class Whole:
    """Keeps everything of one site."""

    def __init__(self, reading, site):
        self.reading, self.sites = reading, [site]

    def update(self, site, values, rows):
        self.values, self.rows = values.clone(), rows


def test_values_are_those_of_the_units_by_row():
    examined = subject("bert")
    first, last = (examined.sites[i].name for i in (0, -1))
    units = [Unit(last, 3, 1, 1, 0.9), Unit(first, 0, 0, -1, 0.8), Unit(last, 1, 2, 1, 0.7)]
    texts = batch(examined)
    backwards = [{k: v[i : i + 2] for k, v in texts.items()} for i in (2, 0)]
    collect = Collect(Reading("prompt"), units)
    stream(examined, backwards, [collect])
    found = collect.compute()
    for column, unit in enumerate(units):
        whole = Whole(Reading("prompt"), unit.site)
        stream(examined, [texts], [whole])
        wanted = whole.values[whole.rows.argsort(), unit.position, unit.unit]
        assert torch.allclose(found[:, column], wanted, atol=1e-5)


def test_silence_is_refused():
    with pytest.raises(RunError, match="no example"):
        Collect(Reading("prompt"), [Unit("a", 0, 0, 1, 0.5)]).compute()
