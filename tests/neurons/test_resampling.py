"""Permuted labels, bootstrap weights, equal classes."""

import pytest
import torch

from brodmann.errors import RequestError
from brodmann.neurons.scores.columns import Columns, join, sub_task
from brodmann.neurons.scores.resampling import bootstrap, permuted, undersampled

LABELS = torch.randint(3, (60,), generator=torch.Generator().manual_seed(3))
GROUPS = torch.arange(60) % 4


def columns():
    return join(sub_task("a", LABELS, [0]), sub_task("b", LABELS, [1]))


def test_a_permutation_moves_whole_rows():
    null = permuted(columns(), 5, seed=1)
    assert null.names == tuple(f"{c}.null.{d}" for c in "ab" for d in range(5))
    truth = columns().values
    for draw in range(5):
        pair = null.values[:, [draw, 5 + draw]]
        assert sorted(pair.tolist()) == sorted(truth.tolist())  # the same rows, so one permutation
        assert not torch.equal(pair, truth)


def test_permutations_are_seeded_and_differ():
    one, same, other = (permuted(columns(), 3, seed).values for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert not torch.equal(one[:, 0], one[:, 1])


def test_labels_stay_within_groups():
    null = permuted(columns(), 20, seed=0, groups=GROUPS)
    for group in range(4):
        inside = group == GROUPS
        counts = null.values[inside].sum(0).view(2, 20)
        assert torch.equal(counts, columns().values[inside].sum(0)[:, None].expand(2, 20))


def test_labels_stay_among_the_rows_a_column_asks_about():
    part = sub_task("part", LABELS, [0], [1])
    null = permuted(part, 10, seed=0, groups=GROUPS)
    assert torch.equal(null.valid, part.valid.expand(-1, 10))
    inside = part.valid[:, 0]
    assert torch.equal(null.values[inside].sum(0), part.values[inside].sum(0).expand(10))
    assert not null.values[~inside].any()


def test_every_arrangement_is_equally_likely():
    truth = Columns(("x",), torch.tensor([[True], [False], [False], [False]]))
    places = permuted(truth, 4000, seed=0).values.float().mean(1)
    assert (places - 0.25).abs().max() < 4 * (0.25 * 0.75 / 4000) ** 0.5


def test_weights_stay_with_their_examples():
    weights = torch.rand(60, 1)
    weighted = Columns(("x",), (LABELS == 0)[:, None], weights)
    assert torch.equal(permuted(weighted, 3, 0).weights, weights.expand(-1, 3))


def test_bootstrap_draws_as_many_rows_and_keeps_labels():
    boot = bootstrap(columns(), 6, seed=2)
    assert boot.names[0] == "a.boot.0"
    assert (boot.weights.sum(0) == 60).all()
    assert torch.equal(boot.weights[:, :6], boot.weights[:, 6:])
    assert torch.equal(boot.values[:, 0], columns().values[:, 0])
    assert not torch.equal(boot.weights[:, 0], boot.weights[:, 1])


def test_bootstrap_by_clusters_draws_them_whole():
    boot = bootstrap(columns(), 6, seed=2, clusters=GROUPS * 10)
    for group in range(4):
        inside = boot.weights[group == GROUPS]
        assert (inside == inside[0]).all()
    assert (boot.weights[:4].sum(0) == 4).all()


def test_bootstrap_multiplies_weights():
    base = Columns(("x",), (LABELS == 0)[:, None], torch.full((60, 1), 2.0))
    plain = Columns(("x",), (LABELS == 0)[:, None])
    assert torch.equal(bootstrap(base, 4, 1).weights, 2 * bootstrap(plain, 4, 1).weights)


def test_undersampling_keeps_the_first_of_each_class():
    kept = undersampled(columns())
    for k in range(2):
        values = columns().values[:, k].tolist()
        least, counts = min(sum(values), 60 - sum(values)), {True: 0, False: 0}
        for row, value in enumerate(values):
            counts[value] += 1
            assert bool(kept.valid[row, k]) == (counts[value] <= least)


@pytest.mark.parametrize("make", [permuted, bootstrap])
def test_no_draws_are_refused(make):
    with pytest.raises(RequestError, match="draws=0"):
        make(columns(), 0, 0)
