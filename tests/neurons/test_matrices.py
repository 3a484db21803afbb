import itertools

import numpy as np
import pytest

from brodmann.errors import RunError
from brodmann.neurons.statistics.matrices import (
    beyond_margins,
    main_effects,
    mantel,
    same_type,
    type_effect,
    type_test,
)

rng = np.random.default_rng
TYPES = ["sentiment"] * 3 + ["inference"] * 2 + ["topic"] * 2


def symmetric(seed, count=7):
    square = rng(seed).normal(size=(count, count))
    return square + square.T


def slow_effect(square, types):
    same, cross = [], []
    for i, j in itertools.permutations(range(len(types)), 2):
        (same if types[i] == types[j] else cross).append(square[i][j])
    return np.mean(same) - np.mean(cross)


def slow_coefficient(square, types, covariate):
    """Least squares of the pairs on 1, same type and the covariate."""
    pairs = list(itertools.permutations(range(len(types)), 2))
    design = [[1.0, float(types[i] == types[j]), covariate[i][j]] for i, j in pairs]
    return np.linalg.lstsq(np.array(design), np.array([square[p] for p in pairs]), rcond=None)[0][1]


def test_the_type_effect_equals_loops_and_ignores_the_diagonal():
    square = rng(0).normal(size=(7, 7))
    found = type_effect(square, TYPES)
    assert found == pytest.approx(slow_effect(square, TYPES))
    np.fill_diagonal(square, 1e6)
    assert type_effect(square, TYPES) == pytest.approx(found)


def test_with_a_covariate_it_is_the_regressions_coefficient():
    square, covariate = symmetric(0), symmetric(1)
    found = type_effect(square, TYPES, [covariate])
    assert found == pytest.approx(slow_coefficient(square, TYPES, covariate))


def test_the_test_tries_every_labeling_of_the_types():
    square = symmetric(0)
    null = [slow_effect(square, order) for order in itertools.permutations(TYPES)]
    found = type_test(square, TYPES)
    assert found.smallest_p == pytest.approx(1 / 105)
    assert len(found.null) == 105
    observed = slow_effect(square, TYPES)
    assert found.effect == pytest.approx(observed - np.mean(null))
    assert found.p_greater == pytest.approx(np.mean(np.array(null) >= observed - 1e-9))
    assert found.p_less == pytest.approx(np.mean(np.array(null) <= observed + 1e-9))


def test_the_smallest_p_is_reached_by_a_perfect_matrix():
    found = type_test(same_type(TYPES), TYPES)
    assert found.effect == pytest.approx(1)
    assert found.p_greater == pytest.approx(found.smallest_p)


def test_covariates_of_the_types_own_shape_keep_the_smallest_p_honest():
    covariate = np.zeros((7, 7))
    covariate[0, 1] = covariate[1, 0] = 1
    found = type_test(same_type(TYPES) + 0.01 * symmetric(3), TYPES, [covariate])
    assert found.smallest_p >= 4 / 5040
    assert found.p_greater >= found.smallest_p


def test_many_tasks_are_permuted_at_random_and_repeatably():
    types = list("aabbccddeeff")
    square = symmetric(0, 12) + 5 * same_type(types)
    found = type_test(square, types, draws=199, seed=3)
    assert found.smallest_p == found.p_greater == 1 / 200
    assert (found.null == type_test(square, types, draws=199, seed=3).null).all()
    assert (found.null != type_test(square, types, draws=199, seed=4).null).any()


def test_shared_format_alone_is_no_type_effect():
    """Planted case 6: tasks of a type mostly share a format, which alone makes them alike."""
    formats = ["single", "single", "single", "pair", "pair", "single", "pair"]
    format_alike, plain, controlled = same_type(formats), 0, 0
    for seed in range(200):
        square = 2 * format_alike + 0.5 * symmetric(seed)
        plain += type_test(square, TYPES).p_greater <= 0.05
        controlled += type_test(square, TYPES, [format_alike]).p_greater <= 0.05
    assert plain / 200 > 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)
    assert controlled / 200 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def test_a_type_effect_beside_a_format_is_found():
    formats = ["single", "single", "single", "pair", "pair", "single", "pair"]
    hits = sum(
        type_test(
            2 * same_type(formats) + 2 * same_type(TYPES) + 0.3 * symmetric(seed),
            TYPES,
            [same_type(formats)],
        ).p_greater
        <= 0.05
        for seed in range(50)
    )
    assert hits >= 45


@pytest.mark.parametrize("types", ["aaaaaaa", "abcdefg", "aab"])
def test_types_without_a_comparison_are_refused(types):
    with pytest.raises(RunError):
        type_test(symmetric(0), list(types))


def test_covariates_that_are_the_types_are_refused():
    with pytest.raises(RunError, match="covariates"):
        type_test(symmetric(0), TYPES, [same_type(TYPES)])


@pytest.mark.parametrize("matrix", [np.ones((2, 2)), np.ones((3, 4)), np.full((3, 3), np.nan)])
def test_what_is_no_matrix_of_tasks_is_refused(matrix):
    with pytest.raises(RunError, match="matrix of tasks"):
        type_effect(matrix, "aab")


