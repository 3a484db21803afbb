"""Routers and what is measured of them, against loops."""

import pytest
import torch

from brodmann.errors import RequestError, RunError
from brodmann.neurons.moe.measures import (
    Routing,
    chosen_count,
    ffn_flops,
    sparse_flops,
)
from brodmann.neurons.moe.routers import (
    SHARES,
    MlpRouter,
    Oracle,
    RandomRouter,
    Similarity,
    activity,
    ranked,
    router_loss,
)
from brodmann.neurons.moe.weights import Shape

E, SIZE, D, T = 5, 4, 7, 23


def made(seed=0):
    generator = torch.Generator().manual_seed(seed)
    states = torch.randn(T, D, generator=generator)
    activations = torch.randn(T, E * SIZE, generator=generator)
    members = torch.randperm(E * SIZE, generator=generator).view(E, SIZE)
    return states, activations, members


@pytest.mark.parametrize("share", SHARES)
def test_activity_and_oracle_are_sums_over_members(share):
    states, activations, members = made()
    wanted = torch.zeros(T, E)
    for token in range(T):
        for expert in range(E):
            for unit in members[expert].tolist():
                value = float(activations[token, unit])
                wanted[token, expert] += max(value, 0.0) if share == "positive" else abs(value)
    assert torch.allclose(activity(activations, members, share), wanted, atol=1e-5)
    assert torch.allclose(Oracle(members, share)(states, activations), wanted, atol=1e-5)
    with pytest.raises(RunError, match="needs the activations"):
        Oracle(members)(states, None)


def test_an_unknown_share_is_refused():
    states, activations, members = made()
    with pytest.raises(RequestError, match="study.share=squared"):
        activity(activations, members, "squared")


def test_similarity_is_the_cosine():
    states, _, _ = made()
    centres = torch.randn(E, D, generator=torch.Generator().manual_seed(1))
    wanted = torch.nn.functional.cosine_similarity(states[:, None], centres[None], dim=-1)
    assert torch.allclose(Similarity(centres)(states), wanted, atol=1e-6)
    assert torch.allclose(Similarity(centres)(3 * states), wanted, atol=1e-6)


def test_the_random_router_forgets_the_state():
    states, _, _ = made()
    router, again = RandomRouter(E, seed=3), RandomRouter(E, seed=3)
    first = router(states)
    assert torch.equal(first, again(2 * states))
    assert not torch.equal(first, router(states))


def test_the_mlp_begins_as_the_tanh_of_the_products_with_the_centres():
    states, _, _ = made()
    centres = torch.randn(E, D, generator=torch.Generator().manual_seed(1))
    router = MlpRouter(centres)
    unit = states / states.norm(dim=1, keepdim=True)
    assert torch.allclose(router(states), torch.tanh(unit @ centres.t()), atol=1e-6)
    assert sum(p.numel() for p in router.parameters()) == E * D + E * E


def test_the_loss_is_the_cross_entropy_against_shares_of_the_maximum():
    logits = torch.randn(3, 2, generator=torch.Generator().manual_seed(0))
    active = torch.tensor([[0.0, 4.0], [1.0, 2.0], [3.0, 0.0]])
    total = 0.0
    for row in range(3):
        for column in range(2):
            p, t = torch.sigmoid(logits[row, column]), active[row, column] / 4
            total -= float(t * p.log() + (1 - t) * (1 - p).log())
    assert float(router_loss(logits, active)) == pytest.approx(total / 6, rel=1e-5)
    assert torch.isfinite(router_loss(logits, torch.zeros(3, 2)))


def test_captured_activity_and_recall_are_what_loops_count():
    scores = torch.rand(T, E, generator=torch.Generator().manual_seed(1))
    active = torch.rand(T, E, generator=torch.Generator().manual_seed(2))
    routing = Routing([1, 3, E])
    for rows in torch.arange(T).split(10):
        routing.update(scores[rows], active[rows])
    for index, k in enumerate((1, 3, E)):
        captured, hits = 0.0, 0
        for token in range(T):
            mine = sorted(range(E), key=lambda e, t=token: -float(scores[t, e]))[:k]
            best = sorted(range(E), key=lambda e, t=token: -float(active[t, e]))[:k]
            captured += sum(float(active[token, e]) for e in mine)
            hits += len(set(mine) & set(best))
        assert float(routing.captured()[index]) == pytest.approx(captured / float(active.sum()))
        assert float(routing.recall()[index]) == pytest.approx(hits / T / k)
    assert routing.tokens == T


def test_the_oracle_recalls_everything_and_captures_most():
    _, activations, members = made()
    active = activity(activations, members)
    oracle, other = Routing([2]), Routing([2])
    oracle.update(active, active)
    other.update(RandomRouter(E)(active), active)
    assert float(oracle.recall()) == 1
    assert float(oracle.captured()) > float(other.captured())


def test_nothing_heard_is_an_error():
    with pytest.raises(RunError, match="no token"):
        Routing([1]).recall()
    silent = Routing([1])
    silent.update(torch.rand(3, E), torch.zeros(3, E))
    with pytest.raises(RunError, match="no activity"):
        silent.captured()


def test_of_equal_scores_the_first_expert_comes_first():
    assert ranked(torch.tensor([[1.0, 2.0, 2.0, 1.0]])).tolist() == [[1, 2, 0, 3]]


def test_counts_of_shares():
    assert [chosen_count(s, 96) for s in (0.05, 0.2, 0.5, 1.0)] == [5, 19, 48, 96]
    assert chosen_count(0.001, 8) == 1
    for share in (0, 1.01, -1, float("nan")):
        with pytest.raises(RequestError, match=r"study\.shares"):
            chosen_count(share, 8)


@pytest.mark.parametrize("into", [1, 2])
def test_operations_are_counted_matrix_by_matrix(into):
    shape, experts, k = Shape(units=12, width=5, into=into), 4, 2
    dense = sum(2 * 12 * 5 for _ in range(into)) + 2 * 12 * 5
    assert ffn_flops(shape) == dense
    run = dense * k // experts
    assert sparse_flops(shape, experts, k, "random") == run
    assert sparse_flops(shape, experts, k, "similarity") == run + 2 * experts * 5
    assert sparse_flops(shape, experts, k, "mlp") == run + 2 * (experts * 5 + experts * experts)
    assert sparse_flops(shape, experts, k, "oracle") == 2 * 12 * 5 * into + 2 * 6 * 5
    assert sparse_flops(shape, experts, experts, "oracle") == dense
