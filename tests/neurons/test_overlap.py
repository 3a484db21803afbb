"""Shared units and their chance level, against simulation and SciPy."""

import math

import pytest
import torch
from scipy.stats import hypergeom

from brodmann.errors import RunError
from brodmann.neurons.overlap import overlap
from brodmann.neurons.selection import Selection

SIZES = {"a": (10, 4, 5), "b": (6, 6, 2), "c": (1, 1, 1), "d": (7, 0, 3)}


def drawn(which, generator):
    return Selection(
        {n: torch.randperm(s[0], generator=generator) < s[which] for n, s in SIZES.items()}
    )


def test_counts_equal_sets():
    generator = torch.Generator().manual_seed(0)
    one, other = drawn(1, generator), drawn(2, generator)
    sets = [
        {(n, i) for n, mask in each.masks.items() for i, m in enumerate(mask.tolist()) if m}
        for each in (one, other)
    ]
    found = overlap(one, other)
    assert (found.shared, found.union) == (len(sets[0] & sets[1]), len(sets[0] | sets[1]))
    assert found.jaccard == len(sets[0] & sets[1]) / len(sets[0] | sets[1])


def test_the_chance_level_is_scipys_summed_over_layers():
    generator = torch.Generator().manual_seed(0)
    found = overlap(drawn(1, generator), drawn(2, generator))
    mean = variance = 0.0
    for units, first, second in SIZES.values():
        chances = hypergeom(units, first, second).pmf(range(units + 1))
        here = sum(k * p for k, p in enumerate(chances))
        mean += here
        variance += sum((k - here) ** 2 * p for k, p in enumerate(chances))
    assert found.expected == pytest.approx(mean)
    assert found.std == pytest.approx(math.sqrt(variance))
    assert found.z == pytest.approx(found.excess / found.std)


def test_the_excess_of_random_selections_is_zero_on_average():
    generator = torch.Generator().manual_seed(1)
    found = [overlap(drawn(1, generator), drawn(2, generator)) for _ in range(2000)]
    mean = sum(each.excess for each in found) / len(found)
    assert abs(mean) < 4 * found[0].std / math.sqrt(len(found))


def test_empty_and_whole_selections_leave_no_choice():
    nothing = Selection({"a": torch.zeros(4, dtype=torch.bool)})
    whole = Selection({"a": torch.ones(4, dtype=torch.bool)})
    assert overlap(nothing, nothing).jaccard == 0
    assert overlap(whole, whole).excess == 0
    assert math.isnan(overlap(whole, nothing).z)


def test_other_sites_are_refused():
    with pytest.raises(RunError, match="different sites or widths"):
        overlap(Selection({"a": torch.ones(4)}), Selection({"a": torch.ones(5)}))
