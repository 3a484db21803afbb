"""Orders by one or several columns, and their tops."""

import pytest
import torch

from brodmann.errors import RequestError, RunError
from brodmann.neurons.selection import order_by

WIDTHS = {"a": 40, "b": 25}


def scores(seed, columns=3):
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.rand(width, columns, generator=generator) for name, width in WIDTHS.items()}


@pytest.mark.parametrize("scope", ["global", "layer"])
@pytest.mark.parametrize("columns", [1, 2, 3])
def test_columns_name_their_next_unit_in_turn(scope, columns):
    found = order_by(scores(0, columns), scope, 0).ranks
    for group in [list(WIDTHS)] if scope == "global" else [["a"], ["b"]]:
        rows = torch.cat([scores(0, columns)[name] for name in group]).tolist()
        queues = [sorted(range(len(rows)), key=lambda u, k=k: -rows[u][k]) for k in range(columns)]
        wanted = []
        for place in range(len(rows)):
            for queue in queues:
                if queue[place] not in wanted:
                    wanted.append(queue[place])
        joint = torch.cat([found[name] for name in group])
        assert joint.argsort().tolist() == wanted


def test_a_column_alone_or_twice_is_the_same():
    one = {name: values[:, 0] for name, values in scores(0).items()}
    twice = {name: torch.stack([values, values], 1) for name, values in one.items()}
    for name in WIDTHS:
        alone, again = (
            order_by(one, "layer", 0).ranks[name],
            order_by(twice, "layer", 0).ranks[name],
        )
        assert torch.equal(alone, again)


def test_columns_that_share_no_unit_have_equal_parts():
    rising = torch.arange(40.0)
    order = order_by({"a": torch.stack([rising, -rising], 1)}, "layer", 0)
    top = order.top(0.2).masks["a"].nonzero()[:, 0].tolist()
    assert top == [0, 1, 2, 3, 36, 37, 38, 39]


def test_ties_are_broken_by_the_seed_alone():
    flat = {"a": torch.zeros(50, 2)}
    first, again, other = (order_by(flat, "layer", seed).ranks["a"] for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("scope", ["global", "layer"])
def test_tops_are_nested_and_as_large_as_the_fraction_says(scope):
    order, before = order_by(scores(0), scope, 0), None
    for fraction in (0.0, 0.29, 0.5, 1.0):
        top = order.top(fraction)
        wanted = [65] if scope == "global" else WIDTHS.values()
        assert len(top) == sum(int(fraction * units) for units in wanted)
        assert before is None or all((before[name] <= top.masks[name]).all() for name in WIDTHS)
        before = top.masks


@pytest.mark.parametrize("fraction", [-0.1, 1.1])
def test_fractions_outside_0_to_1_are_refused(fraction):
    with pytest.raises(RequestError, match="outside 0 to 1"):
        order_by(scores(0), "layer", 0).top(fraction)


@pytest.mark.parametrize("found", [{}, {"a": torch.rand(4, 2), "b": torch.rand(4)}])
def test_sites_without_common_columns_are_refused(found):
    with pytest.raises(RunError, match="same columns at every site"):
        order_by(found, "layer", 0)
