"""Which neurons pruning keeps, against plain sorting."""

import pytest
import torch

from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.kept import (
    CONTROLS,
    SELECTIONS,
    folded,
    kept,
    kept_count,
    whole_layers,
)

SITES = [f"encoder.{i}.ffn" for i in range(4)]
UNITS = 50


def scan(columns=1, seed=0):
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for site in SITES:
        tensors[f"dev/{site}"] = torch.rand(UNITS, columns, generator=generator)
        for kind in ("norm", "std", "mean", "prompt_mean"):
            tensors[f"{kind}/{site}"] = torch.rand(UNITS, generator=generator)
    return Measured(tensors, {"sites": SITES, "seed": seed})


def largest(values, count):
    order = sorted(range(len(values)), key=lambda unit: -float(values[unit]))
    return set(order[:count])


def units(mask):
    return set(mask.nonzero()[:, 0].tolist())


@pytest.mark.parametrize(
    ("selection", "kind"), [("skill", "dev"), ("magnitude", "norm"), ("activation", "std")]
)
def test_the_largest_of_every_pruned_layer_stay(selection, kind):
    one = scan()
    masks = kept(one, selection, keep=0.1, prune_from=0.25, seed=3)
    assert list(masks) == SITES[1:]
    for site, mask in masks.items():
        assert units(mask) == largest(one.tensors[f"{kind}/{site}"].flatten(), 5)


def test_every_selection_keeps_equally_many():
    sizes = {
        name: [int(mask.sum()) for mask in kept(scan(), name, 0.3, 0.5, 1).values()]
        for name in SELECTIONS
    }
    assert set(map(tuple, sizes.values())) == {(15, 15)}
    assert "skill" not in CONTROLS
    assert len(CONTROLS) == 3


def test_classes_take_turns():
    one = scan(columns=3)
    mask = kept(one, "skill", keep=0.12, prune_from=0.0, seed=0)[SITES[0]]
    wanted, scores = [], one.tensors[f"dev/{SITES[0]}"]
    orders = [sorted(range(UNITS), key=lambda u, k=k: -float(scores[u, k])) for k in range(3)]
    for place in range(UNITS):
        for order in orders:
            if order[place] not in wanted:
                wanted.append(order[place])
    assert units(mask) == set(wanted[:6])


def test_random_selections_differ_by_seed_and_are_the_same_again():
    masks = [kept(scan(), "random", 0.2, 0.0, seed)[SITES[0]] for seed in (0, 1, 0)]
    assert torch.equal(masks[0], masks[2])
    assert not torch.equal(masks[0], masks[1])


def test_counts_of_the_paper_and_of_small_layers():
    assert (kept_count(3072, 0.02), whole_layers(12, 0.25)) == (61, 3)
    assert (kept_count(8, 0.02), whole_layers(2, 0.25)) == (1, 0)
    assert kept_count(100, 0.29) == 29


def test_constant_scores_still_keep_the_count():
    one = scan()
    constant = Measured({n: torch.ones_like(t) for n, t in one.tensors.items()}, one.info)
    for name in SELECTIONS:
        assert all(int(m.sum()) == 5 for m in kept(constant, name, 0.1, 0.0, 0).values())


def test_the_bias_takes_up_the_means_at_the_prompts():
    one = scan()
    means = folded(one, kept(one, "skill", 0.1, 0.5, 0))
    assert list(means) == SITES[2:]
    assert torch.equal(means[SITES[2]], one.tensors[f"prompt_mean/{SITES[2]}"])
