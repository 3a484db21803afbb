"""Experts cut out of graphs of co-activations."""

import pytest
import torch
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_mutual_info_score

from brodmann.errors import RequestError, RunError
from brodmann.neurons.partition.graph import balanced, cut, edges, within
from brodmann.neurons.partition.simple import random
from brodmann.neurons.scores.coactivation import gram


def firing(units, experts, tokens=400, seed=0):
    """Neurons of an expert are on together, each also by itself now and then."""
    generator = torch.Generator().manual_seed(seed)
    truth = random(units, experts, seed)
    on = (torch.rand(tokens, experts, generator=generator) < 0.2)[:, truth]
    alone = torch.rand(tokens, units, generator=generator) < 0.05
    return ((on | alone).float() * torch.rand(tokens, units, generator=generator))[None], truth


@pytest.mark.parametrize("kind", ["positive", "indicator"])
def test_neurons_that_fire_together_end_together(kind):
    values, truth = firing(96, 6)
    found = cut(gram(values, kind), 6)
    assert torch.bincount(found).tolist() == [16] * 6
    assert adjusted_mutual_info_score(truth, found) > 0.95


def test_cutting_is_seeded_and_beats_chance():
    values, _ = firing(60, 5, tokens=60)
    graph = gram(values, "positive")
    assert torch.equal(cut(graph, 5, seed=1), cut(graph, 5, seed=1))
    weights = edges(graph, 64)
    by_chance = [within(weights, random(60, 5, seed)) for seed in range(1, 21)]
    assert within(weights, cut(graph, 5)) > max(by_chance)


def test_edges_are_the_strongest_of_either_end_without_loops():
    matrix = torch.tensor([[9.0, 3.0, 1.0], [3.0, 9.0, 2.0], [1.0, 2.0, 9.0]])
    assert edges(matrix, 1).tolist() == [[0, 3, 0], [3, 0, 2], [0, 2, 0]]
    assert float(edges(-matrix + 4, 2).diagonal().abs().max()) == 0


def test_parts_are_evened_out_at_the_largest_weight():
    generator = torch.Generator().manual_seed(0)
    weights = torch.rand(12, 12, generator=generator)
    weights = weights + weights.t()
    parts = torch.tensor([0] * 7 + [1] * 4 + [2])
    found = balanced(weights, parts, 3)
    pull = torch.stack([weights[:, parts == k].sum(1) for k in range(3)], 1)
    rows, seats = linear_sum_assignment(pull.repeat_interleave(4, 1).numpy(), maximize=True)
    assert torch.bincount(found).tolist() == [4, 4, 4]
    assert float(pull[range(12), found].sum()) == pytest.approx(float(pull[rows, seats // 4].sum()))


@pytest.mark.parametrize(
    ("matrix", "experts", "kind", "words"),
    [(torch.ones(4, 3), 2, RunError, "square"), (torch.eye(4) / 0, 2, RunError, "finite"),
     (torch.eye(4), 2, RunError, "nothing to cut"), (torch.ones(4, 4), 3, RequestError, "evenly")],
)  # fmt: skip
def test_what_cannot_be_cut_is_refused(matrix, experts, kind, words):
    with pytest.raises(kind, match=words):
        cut(matrix, experts)
