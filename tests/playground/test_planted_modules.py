"""The truth about planted experts, told by weights, forward passes and scikit-learn."""

from functools import cache

import numpy as np
import pytest
import torch
from scipy.stats import hypergeom
from sklearn.metrics import roc_auc_score

from brodmann.neurons.arms import run_arms
from brodmann.neurons.interventions import Intervention
from brodmann.neurons.partition.build import by_clustering
from brodmann.neurons.partition.enrichment import share_between
from brodmann.neurons.partition.partition import agreement
from brodmann.neurons.scores.columns import join
from brodmann.neurons.scores.pooled import Pooled
from brodmann.neurons.scores.ranking import auroc
from brodmann.neurons.scores.resampling import permuted
from brodmann.neurons.stream import stream
from brodmann.neurons.tokens import Reading
from brodmann.playground.planted import MODULES, PlantedFunction
from brodmann.playground.planted.modules import Size

TEXTS = {"train": 100, "test": 150}
EXPERTS, TOP, QUESTIONS = 24, 19, 4
SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))]


@cache
def world_of(case, seed=0):
    return MODULES[case](seed)


@cache
def functions_of(case, seed=0):
    world = world_of(case, seed)
    return [PlantedFunction(world, name, 0, TEXTS) for name in world.functions]


@cache
def heard(case, seed, number, policy="mask"):
    """Columns, site -> values at [MASK], and logits, of one function's test texts."""
    one = functions_of(case, seed)[number]
    columns = one.columns("test", None)
    kept = Pooled(Reading(policy, "max"), one.subject.sites, columns.rows, 10**9)
    answers = stream(one.subject, one.batches("test", None), [kept])
    values = {site: found[:, 0] for site, found in kept.compute().items()}
    return columns, values, answers["logits"]


@cache
def scored(case, seed, number):
    """Site -> distance of AUROC from one half, for true labels and nine permutations of each."""
    columns, values, _ = heard(case, seed, number)
    every = join(columns, permuted(columns, 9, seed=seed))
    return {site: (auroc(found, every) - 0.5).abs() for site, found in values.items()}


def accuracies(logits, columns):
    return [float(((logits[rows, k] > 0) == columns.values[rows, k]).float().mean())
            for k, rows in enumerate(columns.valid.T)]  # fmt: skip


def damage(case, chosen, kind="zero", seed=0):
    """Accuracy of each function (rows) without each set of experts (columns); the last intact."""
    world, found = world_of(case, seed), []
    masks = [world.modules.partition.selection(experts).masks for experts in chosen]
    for number, one in enumerate(functions_of(case, seed)):
        columns, values = one.columns("test", 75), heard(case, seed, number)[1]
        spread = {} if kind == "zero" else {s: v.std(0) for s, v in values.items()}
        arms = [Intervention(kind, mask, strength=1 if kind == "zero" else 4, values=spread)
                for mask in masks]  # fmt: skip
        logits = run_arms(one.subject, one.batches("test", 75), [*arms, ()])["logits"]
        found.append([np.mean(accuracies(answers, columns)) for answers in logits])
    return np.array(found)


def best_experts(case, number, seed=0, count=3):
    """The experts of highest mean strength at each site."""
    partition, scores = world_of(case, seed).modules.partition, scored(case, seed, number)
    return {site: partition.means(site, found[:, :QUESTIONS].mean(1)).topk(count).indices.tolist()
            for site, found in scores.items()}  # fmt: skip


