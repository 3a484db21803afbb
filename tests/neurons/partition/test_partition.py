"""What a partition is: equal experts, their neurons, their means, and how alike two are."""

import pytest
import torch
from sklearn.metrics import adjusted_mutual_info_score

from brodmann.errors import RequestError, RunError
from brodmann.neurons.partition.partition import Partition, agreement, expert_size, renumbered
from brodmann.neurons.partition.simple import native, random

SITE = "encoder.0.ffn"


def made(labels, experts=3):
    return Partition({SITE: torch.tensor(labels)}, experts)


def test_members_and_means_are_those_of_a_loop():
    one = Partition({SITE: random(12, 4, seed=0)}, 4)
    values = torch.randn(12, 2, generator=torch.Generator().manual_seed(0))
    for expert in range(4):
        units = [u for u in range(12) if one.expert_of[SITE][u] == expert]
        assert one.members(SITE)[expert].tolist() == units
        assert torch.allclose(one.means(SITE, values)[expert], values[units].mean(0))


def test_a_selection_holds_the_neurons_of_its_experts_and_no_others():
    one = Partition({SITE: native(6, 3), "encoder.1.ffn": native(6, 3)}, 3)
    chosen = one.selection({SITE: [2, 0]})
    assert chosen.masks[SITE].tolist() == [True, True, False, False, True, True]
    assert not chosen.masks["encoder.1.ffn"].any()
    assert chosen.info["experts"] == 2


@pytest.mark.parametrize(
    ("labels", "words"),
    [([0, 0, 1, 1, 2, 3], "from 0 to 3"), ([0, 0, 0, 1, 1, 2], "1 to 3"), ([-1, 0, 1, 2], "-1")],
)
def test_what_is_no_partition_is_refused(labels, words):
    with pytest.raises(RunError, match=words):
        made(labels)


@pytest.mark.parametrize("chosen", [{"encoder.9.ffn": [0]}, {SITE: [3]}, {SITE: [-1]}])
def test_a_selection_of_what_is_not_there_is_refused(chosen):
    with pytest.raises(RunError, match="no site|has experts 0 to 2"):
        made([0, 0, 1, 1, 2, 2]).selection(chosen)


@pytest.mark.parametrize("experts", [0, 5, 13])
def test_experts_that_do_not_divide_the_width_are_refused_with_some_that_do(experts):
    with pytest.raises(RequestError) as error:
        expert_size(12, experts)
    assert error.value.key == "experts"
    words = [word.strip(",") for word in error.value.hint.split()]
    whole, *offered = [int(word) for word in words if word.isdigit()]
    assert whole == 12
    assert all(12 % number == 0 for number in offered)


def test_numbers_follow_the_first_neurons_and_groups_stay():
    labels = torch.tensor([9, 4, 4, 9, 0, 0])
    found = renumbered(labels)
    assert found.tolist() == [0, 1, 1, 0, 2, 2]
    assert torch.equal(found[:, None] == found, labels[:, None] == labels)


def test_agreement_is_scikit_learns_and_does_not_hang_on_names():
    one, other = (Partition({SITE: random(60, 6, seed)}, 6) for seed in (0, 1))
    assert agreement(one, one)[SITE] == pytest.approx(1)
    shuffled = torch.randperm(6, generator=torch.Generator().manual_seed(2))[one.expert_of[SITE]]
    assert agreement(one, Partition({SITE: shuffled}, 6))[SITE] == pytest.approx(1)
    wanted = adjusted_mutual_info_score(one.expert_of[SITE], other.expert_of[SITE])
    assert agreement(one, other)[SITE] == pytest.approx(wanted)
    with pytest.raises(RunError, match="same sites"):
        agreement(one, Partition({"encoder.1.ffn": random(60, 6, 0)}, 6))


def test_random_partitions_are_balanced_seeded_and_unrelated():
    found = [random(960, 16, seed) for seed in range(20)]
    assert torch.equal(found[0], random(960, 16, 0))
    assert all(torch.bincount(one).tolist() == [60] * 16 for one in found)
    alike = [adjusted_mutual_info_score(found[0], one) for one in found[1:]]
    assert max(map(abs, alike)) < 0.05
