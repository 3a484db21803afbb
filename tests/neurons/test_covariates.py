"""Which covariates a type effect can be told from, against residuals of plain regressions."""

import itertools

import numpy as np
import pytest

from brodmann.errors import RunError
from brodmann.neurons.statistics.covariates import COLLINEAR, CONSTANT, EXPLAINED, usable
from brodmann.neurons.statistics.matrices import same_type, type_effect

TYPES = list("aaabb")


def residual(target, others):
    """Largest residual of a target over the pairs, after a mean and other matrices."""
    off = ~np.eye(len(target), dtype=bool)
    design = np.stack([np.ones(off.sum()), *(one[off] for one in others)], 1)
    fitted = design @ np.linalg.pinv(design) @ target[off]
    return np.abs(target[off] - fitted).max()


@pytest.mark.parametrize(
    ("values", "why"),
    [("11111", CONSTANT), ("11122", COLLINEAR), ("12345", CONSTANT), ("11123", None)],
)
def test_one_trait(values, why):
    found = usable(TYPES, {"trait": list(values)})
    assert found.left_out.get("trait") == why
    assert list(found.used) == ([] if why else ["trait"])


def test_a_trait_that_repeats_another_is_left_out():
    found = usable(TYPES, {"one": list("11213"), "two": list("xxyxz")})
    assert list(found.used) == ["one"]
    assert found.left_out == {"two": EXPLAINED}


def test_traits_that_tell_the_types_only_together_are_not_both_used():
    """Pairs with one text and one label set are of one type: the second trait goes."""
    types = list("aabbccdd")
    traits = {"one": [1, 1, 1, 1, 2, 2, 2, 2], "two": [1, 1, 2, 2, 3, 3, 4, 4]}
    found = usable(types, traits)
    assert list(found.used) == ["one"]
    assert found.left_out == {"two": COLLINEAR}


def test_every_choice_of_traits_agrees_with_plain_regressions():
    """All groupings of five tasks in up to three, by pairs of traits."""
    groupings = list(itertools.product("xyz", repeat=5))
    for number in range(0, len(groupings), 7):
        one, two = groupings[number], groupings[-1 - number // 2]
        found = usable(TYPES, {"one": one, "two": two})
        kept = list(found.used.values())
        assert residual(same_type(TYPES), kept) > 1e-6
        for name, values in (("one", one), ("two", two)):
            if name in found.left_out:
                others = [m for other, m in found.used.items() if other < name]
                matrix = same_type(values)
                assert min(residual(matrix, others),
                           residual(same_type(TYPES), [*others, matrix])) < 1e-6  # fmt: skip


def test_a_usable_trait_takes_its_part_of_the_effect_and_an_unusable_one_would_stop_it():
    matrix = same_type(list("11123")) + 0.01 * np.arange(25).reshape(5, 5)
    words = usable(TYPES, {"words": list("11123")}).used["words"]
    plain, told = type_effect(matrix, TYPES), type_effect(matrix, TYPES, [words])
    assert plain > 0.7
    assert abs(told) < 0.1
    with pytest.raises(RunError, match="covariates"):
        type_effect(matrix, TYPES, [same_type(list("11122"))])


def test_a_trait_has_a_value_for_every_task():
    with pytest.raises(RunError, match="5 tasks have 4 values of texts"):
        usable(TYPES, {"texts": [1, 1, 1, 2]})