def fired(scores, expert_of):
    """Functional experts of every question by the paper's rule, by hand; bool ``[E, K]``."""
    threshold = hypergeom(len(scores), len(scores) // EXPERTS, TOP).isf(0.001)
    found = np.zeros((EXPERTS, scores.shape[1]), dtype=bool)
    for k in range(scores.shape[1]):
        best = scores[:, k].topk(TOP).indices
        found[:, k] = np.bincount(expert_of[best], minlength=EXPERTS) > threshold
    return found


def cells(case, seed, expert_of=None):
    """Share of (layer, question) cells in which the rule fires, for true and permuted labels."""
    world, found = world_of(case, seed), []
    for number in range(len(world.functions)):
        for site, scores in scored(case, seed, number).items():
            experts = world.modules.partition.expert_of[site] if expert_of is None else expert_of
            found.append(fired(scores, experts).any(0))
    said = np.array(found)
    return said[:, :QUESTIONS].mean(), said[:, QUESTIONS:].mean()


@pytest.mark.parametrize("seed", SEEDS[:2])
@pytest.mark.parametrize("case", MODULES)
def test_every_question_is_answered(case, seed):
    for number in range(3):
        columns, _, logits = heard(case, seed, number)
        assert min(accuracies(logits, columns)) > 0.72


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("case", MODULES)
def test_clusters_of_input_weights_are_the_planted_experts(case, seed):
    found = by_clustering(functions_of(case, seed)[0].rows(), EXPERTS, seeds=(0, 1, 2))
    assert min(agreement(found, world_of(case, seed).modules.partition).values()) >= 0.9


def test_the_neurons_of_all_experts_are_equally_alike():
    world, rows = world_of("modules"), functions_of("modules")[0].rows()
    for site, kinds in world.modules.kinds.items():
        for expert in range(EXPERTS):
            own = rows[site][world.modules.partition.members(site)[expert]]
            alike = (own @ own.T).fill_diagonal_(torch.nan).nanmean()
            if "function" not in kinds[expert]:
                assert float(alike) == pytest.approx(0.75, abs=0.05)
            assert float(alike) > 0.7


def test_silent_directions_shape_weights_alone():
    world, one = MODULES["modules"](0, size=Size(blocks=1)), None
    width = world.model.blocks[0].ffn.up.weight.shape[1]
    silent = torch.linalg.svd(torch.cat([world.model.embedding.weight, world.model.head.weight,
                                         world.model.blocks[0].ffn.out.weight.T]))  # fmt: skip
    hidden = silent.Vh[(silent.S > 1e-4).sum() :]
    assert width > len(hidden) >= EXPERTS
    one = PlantedFunction(world, "function 0", 0, TEXTS)
    inputs = one.subject.prepare(next(one.batches("test"))).inputs
    before, up = one.subject.predict(inputs), world.model.blocks[0].ffn.up.weight
    changed = up - up @ hidden.T @ hidden
    assert float((changed - up).norm() / up.norm()) > 0.3
    up.copy_(changed)
    torch.testing.assert_close(one.subject.predict(inputs), before, atol=1e-3, rtol=1e-3)


def test_the_record_tells_who_carries_what():
    for case in ("modules", "unmodular"):
        world = world_of(case)
        for function in world.functions:
            for site, shares in world.modules.shares[function].items():
                labels = world.modules.partition.expert_of[site].numpy()
                units = world.carriers[world.questions(function)[1]][site].numpy()
                counted = [np.isin(np.flatnonzero(labels == e), units).mean() for e in range(24)]
                assert shares.tolist() == pytest.approx(counted)
                own = world.modules.of_kind(function)[site]
                graded = [] if case == "unmodular" else [0.5, 0.75, 1.0]
                assert sorted(shares[own].tolist()) == graded
                if case == "unmodular":
                    assert shares.tolist() == [1 / 16] * EXPERTS
    kinds = world_of("hub_modules").modules.kinds
    assert [kinds[f"encoder.{block}.ffn"].count("hub") for block in range(2)] == [1, 0]


@pytest.mark.parametrize("policy", ["mask", "content"])
@pytest.mark.parametrize("seed", SEEDS[:2])
def test_carriers_tell_all_questions_of_their_function_and_no_others(seed, policy):
    world = world_of("modules", seed)
    for number, one in enumerate(functions_of("modules", seed)):
        columns, values, _ = heard("modules", seed, number, policy)
        for site, v in values.items():
            units = world.carriers[one.questions[0]][site]
            rest = np.setdiff1d(np.arange(v.shape[1]), units.numpy())
            known = np.array([
                [roc_auc_score(columns.values[rows, k], v[rows, unit])
                 for k, rows in enumerate(columns.valid.T)] for unit in units[:9]
            ])  # fmt: skip
            assert np.abs(known - 0.5).mean() > 0.17
            assert float((auroc(v, columns)[rest] - 0.5).abs().mean()) < 0.05


@pytest.mark.parametrize("seed", SEEDS[:2])
@pytest.mark.parametrize("kind", ["zero", "noise"])
def test_without_a_functions_experts_only_that_function_breaks(kind, seed):
    world = world_of("modules", seed)
    found = damage("modules", [world.modules.of_kind(f) for f in world.functions], kind, seed)
    lost = found[:, -1:] - found[:, :-1]
    own = lost.diagonal()
    others = lost[~np.eye(3, dtype=bool)]
    assert own.min() > (0.3 if kind == "zero" else 0.08)
    assert np.abs(others).max() < 0.04
    decoys = damage("modules", [world.modules.of_kind("decoy")], "zero", seed)
    assert np.abs(decoys[:, 0] - decoys[:, 1]).max() < 0.05


def test_scattered_functions_lie_in_no_experts():
    found = damage("unmodular", [best_experts("unmodular", number) for number in range(3)])
    lost = found[:, -1:] - found[:, :-1]
    assert np.abs(lost).max() < 0.06
    assert cells("unmodular", 0)[0] < 0.1 < 0.8 < cells("modules", 0)[0]


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_the_hub_is_chosen_by_one_function_and_breaks_all(seed):
    kinds = world_of("hub_modules", seed).modules.kinds["encoder.0.ffn"]
    chosen = [best_experts("hub_modules", number, seed, 1) for number in range(3)]
    assert [kinds[one["encoder.0.ffn"][0]] == "hub" for one in chosen] == [True, False, False]
    labels = world_of("hub_modules", seed).modules.partition.expert_of["encoder.0.ffn"]
    said = fired(scored("hub_modules", seed, 0)["encoder.0.ffn"], labels)
    assert said[kinds.index("hub"), :QUESTIONS].all()
    for kind in ("zero", "noise"):
        found = damage("hub_modules", chosen, kind, seed)
        assert found[:, 0].max() < 0.66
        assert np.ptp(found[:, 0]) < 0.1
        assert (found[:, -1:] - found[:, 1:3]).max() < 0.1


@pytest.mark.parametrize("seed", SEEDS)
def test_duplicates_trip_the_papers_rule_for_any_labels(seed):
    said, by_chance = cells("duplicates", seed)
    assert min(said, by_chance) > 2 / 3
    assert said == pytest.approx(by_chance, abs=0.15)
    dealt = torch.as_tensor(np.random.default_rng(seed).permutation(384) % EXPERTS)
    assert max(cells("duplicates", seed, expert_of=dealt)) < 0.1


@pytest.mark.parametrize("case", ["duplicates", "duplicates_with_function"])
def test_variance_between_blocks_exceeds_chance_only_with_a_function(case):
    above = []
    for number in range(3):
        for site, scores in scored(case, 0, number).items():
            labels = world_of(case).modules.partition.expert_of[site]
            shares = share_between(scores, labels, EXPERTS)
            null = shares[QUESTIONS:].view(QUESTIONS, 9).mean(0)
            above.append(float(shares[:QUESTIONS].mean()) > float(null.max()))
    assert np.mean(above) == 1.0 if case == "duplicates_with_function" else np.mean(above) < 0.5


def test_one_seed_gives_one_world():
    one, two, other = (
        MODULES["modules"](0, size=Size(blocks=1), signal=s) for s in (0.5, 0.5, 0.6)
    )
    digests = [PlantedFunction(w, "function 1").facts["model_digest"] for w in (one, two, other)]
    assert digests[0] == digests[1] != digests[2]
    assert one.modules.kinds == two.modules.kinds
