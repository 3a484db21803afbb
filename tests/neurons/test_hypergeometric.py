import itertools
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import hypergeom

from brodmann.errors import RunError
from brodmann.neurons.statistics.hypergeometric import chance_overlap, overlap


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
    "counts", [[(5, 2, 3)], [(4, 2, 2), (3, 1, 2)], [(4, 0, 2), (3, 3, 3), (5, 1, 4)], [(1, 1, 1)]]
)
def test_chance_equals_enumeration(counts):
    chances = every_overlap(counts)
    mean = sum(value * chance for value, chance in chances.items())
    spread = sum((value - mean) ** 2 * chance for value, chance in chances.items())
    for observed in chances:
        found = chance_overlap(observed, counts)
        assert found.expected == pytest.approx(float(mean))
        assert found.sd == pytest.approx(float(spread) ** 0.5, abs=1e-12)
        upper = sum(chance for value, chance in chances.items() if value >= observed)
        lower = sum(chance for value, chance in chances.items() if value <= observed)
        assert found.p_upper == pytest.approx(float(upper))
        assert found.p_lower == pytest.approx(float(lower))


def test_one_layer_is_scipys():
    found = chance_overlap(60, [(3072, 307, 307)])
    assert found.p_upper == pytest.approx(hypergeom.sf(59, 3072, 307, 307), rel=1e-9)
    assert found.expected == pytest.approx(307 * 307 / 3072)


def test_a_tiny_tail_is_not_lost_to_rounding():
    found = chance_overlap(30, [(3072, 30, 30)])
    assert 0 < found.p_upper < 1e-60


def test_a_shared_profile_of_layers_is_no_overlap():
    """Both sets lie in the first layer; one urn would call their overlap remarkable."""
    generator = np.random.default_rng(0)
    draw = lambda: {  # noqa: E731
        "a": np.isin(np.arange(100), generator.choice(100, 50, replace=False)),
        "b": np.zeros(900, dtype=bool),
    }
    p_values = [overlap(draw(), draw()).p_upper for _ in range(500)]
    assert np.mean(np.array(p_values) <= 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 500)
    pooled = [hypergeom.sf(20 - 1, 1000, 50, 50)]
    assert max(pooled) < 1e-10


def test_excess_runs_from_chance_to_the_most_possible():
    same = {"a": [True, False, False, False]}
    assert overlap(same, same).excess == 1.0
    assert overlap({"a": [True, True]}, {"a": [True, False]}).excess == 0.0
    assert overlap({"a": [False, False]}, {"a": [True, False]}).p_upper == 1.0


def test_what_does_not_fit_is_refused():
    with pytest.raises(RunError, match="same sites"):
        overlap({"a": [True]}, {"b": [True]})
    with pytest.raises(RunError, match="same sites"):
        overlap({}, {})
    with pytest.raises(RunError, match="masks of shapes"):
        overlap({"a": [True]}, {"a": [True, False]})
    with pytest.raises(RunError, match="impossible"):
        chance_overlap(3, [(5, 2, 2)])
    with pytest.raises(RunError, match="impossible"):
        chance_overlap(0, [(5, 6, 2)])
