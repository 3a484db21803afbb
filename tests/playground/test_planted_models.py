"""The truth about planted models, told by their weights and by plain forward passes."""

import numpy as np
import pytest
import torch

from brodmann.neurons.interventions import Intervention, intervene
from brodmann.playground.planted import CASES, PlantedRun
from brodmann.playground.planted.model import PlantedTransformer

ROWS = {"train": 200, "val": 50, "test": 300}


def batch_of(run, split="test"):
    examples = run.examples(split)
    return {"input_ids": examples.ids, "index": torch.arange(len(examples.labels))}


def accuracy(run, *changes):
    prepared = run.subject.prepare(batch_of(run))
    if changes:
        with intervene(run.subject.model, run.subject.sites, prepared, changes):
            logits = run.subject.predict(prepared.inputs)
    else:
        logits = run.subject.predict(prepared.inputs)
    return float((logits.argmax(-1) == run.labels("test", None)).double().mean())


def zero(run, chosen):
    masks = {}
    for site in run.subject.sites:
        mask = torch.zeros(site.units, dtype=torch.bool)
        mask[chosen.get(site.name, torch.tensor([], dtype=torch.long))] = True
        masks[site.name] = mask
    return Intervention("zero", masks)


def activations(run, split="test", position=0):
    """``[N, blocks * U]`` by hand: the stream is carried through the blocks without hooks."""
    inputs = run.subject.prepare(batch_of(run, split)).inputs
    states, found = inputs.embeds, []
    for block in run.world.model.blocks:
        fits = torch.zeros(len(states), states.shape[1], states.shape[1])
        fits = fits.masked_fill(~inputs.attended[:, None], -torch.inf).softmax(-1)
        states = states + fits @ (states @ block.attention.value.weight.T)
        fired = (states @ block.ffn.up.weight.T + block.ffn.up.bias).clamp_min(0)
        found.append(fired[:, position])
        states = states + fired @ block.ffn.out.weight.T + block.ffn.out.bias
    return torch.cat(found, 1)


@pytest.mark.parametrize("case", CASES)
def test_every_case_answers_its_tasks(case):
    world = CASES[case](0)
    for task in list(world.tasks)[:3]:
        metrics = PlantedRun(world, task, 1, ROWS).metrics()
        assert metrics["test/accuracy"] > metrics["test/majority"] + 0.2, (case, task)


@pytest.mark.parametrize("seed", range(5))
def test_carriers_know_the_label_and_no_other_neuron_does(seed):
    world = CASES["plain"](seed)
    run = PlantedRun(world, "task 1", 0, ROWS)
    values, labels = activations(run).double(), run.labels("test", None).double()
    known = np.corrcoef(torch.cat([values, labels[:, None]], 1).T)[-1, :-1]
    carriers = torch.cat([world.carriers["task 1"][f"encoder.{b}.ffn"] + 96 * b for b in range(2)])
    others = np.setdiff1d(np.arange(192), carriers.numpy())
    assert np.abs(known[carriers]).mean() > 0.5
    assert np.abs(np.nan_to_num(known[others])).max() < np.abs(known[carriers]).min()


def test_worlds_differ_by_seed_and_one_seed_gives_one_world():
    one, two, other = (CASES["plain"](seed) for seed in (0, 0, 1))
    for a, b in zip(one.model.parameters(), two.model.parameters(), strict=True):
        assert torch.equal(a, b)
    assert not torch.equal(one.carriers["task 0"]["encoder.0.ffn"],
                           other.carriers["task 0"]["encoder.0.ffn"])  # fmt: skip
    assert not torch.equal(one.prompt("task 0", 0), one.prompt("task 0", 1))
    assert torch.equal(one.examples("task 0", "val", 9).ids, two.examples("task 0", "val", 9).ids)


def test_padding_changes_no_answer():
    run = PlantedRun(CASES["plain"](0), "task 0", 0, ROWS)
    batch = batch_of(run)
    longer = torch.nn.functional.pad(batch["input_ids"], (0, 7))
    answers = [run.subject.predict(run.subject.prepare({**batch, "input_ids": ids}).inputs)
               for ids in (batch["input_ids"], longer)]  # fmt: skip
    torch.testing.assert_close(*answers, atol=1e-4, rtol=1e-4)


