"""Random and matched controls."""

import pytest
import torch

from brodmann.errors import RunError
from brodmann.neurons.controls import matched, matched_order, random_order
from brodmann.neurons.selection import Order, Selection, order_by
from brodmann.neurons.strata import quantile_bins, strata

UNITS = {"a": 40, "b": 25}


def scores(seed):
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.rand(count, generator=generator) for name, count in UNITS.items()}


@pytest.mark.parametrize("scope", ["global", "layer"])
def test_random_orders_are_seeded_permutations(scope):
    one, same, other = (random_order(UNITS, scope, seed) for seed in (0, 0, 1))
    assert all(torch.equal(one.ranks[name], same.ranks[name]) for name in UNITS)
    assert not torch.equal(one.ranks["a"], other.ranks["a"])
    whole = torch.cat(list(one.ranks.values())) if scope == "global" else one.ranks["b"]
    assert sorted(whole.tolist()) == list(range(len(whole)))


def test_strata_count_through_the_bins_of_every_trait():
    traits = torch.rand(30, 3)
    found = strata({"a": traits}, (2, 3, 5))["a"].tolist()
    columns = [sorted(column) for column in traits.T.tolist()]
    for unit, values in enumerate(traits.tolist()):
        first, second, third = (
            column.index(value) * count // 30
            for value, column, count in zip(values, columns, (2, 3, 5), strict=True)
        )
        assert found[unit] == first * 15 + second * 5 + third


@pytest.mark.parametrize("traits", [torch.rand(4, 1), torch.rand(4)])
def test_traits_without_bins_are_refused(traits):
    with pytest.raises(RunError, match="a has traits of shape"):
        strata({"a": traits}, (2, 2))


def test_within_a_class_the_other_order_decides():
    own = Order({"a": torch.tensor([0, 1, 2, 3])}, "layer")
    other = Order({"a": torch.tensor([3, 2, 1, 0])}, "layer")
    together = {"a": torch.zeros(4, dtype=torch.long)}
    assert matched_order(own, other, together).ranks["a"].tolist() == [3, 2, 1, 0]


@pytest.mark.parametrize("scope", ["global", "layer"])
def test_matched_orders_have_equal_counts_of_every_class_at_every_fraction(scope):
    own, other = (order_by(scores(seed), scope, 0) for seed in (0, 1))
    classes = strata({name: torch.rand(count, 2) for name, count in UNITS.items()}, (3, 2))
    control = matched_order(own, other, classes)
    assert not torch.equal(control.ranks["a"], own.ranks["a"])
    for fraction in (0.1, 0.3, 0.7):
        tops = [order.top(fraction).masks for order in (own, control)]
        for name in UNITS:
            counts = [torch.bincount(classes[name][top[name]], minlength=6) for top in tops]
            assert torch.equal(*counts)


def test_orders_that_do_not_fit_are_refused():
    whole, each = (order_by(scores(0), scope, 0) for scope in ("global", "layer"))
    classes = {name: torch.zeros(count, dtype=torch.long) for name, count in UNITS.items()}
    with pytest.raises(RunError, match="same sites"):
        matched_order(whole, each, classes)
    with pytest.raises(RunError, match="same sites"):
        matched_order(whole, whole, {"a": classes["a"]})


def planted(seed=0):
    generator = torch.Generator().manual_seed(seed)
    traits = {"a": torch.rand(400, 2, generator=generator)}
    loud = traits["a"].sum(1) + 0.3 * torch.rand(400, generator=generator)
    return Selection(order_by({"a": loud}, "layer", 0).top(0.2).masks), traits


def test_matched_controls_are_disjoint_as_many_and_alike():
    selection, traits = planted()
    mask, bins = selection.masks["a"], quantile_bins(traits["a"], 5).float()
    control = matched(selection, traits, seed=0, bins=5).masks["a"]
    assert int(control.sum()) == int(mask.sum()) == 80
    assert not (control & mask).any()
    near = (bins[control].mean(0) - bins[mask].mean(0)).abs().max()
    far = (bins[~mask].mean(0) - bins[mask].mean(0)).abs().max()
    assert near < 0.6 * far
    again, other = (matched(selection, traits, seed=s, bins=5).masks["a"] for s in (0, 1))
    assert torch.equal(control, again)
    assert not torch.equal(control, other)


def test_where_each_bin_has_enough_the_bins_match_exactly():
    cells = torch.arange(60) % 3
    mask = torch.zeros(60, dtype=torch.bool)
    mask[:12] = True
    control = matched(Selection({"a": mask}), {"a": cells[:, None].float()}, 0, bins=3).masks["a"]
    assert torch.equal(cells[control].bincount(), cells[mask].bincount())


def test_controls_that_cannot_be_are_refused():
    mask = torch.arange(10) < 6
    with pytest.raises(RunError, match="6 of 10 units of a are selected"):
        matched(Selection({"a": mask}), {"a": torch.rand(10, 1)}, 0)
    with pytest.raises(RunError, match="a has no traits of its 10 units"):
        matched(Selection({"a": mask}), {"a": torch.rand(9, 1)}, 0)


def test_an_empty_selection_has_an_empty_control():
    nothing = Selection({"a": torch.zeros(10, dtype=torch.bool)})
    assert len(matched(nothing, {"a": torch.rand(10, 2)}, 0)) == 0
