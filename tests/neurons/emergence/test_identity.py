"""Matching, survival, presence and agreement against brute force."""

from itertools import permutations

import numpy as np
import pytest
import torch
from drawn import small
from sklearn.metrics import adjusted_mutual_info_score

from brodmann.errors import RunError
from brodmann.neurons.emergence.identity import (
    agreements,
    matching,
    presence,
    settled_at,
    survival,
)
from brodmann.neurons.emergence.series import Series
from brodmann.neurons.partition.partition import Partition


def of(*labels, experts=3):
    return Partition({"s": torch.tensor(labels)}, experts)


def test_the_matching_shares_the_most_neurons():
    series = small(units=24, experts=4)
    one, two = series.partitions[:2]
    for site, found in matching(one, two).items():
        a, b = one.expert_of[site].numpy(), two.expert_of[site].numpy()
        shared = lambda order: sum((b[a == e] == order[e]).sum() for e in range(4))  # noqa: B023, E731
        assert sorted(found) == [0, 1, 2, 3]
        assert shared(found) == max(map(shared, permutations(range(4))))


def test_only_like_partitions_are_matched():
    with pytest.raises(RunError, match="as many experts"):
        matching(of(0, 0, 1, 1, 2, 2), of(0, 0, 0, 1, 1, 1, experts=2))


def test_agreement_is_that_of_sklearn_and_says_when_it_settles():
    series = small(units=24, experts=4)
    found = agreements(series.partitions)
    wanted = np.mean([adjusted_mutual_info_score(series.partitions[1].expert_of[s].numpy(),
                                                 series.partitions[3].expert_of[s].numpy())
                      for s in "ab"])  # fmt: skip
    assert found[1, 3] == found[3, 1] == pytest.approx(wanted)
    end, other = of(0, 0, 1, 1, 2, 2), of(0, 1, 2, 0, 1, 2)
    assert settled_at([0, 1, 3, 7], [other, other, end, end]).state == "reached"
    assert 1 < settled_at([0, 1, 3, 7], [other, other, end, end]).low < 2
    assert settled_at([0, 1, 3, 7], [other, other, other, end]).state == "never"


def test_survival_follows_experts_under_other_names():
    first, renamed = of(0, 0, 1, 1, 2, 2), of(2, 2, 0, 0, 1, 1)
    here = {"s": np.array([[True, False], [False, True], [False, False]])}
    moved = {"s": here["s"][[1, 2, 0]]}
    shuffled = {"s": here["s"][[0, 2, 1]]}
    found = survival([moved, shuffled, here], [renamed, renamed, first])
    chance = 2 / 3
    assert found[0] == found[2] == 1
    assert found[1] == pytest.approx((0 - chance) / (2 - chance))
    none = {"s": np.zeros((3, 2), bool)}
    assert np.isnan(survival([moved, none], [renamed, first])).all()


def test_survival_is_zero_by_chance():
    rng, experts = np.random.default_rng(0), 16
    partition = of(*range(experts), experts=experts)
    drawn = [{"s": rng.random((experts, 400)) < 0.2} for _ in range(3)]
    assert survival(drawn, [partition] * 3)[:2] == pytest.approx([0, 0], abs=0.04)


def test_presence_counts_shared_top_neurons_beyond_chance():
    series = small(seed=3, units=12, functions=2)
    found = presence(series, top=0.25)
    for t in range(5):
        shares = []
        for values in series.scores.values():
            for one, two in ((0, 1), (1, 0)):
                for k in range(2):
                    a = set(np.argsort(-np.abs(values[-1, one, :, k]))[:3])
                    b = set(np.argsort(-np.abs(values[t, two, :, k]))[:3])
                    shares.append((len(a & b) / 3 - 0.25) / 0.75)
        assert found[t] == pytest.approx(np.mean(shares))


def test_presence_is_zero_for_noise_and_ties_are_dealt_by_a_seed():
    rng = np.random.default_rng(0)
    partition = Partition({"s": torch.arange(200) // 20}, 10)
    noise = {"s": rng.normal(size=(3, 2, 200, 60))}
    series = Series((0, 1, 3), noise, (partition,) * 3, tuple(map(str, range(60))))
    assert presence(series, 0.05) == pytest.approx([0, 0, 0], abs=0.03)
    ties = Series((0, 1, 3), {"s": np.zeros((3, 2, 200, 60))}, (partition,) * 3, series.functions)
    assert presence(ties, 0.05, seed=1) == pytest.approx([1, 1, 1])