def test_copying_neurons_write_nothing():
    world = CASES["copying"](0)
    norms = PlantedRun(world, "task 0", 0, ROWS).norms()
    for site, units in world.carriers["task 0"].items():
        assert norms[site][units].tolist() == [0.0] * len(units)
    run = PlantedRun(world, "task 0", 0, ROWS)
    assert accuracy(run, zero(run, world.carriers["task 0"])) == accuracy(run)


def test_without_the_hub_every_task_breaks():
    world = CASES["hub"](0)
    for task in list(world.tasks)[::5]:
        run = PlantedRun(world, task, 0, ROWS)
        values = activations(run)[:, world.extras["hub"]["encoder.0.ffn"]]
        assert bool((values > 0).all())
        assert accuracy(run) > 0.9
        assert accuracy(run, zero(run, world.extras["hub"])) < 0.65


def test_a_backup_stands_in_for_the_primary_neurons_alone():
    world = CASES["backup"](0)
    run = PlantedRun(world, "task 0", 0, ROWS)
    first, second = world.carriers["task 0"], world.extras["backup of task 0"]
    assert float(activations(run)[:, 96 + second["encoder.1.ffn"]].max()) == 0
    assert accuracy(run, zero(run, first)) == pytest.approx(accuracy(run), abs=0.01)
    assert accuracy(run, zero(run, second)) == accuracy(run)
    assert accuracy(run, zero(run, {**first, **second})) < 0.65


@pytest.mark.parametrize(("case", "probed"), [("rotated", 0.93), ("superposed", 0.9)])
def test_a_probe_of_all_neurons_knows_what_no_neuron_does(case, probed):
    run = PlantedRun(CASES[case](0), "task 0", 0, {"train": 1500, "val": 9, "test": 400})
    fitted, asked = (activations(run, split).double() for split in ("train", "test"))
    labels, truth = run.labels("train", None), run.labels("test", None)
    fitted, asked = (torch.cat([v, torch.ones(len(v), 1)], 1) for v in (fitted, asked))
    weights = torch.linalg.lstsq(fitted, 2.0 * labels.double() - 1).solution
    assert float(((asked @ weights > 0) == truth.bool()).double().mean()) > probed
    above = asked[:, :-1] > fitted[:, :-1].mean(0)
    single = (above == truth.bool()[:, None]).double().mean(0)
    assert float(torch.maximum(single, 1 - single).max()) < 0.72


def test_awkward_neurons_are_what_they_are_called():
    world = CASES["graded"](0)
    run = PlantedRun(world, "three", 0, {"train": 2000, "val": 9, "test": 50})
    values = activations(run)
    kinds = {name: by_site["encoder.0.ffn"] for name, by_site in world.extras.items()}
    assert float(values[:, kinds["dead"]].abs().max()) == 0
    assert float(values[:, kinds["saturated"]].std(0).max()) == 0
    assert float(values[:, kinds["saturated"]].min()) > 0
    copies = values[:, kinds["copies"]]
    assert torch.allclose(copies, copies[:, :1].expand_as(copies), atol=1e-5)
    shares = run.labels("train", None).bincount() / 2000
    assert shares.tolist() == pytest.approx([0.48, 0.3, 0.22], abs=0.04)
    unsolved = PlantedRun(world, "unsolved", 0, ROWS).metrics()
    assert unsolved["test/accuracy"] < unsolved["test/majority"] + 0.1


def test_clustered_texts_say_the_same():
    examples = CASES["graded"](0).examples("close 2", "test", 40)
    own = set(range(2 + 3 * 2 * 2, 2 + 3 * 2 * 3))
    cues = [sorted((w - 2) // 3 for w in row if w in own) for row in examples.ids.tolist()]
    assert all(len({tuple(c) for c in cues[i : i + 4]}) == 1 for i in range(0, 40, 4))


def test_weights_start_at_zero_and_frozen():
    model = PlantedTransformer(4, 3, 2, 5, 2)
    assert all(not p.requires_grad and not p.any() for p in model.parameters())
