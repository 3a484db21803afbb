"""Balanced k-means: exact assignments, planted clusters, starts, and its own inertia."""

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_mutual_info_score

from brodmann.errors import RequestError, RunError
from brodmann.neurons.partition.balance import deal
from brodmann.neurons.partition.clustering import (
    balanced_kmeans,
    best_of,
    first_centres,
    inertia,
    means_of,
    unit_rows,
)


def planted(units, experts, width, noise, seed=0):
    generator = torch.Generator().manual_seed(seed)
    truth = torch.arange(experts).repeat(units // experts)
    centres = torch.randn(experts, width, generator=generator)
    return centres[truth] + noise * torch.randn(units, width, generator=generator), truth


@pytest.mark.parametrize(("units", "experts"), [(12, 3), (40, 8), (30, 30), (7, 1)])
def test_dealing_costs_as_little_as_the_assignment_of_every_seat(units, experts):
    cost = torch.randn(units, experts, generator=torch.Generator().manual_seed(units))
    seats = cost.repeat_interleave(units // experts, dim=1).numpy()
    rows, columns = linear_sum_assignment(seats)
    labels = deal(cost)
    assert torch.bincount(labels).tolist() == [units // experts] * experts
    assert float(cost[range(units), labels].sum()) == pytest.approx(seats[rows, columns].sum())


def test_what_cannot_be_dealt_is_refused():
    with pytest.raises(RequestError, match="evenly"):
        deal(torch.zeros(7, 2))
    with pytest.raises(RunError, match="finite"):
        deal(torch.tensor([[0.0, torch.nan], [0.0, 1.0]]))


def test_planted_clusters_are_found():
    rows, truth = planted(192, 8, 16, noise=0.3)
    found = balanced_kmeans(rows, 8)
    assert adjusted_mutual_info_score(truth, found.labels) == pytest.approx(1)
    assert found.labels.tolist()[:8] == list(range(8))


def test_inertia_is_the_sum_of_squares_around_means():
    rows, _ = planted(60, 5, 7, noise=2.0)
    found = balanced_kmeans(rows, 5)
    wanted = sum(
        float(((rows[found.labels == k] - rows[found.labels == k].mean(0)) ** 2).sum())
        for k in range(5)
    )
    assert found.inertia == pytest.approx(wanted, rel=1e-5)
    assert inertia(rows, found.labels, 5) == pytest.approx(wanted, rel=1e-6)


def test_the_end_is_a_fixed_point_and_no_round_does_harm():
    rows, _ = planted(240, 12, 10, noise=1.5)
    ends = [balanced_kmeans(rows, 12, rounds=n) for n in (1, 2, 4, 300)]
    values = [one.inertia for one in ends]
    assert values == sorted(values, reverse=True)
    last = ends[-1]
    again = balanced_kmeans(rows, 12, start=last.labels)
    assert again.inertia <= last.inertia * (1 + 1e-6)
    assert (again.seed, again.rounds <= 2) == (-1, True)


def test_equal_seeds_give_equal_clusters_and_the_best_comes_first():
    rows, _ = planted(120, 10, 6, noise=2.0)
    assert torch.equal(balanced_kmeans(rows, 10, 3).labels, balanced_kmeans(rows, 10, 3).labels)
    found = best_of(rows, 10, [0, 1, 2])
    assert [one.inertia for one in found] == sorted(one.inertia for one in found)
    assert {one.seed for one in found} == {0, 1, 2}


def test_first_centres_are_rows_and_far_apart():
    rows, truth = planted(96, 8, 12, noise=0.05)
    centres = first_centres(rows, 8, seed=0)
    places = [int((rows - centre).square().sum(1).argmin()) for centre in centres]
    assert all(torch.equal(rows[p], c) for p, c in zip(places, centres, strict=True))
    assert sorted(truth[places].tolist()) == list(range(8))


def test_equal_rows_are_dealt_out_all_the_same():
    found = balanced_kmeans(torch.ones(12, 3), 4)
    assert torch.bincount(found.labels).tolist() == [3] * 4
    assert found.inertia == pytest.approx(0, abs=1e-5)


def test_rows_of_length_one_and_rows_of_zeros():
    rows = unit_rows(torch.tensor([[3.0, 4.0], [0.0, 0.0]]))
    assert rows.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0, 0]]


def test_means_of_clusters_of_any_size():
    rows = torch.tensor([[1.0], [3.0], [10.0]])
    assert np.allclose(means_of(rows, torch.tensor([0, 0, 1]), 2), [[2.0], [10.0]])
