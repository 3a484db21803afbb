"""Orders of neurons: pinned to plain loops, bit for bit, so that kept measurements stay valid."""

import pytest
import torch

from brodmann.neurons.selection import Order
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.orders import (
    STRATA,
    classes_of,
    matched_nulls,
    null_order,
    own_order,
    random_order,
)

SITES = ["encoder.0.ffn", "encoder.1.ffn"]
DRAWS = 3


def scan(columns=1, seed=0, units=60):
    """Rounded scores (many ties), null scores in half precision, dead and equally loud units."""
    draw = torch.Generator().manual_seed(seed)
    tensors = {}
    for site in SITES:
        tensors[f"dev/{site}"] = (torch.rand(units, columns, generator=draw) * 8).round() / 8
        tensors[f"null/{site}"] = torch.rand(DRAWS, units, columns, generator=draw).half()
        tensors[f"std/{site}"] = (torch.rand(units, generator=draw) - 0.3).clamp(min=0)
        tensors[f"norm/{site}"] = (torch.rand(units, generator=draw) * 10).round()
    return Measured(tensors, {"sites": SITES, "seed": seed, "columns": ["c"] * columns})


def in_turn(rows, generator):
    """Ranks of units by the columns of ``rows`` in turn; ties by a shuffle of the units."""
    units, columns = len(rows), len(rows[0])
    shuffled = torch.randperm(units, generator=generator).tolist()
    queues = [sorted(shuffled, key=lambda unit, k=k: -rows[unit][k]) for k in range(columns)]
    named = [unit for place in range(units) for queue in queues for unit in [queue[place]]]
    first = list(dict.fromkeys(named))
    return [first.index(unit) for unit in range(units)]


def by_loops(tables, scope, seed):
    generator = torch.Generator().manual_seed(seed)
    rows = {site: values.double().tolist() for site, values in tables.items()}
    if scope == "layer":
        return {site: in_turn(table, generator) for site, table in rows.items()}
    joint = in_turn([row for table in rows.values() for row in table], generator)
    cut = len(next(iter(rows.values())))
    return dict(zip(rows, (joint[:cut], joint[cut:]), strict=True))


def matched_by_loops(own, other, classes):
    found = {}
    for site, ranks in own.items():
        found[site] = [None] * len(ranks)
        for one in set(classes[site]):
            members = [unit for unit, cell in enumerate(classes[site]) if cell == one]
            free = sorted(ranks[unit] for unit in members)
            for rank, unit in zip(free, sorted(members, key=other[site].__getitem__), strict=True):
                found[site][unit] = rank
    return found


def classes_by_loops(one):
    def bins(values, count):
        places = values.argsort().argsort().tolist()  # torch's own way with equal values
        return [place * count // len(places) for place in places]

    return {
        site: [
            loud * STRATA[1] + strong
            for loud, strong in zip(
                bins(one.tensors[f"std/{site}"], STRATA[0]),
                bins(one.tensors[f"norm/{site}"], STRATA[1]),
                strict=True,
            )
        ]
        for site in SITES
    }


def plain(ranks):
    assert all(values.dtype == torch.long for values in ranks.values())
    return {site: values.tolist() for site, values in ranks.items()}


@pytest.mark.parametrize("scope", ["layer", "global"])
@pytest.mark.parametrize("columns", [1, 2, 3])
def test_every_order_is_that_of_the_loops(columns, scope):
    one = scan(columns, seed=columns)
    own = by_loops(one.by_site("dev"), scope, columns)
    assert plain(own_order(one, scope)) == own
    classes = classes_by_loops(one)
    assert plain(classes_of(one)) == classes
    controls = matched_nulls(one, scope, DRAWS)
    for draw in range(DRAWS):
        null = {site: values[draw] for site, values in one.by_site("null").items()}
        assert plain(null_order(one, scope, draw)) == by_loops(null, scope, draw)
        wanted = matched_by_loops(own, by_loops(null, scope, draw), classes)
        assert plain(controls[draw]) == wanted


@pytest.mark.parametrize("scope", ["layer", "global"])
def test_random_orders_are_those_of_the_seed(scope):
    one = scan()
    generator = torch.Generator().manual_seed(10_000 + 7)
    drawn = {site: torch.rand(60, 1, generator=generator) for site in SITES}
    assert plain(random_order(one, scope, 7)) == by_loops(drawn, scope, 7)


def test_one_column_is_a_plain_sort():
    draw = torch.Generator().manual_seed(1)
    scores = {f"dev/{site}": torch.rand(60, 1, generator=draw) for site in SITES}
    ranks = own_order(Measured(scores, {"sites": SITES, "seed": 0}), "layer")
    for site in SITES:
        wanted = scores[f"dev/{site}"][:, 0].argsort(descending=True)
        assert torch.equal(ranks[site].argsort(), wanted)


def test_global_ranks_count_through_all_sites():
    ranks = torch.cat(list(own_order(scan(), "global").values()))
    assert sorted(ranks.tolist()) == list(range(120))


def test_controls_have_the_make_of_the_own_neurons_at_every_rate():
    one = scan()
    own, classes = own_order(one, "layer"), classes_of(one)
    for control in matched_nulls(one, "layer", DRAWS):
        for rate in (0.05, 0.2, 0.5, 1.0):
            for site in SITES:
                chosen = [Order({site: ranks[site]}, "layer").top(rate).masks[site]
                          for ranks in (own, control)]  # fmt: skip
                counts = [torch.bincount(classes[site][mask], minlength=15) for mask in chosen]
                assert torch.equal(*counts)
        assert any(not torch.equal(own[site], control[site]) for site in own)
