"""Shared units and their chance level, against enumeration, simulation and SciPy."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from scipy.stats import hypergeom

from brodmann.errors import RunError
from brodmann.neurons.overlap import Overlap, overlap
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


def every_overlap(counts):
    """Overlaps of every pair of random sets, by enumeration: overlap -> exact probability."""
    per_layer = []
    for units, one, two in counts:
        fixed = set(range(one))
        sets = list(itertools.combinations(range(units), two))
        per_layer.append([len(fixed & set(chosen)) for chosen in sets])
    chances = {}
    for combined in itertools.product(*per_layer):
        chances[sum(combined)] = chances.get(sum(combined), 0) + 1
    total = sum(chances.values())
    return {value: Fraction(count, total) for value, count in chances.items()}


@pytest.mark.parametrize(
    "counts",
    [((5, 2, 3),), ((4, 2, 2), (3, 1, 2)), ((4, 0, 2), (3, 3, 3), (5, 1, 4)), ((1, 1, 1),)],
)
def test_chance_equals_enumeration(counts):
    chances = every_overlap(counts)
    mean = sum(value * chance for value, chance in chances.items())
    spread = sum((value - mean) ** 2 * chance for value, chance in chances.items())
    for shared in chances:
        found = Overlap(shared, counts)
        assert (found.least, found.largest) == (min(chances), max(chances))
        assert found.expected == pytest.approx(float(mean))
        assert found.std == pytest.approx(float(spread) ** 0.5, abs=1e-12)
        upper = sum(chance for value, chance in chances.items() if value >= shared)
        lower = sum(chance for value, chance in chances.items() if value <= shared)
        assert found.p_upper == pytest.approx(float(upper))
        assert found.p_lower == pytest.approx(float(lower))


def test_one_layer_is_scipys():
    found = Overlap(60, ((3072, 307, 307),))
    assert found.p_upper == pytest.approx(hypergeom.sf(59, 3072, 307, 307), rel=1e-9)
    assert found.expected == pytest.approx(307 * 307 / 3072)


def test_a_tiny_tail_is_not_lost_to_rounding():
    assert 0 < Overlap(30, ((3072, 30, 30),)).p_upper < 1e-60


def test_a_shared_profile_of_layers_is_no_overlap():
    """Both sets lie in the first layer; one urn would call their overlap remarkable."""
    generator = np.random.default_rng(0)

    def draw():
        first = np.isin(np.arange(100), generator.choice(100, 50, replace=False))
        return Selection({"a": torch.from_numpy(first), "b": torch.zeros(900, dtype=torch.bool)})

    p_values = [overlap(draw(), draw()).p_upper for _ in range(500)]
    assert np.mean(np.array(p_values) <= 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 500)
    assert hypergeom.sf(20 - 1, 1000, 50, 50) < 1e-10


def test_the_excess_share_runs_from_chance_to_the_most_possible():
    assert Overlap(1, ((4, 1, 1),)).excess_share == 1.0
    assert Overlap(1, ((2, 2, 1),)).excess_share == 0.0
    assert Overlap(0, ((4, 1, 1),)).excess_share == pytest.approx(-1 / 3)
    assert Overlap(0, ((2, 0, 1),)).p_upper == 1.0


@pytest.mark.parametrize("masks", [{"a": torch.ones(5)}, {"b": torch.ones(4)}, {}])
def test_other_sites_are_refused(masks):
    with pytest.raises(RunError, match="different sites or widths"):
        overlap(Selection({"a": torch.ones(4)}), Selection(masks))


def test_nothing_to_compare_is_refused():
    with pytest.raises(RunError, match="or of none"):
        overlap(Selection({}), Selection({}))


@pytest.mark.parametrize(
    ("shared", "counts"), [(3, (5, 2, 2)), (0, (5, 6, 2)), (-1, (5, 2, 2)), (0, (5, 3, 3))]
)
def test_impossible_counts_are_refused(shared, counts):
    with pytest.raises(RunError, match=f"overlap of {shared} is impossible"):
        Overlap(shared, (counts,))
