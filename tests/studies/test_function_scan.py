"""The scan of a function on a planted model, against naive second implementations."""

import numpy as np
import pytest
import torch
from benchmarks.planted_functions import suite_of
from scipy.stats import false_discovery_control
from sklearn.metrics import average_precision_score, roc_auc_score

from brodmann.errors import RequestError
from brodmann.neurons.tokens import Reading, read
from brodmann.playground.planted.function import PlantedFunction
from brodmann.playground.planted.modules import Size, modules
from brodmann.studies.functions.asked import scanned
from brodmann.studies.functions.scan import TIES, _tops, scan
from brodmann.studies.modularity.experts import modelled
from brodmann.studies.modularity.gathered import between, counted, discovered, functional
from brodmann.studies.modularity.partitions import experts_of

SMALL = Size(functions=2, questions=3, experts=8, units=8, blocks=2, unasked=2)
ARGUMENTS = dict(tokens="all", pooling="max", top=0.05, permutations=7, seed=3)


@pytest.fixture(scope="module")
def world():
    return modules(0, size=SMALL, grades=(1.0,))


@pytest.fixture(scope="module")
def function(world):
    return PlantedFunction(world, "function 0", 0, {"train": 40, "test": 20})


@pytest.fixture(scope="module")
def found(function):
    return scan(function, **ARGUMENTS)


def pooled(function, site):
    """Every row's maximum over tokens, by a pass of its own."""
    rows, values, kept = [], [], {}
    module = function.subject.model.get_submodule(site.path)
    handle = module.register_forward_pre_hook(lambda m, args: kept.update(x=args[0]))
    for batch in function.batches("train"):
        ready = function.subject.prepare(batch)
        function.subject.predict(ready.inputs)
        values.append(read(kept["x"], ready.masks, Reading("all", "max"))[:, 0])
        rows.append(batch["index"])
    handle.remove()
    return torch.cat(values)[torch.cat(rows).argsort()].numpy()


def test_aurocs_and_precisions_are_scikit_learns(function, found):
    columns = function.columns("train")
    for site in function.subject.sites:
        values = pooled(function, site)
        for k in range(3):
            rows = columns.valid[:, k].numpy()
            truth = columns.values[:, k].numpy()[rows]
            for unit in range(0, values.shape[1], 7):
                seen = values[rows, unit]
                auroc = found.tensors[f"auroc/{site.name}"][unit, k]
                assert auroc == pytest.approx(roc_auc_score(truth, seen), abs=1e-5)
                both = found.tensors[f"precision/{site.name}"][unit, k]
                assert both[0] == pytest.approx(average_precision_score(truth, seen), abs=1e-5)
                assert both[1] == pytest.approx(average_precision_score(~truth, seen), abs=1e-5)


def test_top_neurons_are_those_furthest_from_chance(found):
    for site in found.info["sites"]:
        strength = (found.tensors[f"auroc/{site}"] - 0.5).abs()
        for k in range(3):
            tops = found.tensors[f"tops/{site}"][k, 0].long()
            rest = np.setdiff1d(np.arange(len(strength)), tops.numpy())
            assert len(tops) == 3
            assert strength[tops, k].min() >= strength[rest, k].max()


def test_ties_at_the_cut_are_broken_by_one_seeded_order():
    found = torch.rand(200, 9).mul(8).round() / 8
    found[::3] = 0.5
    order = torch.randperm(200, generator=torch.Generator().manual_seed(TIES)).tolist()
    tops = _tops(found, 21)
    for draw in range(9):
        strength = (found[:, draw] - 0.5).abs().tolist()
        naive = sorted(order, key=lambda unit, of=strength: -of[unit])[:21]
        assert tops[draw].tolist() == naive


def test_the_best_of_one_half_is_read_in_the_other(found):
    site = found.info["sites"][0]
    one, two = (found.tensors[f"half_{half}/{site}"][:, 0] - 0.5 for half in "ab")
    chosen, other = one.abs().argmax(), two.abs().argmax()
    wanted = (one[chosen].sign() * two[chosen] + two[other].sign() * one[other]) / 2
    assert found.tensors[f"held_out/{site}"][0, 0] == pytest.approx(float(wanted), abs=1e-6)


def test_held_out_values_under_permuted_labels_are_about_zero(function):
    many = scan(function, **{**ARGUMENTS, "permutations": 199})
    null = torch.cat([many.tensors[f"held_out/{s}"][:, 1:] for s in many.info["sites"]])
    assert abs(float(null.mean())) < 0.02


def test_equal_requests_give_equal_tensors(function, found):
    again = scan(function, **ARGUMENTS)
    assert all(torch.equal(again.tensors[name], found.tensors[name]) for name in found.tensors)


@pytest.fixture(scope="module")
def model(world):
    return modelled(suite_of(world, {"train": 60, "test": 20}, expert_size=8, permutations=19))


def test_counts_are_those_of_a_loop(model):
    site = model.found.sites[0]
    counts = counted(model.found, model.made, site)
    tops = model.found.of("tops", site)
    for q, b in ((0, 0), (3, 5), (5, 19)):
        naive = np.bincount(model.made.expert_of[site][tops[q, b].long()].numpy(), minlength=8)
        assert counts[q, b].tolist() == naive.tolist()


def test_functional_experts_are_above_the_papers_threshold(model):
    from brodmann.neurons.partition.enrichment import enrichment

    site = model.found.sites[1]
    top = torch.zeros(64, 6, dtype=torch.bool)
    for q in range(6):
        top[model.found.of("tops", site)[q, 0].long(), q] = True
    wanted = enrichment(top, model.made.expert_of[site], 8, alpha=0.01).functional.mean(0)
    assert functional(model.found, model.made, site, 0.01)[:, 0].tolist() == wanted.tolist()


def test_variance_between_is_that_of_one_way_anova(model):
    site = model.found.sites[0]
    strength = (model.found.of("auroc", site)[2] - 0.5).abs().double().numpy()
    labels = model.made.expert_of[site].numpy()
    means = np.array([strength[labels == e].mean() for e in labels])
    wanted = ((means - strength.mean()) ** 2).sum() / ((strength - strength.mean()) ** 2).sum()
    assert between(model.found, "own", site)[2, 0] == pytest.approx(wanted, rel=1e-4)


def test_discoveries_are_scipys_over_layers_experts_and_questions(world):
    counts = {"train": 300, "test": 20}
    own = {"expert_size": 8, "permutations": 399, "top": 0.1}
    model = modelled(suite_of(world, counts, **own))
    tests = []
    for site in model.found.sites:
        labels, tops = model.made.expert_of[site].numpy(), model.found.of("tops", site).long()
        held = np.stack([(labels[tops.numpy()] == e).sum(2) for e in range(8)], 2)
        tests.append((1 + (held[:, 1:] >= held[:, :1]).sum(1)) / 400)
    tests = np.concatenate(tests, 1)
    wanted = (false_discovery_control(tests.ravel()).reshape(tests.shape) <= 0.05).mean(1)
    assert discovered(model.found, model.made).tolist() == wanted.tolist()
    assert 0 < wanted.max() < 1


def test_an_expert_size_that_does_not_divide_is_refused():
    with pytest.raises(RequestError, match="divisor of 100, such as"):
        experts_of({"encoder.0.ffn": 100}, 32)


def test_scans_are_made_once(world):
    suite = suite_of(world, {"train": 30, "test": 10})
    assert scanned(suite).by_function["function 0"] is scanned(suite).by_function["function 0"]