def off(square):
    return square[~np.eye(len(square), dtype=bool)]


def test_mantel_is_a_correlation_of_pairs():
    one, two = symmetric(0), symmetric(1)
    found = mantel(one, two)
    slow = [
        np.corrcoef(off(one), off(two[np.ix_(order, order)]))[0, 1]
        for order in itertools.permutations(range(7))
    ]
    assert found.effect == pytest.approx(slow[0] - np.mean(slow))
    assert found.p_greater == pytest.approx(np.mean(np.array(slow) >= slow[0] - 1e-9))
    assert mantel(one, one).p_greater == pytest.approx(1 / 5040)


def test_partial_mantel_takes_the_covariate_off_both():
    shared, one, two = symmetric(0), 0.3 * symmetric(1), 0.3 * symmetric(2)
    assert mantel(one + shared, two + shared).p_greater < 0.01
    found = mantel(one + shared, two + shared, [shared])
    residual = [off(m) - np.polyval(np.polyfit(off(shared), off(m), 1), off(shared))
                for m in (one + shared, two + shared)]  # fmt: skip
    assert found.effect + 0 == pytest.approx(np.corrcoef(*residual)[0, 1], abs=0.05)
    assert found.p_greater > 0.01


def test_mantel_refuses_a_constant():
    with pytest.raises(RunError, match="constant"):
        mantel(np.ones((5, 5)), symmetric(0, 5))
    with pytest.raises(RunError, match="constant"):
        mantel(symmetric(1, 5), symmetric(0, 5), [symmetric(1, 5)])


def test_the_type_test_keeps_its_size_over_nulls():
    p_values = np.array([type_test(symmetric(seed), TYPES).p_greater for seed in range(1000)])
    for level in (0.05, 0.01):
        exact = np.floor(level * 105 + 1e-9) / 105
        slack = 3 * np.sqrt(exact * (1 - exact) / 1000)
        assert abs((p_values <= level).mean() - exact) <= slack


@pytest.mark.slow
def test_mantel_keeps_its_size_over_nulls():
    p_values = np.array(
        [mantel(symmetric(seed), symmetric(seed + 9999)).p_greater for seed in range(1000)]
    )
    for level in (0.05, 0.01):
        assert abs((p_values <= level).mean() - level) <= 3 * np.sqrt(level * (1 - level) / 1000)


@pytest.mark.parametrize("sizes", [(3, 2, 2), (5, 2, 2), (3, 3, 3)])
def test_a_source_that_harms_every_task_is_no_effect_of_types(sizes):
    """A hub among the sources of the first type: an effect where types differ in size, or none."""
    generator, types = np.random.default_rng(0), [k for k, n in enumerate(sizes) for _ in range(n)]
    count = len(types)
    hub = np.tile(np.array(types) == 0, (count, 1)) * 0.5
    hub = hub + generator.normal(size=hub.shape) * 0.01
    shared = 0.5 * same_type(types) + generator.normal(size=hub.shape) * 0.01
    plain, adjusted = (type_test(hub, types, c, draws=999) for c in ((), main_effects(count)))
    assert plain.effect > (0.05 if len(set(sizes)) > 1 else -0.01)
    assert abs(adjusted.effect) < 0.02
    found = type_test(hub + shared, types, main_effects(count), draws=999)
    assert found.effect == pytest.approx(0.5, abs=0.05)
    assert found.p_greater < 0.01


def test_main_effects_are_the_additive_part():
    """Against two-way means on a matrix without noise: what is left has no row or column sums."""
    generator = np.random.default_rng(1)
    types = ["a", "a", "a", "b", "b", "c"]
    added = generator.normal(size=(6, 1)) + 3.0 * (np.array(types) == "a")
    assert type_effect(added, types, main_effects(6)) == pytest.approx(0.0, abs=1e-9)
    assert abs(type_effect(added, types)) > 0.01


@pytest.mark.parametrize("sizes", [(3, 2, 2), (5, 2, 2), (3, 3, 3)])
def test_fragile_tasks_of_one_type_do_not_make_a_hub_an_effect_of_types(sizes):
    """Additive margins leave what a hub and more fragile tasks make together; products do not."""
    generator, types = np.random.default_rng(0), [k for k, n in enumerate(sizes) for _ in range(n)]
    count, first = len(types), np.array([k for k, n in enumerate(sizes) for _ in range(n)]) == 0
    hub = np.outer(0.4 + 0.3 * first, first) + generator.normal(size=(count, count)) * 0.005
    own = main_effects(count)
    assert type_effect(hub, types, own) > 0.05
    assert abs(type_effect(beyond_margins(hub), types, own)) < 0.02
    shared = 0.3 * same_type(types) + generator.normal(size=hub.shape) * 0.01
    assert type_effect(beyond_margins(shared), types, own) > 0.2


def test_beyond_margins_has_no_row_or_column_sums():
    matrix = np.random.default_rng(2).random((5, 5))
    left = beyond_margins(matrix)
    assert np.allclose(left.sum(0), 0, atol=1e-8)
    assert np.allclose(left.sum(1), 0, atol=1e-8)
    assert np.array_equal(np.diag(left), np.zeros(5))
