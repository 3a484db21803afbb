"""Orders of neurons: sub-tasks in turn, nested, and controls of the same make."""

import torch

from brodmann.neurons.selection import Order
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.orders import matched, own_order, ranked, strata


def scan(units=60, columns=1, seed=0):
    draw = torch.Generator().manual_seed(seed)
    sites = ["encoder.0.ffn", "encoder.1.ffn"]
    tensors = {}
    for site in sites:
        tensors[f"dev/{site}"] = torch.rand(units, columns, generator=draw)
        tensors[f"std/{site}"] = torch.rand(units, generator=draw)
        tensors[f"norm/{site}"] = torch.rand(units, generator=draw)
    return Measured(tensors, {"sites": sites, "seed": seed, "columns": ["c"] * columns})


def test_one_column_is_a_plain_sort():
    one = scan()
    ranks = own_order(one, "layer")
    for site in one.info["sites"]:
        wanted = one.tensors[f"dev/{site}"][:, 0].argsort(descending=True)
        assert torch.equal(ranks[site].argsort(), wanted)


def test_columns_take_turns_and_nobody_comes_twice():
    scores = torch.tensor([[0.9, 0.1], [0.8, 0.9], [0.7, 0.8], [0.1, 0.2]])
    ranks = ranked({"a": scores}, "layer", 0)["a"]
    assert sorted(ranks.tolist()) == [0, 1, 2, 3]
    assert ranks.argsort()[:2].tolist() == [0, 1]


def test_ties_are_broken_by_the_seed_alone():
    flat = {"a": torch.zeros(50, 1)}
    first, again, other = (ranked(flat, "layer", seed)["a"] for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_global_ranks_count_through_all_sites():
    one = scan()
    ranks = torch.cat(list(own_order(one, "global").values()))
    assert sorted(ranks.tolist()) == list(range(120))


def test_matched_controls_have_the_make_of_the_own_neurons_at_every_rate():
    one = scan()
    own, other, classes = own_order(one, "layer"), own_order(scan(seed=9), "layer"), strata(one)
    control = matched(own, other, classes)
    for rate in (0.05, 0.2, 0.5, 1.0):
        for site in one.info["sites"]:
            chosen = [Order({site: ranks[site]}, "layer").top(rate).masks[site]
                      for ranks in (own, control)]  # fmt: skip
            counts = [torch.bincount(classes[site][mask], minlength=15) for mask in chosen]
            assert torch.equal(*counts)
    assert any(not torch.equal(own[site], control[site]) for site in own)


def test_within_a_class_the_other_order_decides():
    own = {"a": torch.tensor([0, 1, 2, 3])}
    other = {"a": torch.tensor([3, 2, 1, 0])}
    together = {"a": torch.zeros(4, dtype=torch.long)}
    assert matched(own, other, together)["a"].tolist() == [3, 2, 1, 0]
