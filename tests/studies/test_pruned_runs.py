"""Work on pruned runs, with a tiny backbone whose prompts nothing has trained."""

import numpy as np
import pytest
import torch
from tests.cli.helper_request import overrides

from brodmann.config.compose import compose_train
from brodmann.config.groups import default_conf
from brodmann.lab.prepare import prepare
from brodmann.neurons.interventions import Intervention, intervene
from brodmann.studies.examined import examine
from brodmann.studies.measuring import write
from brodmann.studies.skill_neurons.pruned_runs import answers, latency, pruned_ffns
from brodmann.studies.skill_neurons.scan import scan

SITES = ("encoder.0.ffn", "encoder.1.ffn")
ROWS = 40


def run(folder, *more):
    words = ("method=frozen", "method.length=4", "readout.name=label_words", *more)
    return prepare(compose_train(overrides(folder, *words), [default_conf()]))


@pytest.fixture
def inputs():
    generator = torch.Generator().manual_seed(1)
    keep = {f"keep/{s}": torch.rand(64, generator=generator) < 0.2 for s in SITES}
    return keep | {f"mean/{s}": torch.randn(64, generator=generator) for s in SITES}


@pytest.fixture
def cut(tmp_path, inputs):
    """A run and the same run on the pruned backbone."""
    whole, path = run(tmp_path), tmp_path / "cut's, x.safetensors"
    write(path, pruned_ffns(whole, fold_kept=False, inputs=inputs))
    quoted = str(path).replace("'", "\\'")
    return whole, run(tmp_path, f"model.pruned='{quoted}'")


def masked_logits(prepared, inputs):
    """The whole model with every removed neuron at its mean, by intervention."""
    examined = examine(prepared)
    masks = {s: ~inputs[f"keep/{s}"] for s in SITES}
    means = {s: inputs[f"mean/{s}"] for s in SITES}
    arm = [Intervention("set", masks, "all", values=means)]
    found = torch.empty(ROWS, 2)
    with torch.inference_mode():
        for batch in examined.batches("test", ROWS):
            ready = examined.subject.prepare(batch)
            with intervene(examined.subject.model, examined.subject.sites, ready, arm):
                found[ready.rows] = examined.subject.predict(ready.inputs)
    return found


def test_pruned_runs_answer_as_the_whole_one_with_neurons_at_their_mean(cut, inputs):
    whole, small = cut
    told = answers(small, ROWS)
    torch.testing.assert_close(told.tensors["logits"], masked_logits(whole, inputs),
                               rtol=0, atol=1e-4)  # fmt: skip
    assert not torch.allclose(told.tensors["logits"], answers(whole, ROWS).tensors["logits"])
    assert told.info["widths"] == {s: int(inputs[f"keep/{s}"].sum()) for s in SITES}


def test_parameters_and_labels(cut, inputs):
    whole, small = (answers(one, ROWS) for one in cut)
    removed = sum(int((~inputs[f"keep/{s}"]).sum()) for s in SITES)
    assert whole.info["parameters"] - small.info["parameters"] == removed * (2 * 32 + 1)
    examined = examine(cut[0])
    assert torch.equal(whole.tensors["labels"], examined.labels("test", ROWS))
    assert torch.equal(whole.tensors["labels"], small.tensors["labels"])


def test_pruned_runs_have_folders_of_their_own(cut):
    whole, small = cut
    assert whole.folder.path != small.folder.path
    assert whole.folder.path.name.rpartition("-")[0] == small.folder.path.name.rpartition("-")[0]


def test_the_released_mistake_moves_the_bias(tmp_path, inputs):
    right, wrong = (pruned_ffns(run(tmp_path), fold, inputs).tensors for fold in (False, True))
    name = "encoder.layer.0.output.dense"
    kept = inputs[f"keep/{SITES[0]}"]
    twice = right[f"{name}.weight"] @ inputs[f"mean/{SITES[0]}"][kept]
    torch.testing.assert_close(wrong[f"{name}.bias"], right[f"{name}.bias"] + twice)
    assert torch.equal(wrong[f"{name}.weight"], right[f"{name}.weight"])


def test_latency_takes_turns_and_leaves_threads_alone(cut):
    threads = torch.get_num_threads()
    timed = latency(cut[1], [1, 8], pairs=4)
    assert torch.get_num_threads() == threads
    assert timed.tensors["cpu/1"].shape == (2, 4)
    assert bool((timed.tensors["cpu/8"] > 0).all())
    assert ("cuda" in timed.info["devices"]) == torch.cuda.is_available()


def test_the_scan_keeps_the_means_at_the_prompts(tmp_path):
    prepared = run(tmp_path)
    found = scan(prepared, 30, 30, 30, with_mask=False, measure="balanced", permutations=2, top=1)
    examined, values = examine(prepared), []
    module = dict(examined.subject.model.named_modules())[examined.subject.sites[1].path]
    handle = module.register_forward_pre_hook(lambda _, given: values.append(given[0]))
    means = []
    with torch.inference_mode():
        for batch in examined.batches("train", 30):
            ready = examined.subject.prepare(batch)
            examined.subject.predict(ready.inputs)
            means.append(values[-1][ready.masks.prompt].double().numpy())
    handle.remove()
    wanted = np.concatenate(means).mean(0)
    np.testing.assert_allclose(found.tensors[f"prompt_mean/{SITES[1]}"].numpy(), wanted, atol=1e-5)
