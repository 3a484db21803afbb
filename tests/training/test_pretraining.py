"""Pre-training runs from the request to the checkpoints, on a tiny model."""

import csv
import json

import pytest
import torch
from safetensors.torch import load_file
from tests.cli.helper_request import overrides
from tests.tiny import checkpoint
from tests.training.pretraining import pretraining
from transformers import AutoModelForMaskedLM

import brodmann
from brodmann.backbones.checkpoint import weight_files, weights_digest
from brodmann.callbacks.checkpoints import StepCheckpoints
from brodmann.config.compose import compose_train
from brodmann.errors import RequestError
from brodmann.lab.checkpoints import read_series
from brodmann.lab.prepare import prepare

RESULTS = ("method.safetensors", "splits.safetensors", "history.csv", "checkpoints/index.json")
PROBE = ("method.probe_task=playground/sentiment", "method.probe_size=40")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An uninterrupted run, and where its corpus lies."""
    folder = tmp_path_factory.mktemp("whole")
    return brodmann.train(pretraining(folder)), folder


def test_a_run_leaves_metrics_history_and_a_series(whole):
    run, _ = whole
    metrics = run.metrics
    assert metrics["train/steps"] == 12
    assert metrics["train/best_step"] == 12, "the last tensors are the result"
    assert metrics["parameters/trained"] == metrics["parameters/total"]
    loss = torch.tensor(metrics["val/loss"])
    assert metrics["val/perplexity"] == pytest.approx(float(loss.exp()), rel=1e-4)
    assert metrics["train/tokens"] == 12 * 8 * 16
    speed = metrics["train/samples_per_second"]
    assert metrics["train/tokens_per_second"] == pytest.approx(16 * speed)
    assert 0 < metrics["test/majority"] < 0.5
    series = read_series(run.folder)
    assert series.name == run.folder.name
    assert series.steps == (0, 1, 2, 4, 8, 12)
    assert [entry.tokens for entry in series.entries] == [s * 8 * 16 for s in series.steps]
    assert series.entries[-1].val_loss == pytest.approx(metrics["val/loss"])
    assert [e.step for e in series.entries if e.val_loss is not None] == [12]


def test_noted_rates_are_those_of_the_steps(whole):
    run, _ = whole
    settings = compose_train(pretraining(whole[1]))
    warmup = round(settings.optimizer.warmup * 12)
    for entry in read_series(run.folder).entries:
        step = entry.step - 1
        left = (12 - step) / (12 - warmup)
        wanted = 0.0 if entry.step == 0 else min(1.0, left, (step + 1) / warmup) * 1e-3
        assert entry.lr == pytest.approx(wanted), entry.step


def test_checkpoints_are_ordinary_ones(whole):
    run, _ = whole
    first, last = (read_series(run.folder).entries[place] for place in (0, -1))
    trained = load_file(run.folder / "method.safetensors")
    model = AutoModelForMaskedLM.from_pretrained(last.folder)
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(
            parameter.data, trained[f"backbone.model.{name}"], rtol=0, atol=0
        )
    assert weights_digest(weight_files(first.folder)) == first.sha256
    assert {t.dtype for t in load_file(first.folder / "model.safetensors").values()} == {
        torch.float32
    }
    config = json.loads((last.folder / "config.json").read_text())
    assert config["architectures"] == ["BertForMaskedLM"]


def test_a_checkpoint_is_tuned_like_any_model(whole, tmp_path):
    place = read_series(whole[0].folder).entries[-1].folder
    request = [one for one in overrides(tmp_path) if not one.startswith("model")]
    done = brodmann.train(
        [*request, "model=hf", f"model.path={place}", "training.max_steps=2", "method.length=3"]
    )
    assert done.metrics["train/steps"] == 2


def test_weights_start_from_the_runs_seed(tmp_path):
    digests = []
    for more in ((), ("seed=4",), ("data.split_seed=1",), ("model.init=pretrained",)):
        run = brodmann.train(pretraining(tmp_path, "training.max_steps=1", *more))
        digests.append(read_series(run.folder).entries[0].sha256)
    random, other_seed, other_split, pretrained = digests
    assert random == other_split
    assert len({random, other_seed, pretrained}) == 3
    assert pretrained == weights_digest(weight_files(checkpoint("bert")))


@pytest.mark.parametrize(("family", "below"), [("bert", 3.2), ("gpt2", 1.6)])
def test_the_loss_goes_down_where_there_is_something_to_learn(family, below, tmp_path):
    """The next word of the corpus is certain; chance is log(20) = 3.0 of the words it has."""
    more = ("training.max_steps=150", "training.eval_every=150", "optimizer.lr=0.01")
    run = brodmann.train(pretraining(tmp_path, *more, family=family))
    with (run.folder / "history.csv").open() as file:
        losses = [float(row["train/loss"]) for row in csv.DictReader(file) if row["train/loss"]]
    assert losses[0] > 4
    assert run.metrics["val/loss"] < below
    assert run.metrics["test/accuracy"] > run.metrics["test/majority"]


class Stopped(Exception):
    """A run is stopped at a step, as by a lost machine."""


@pytest.mark.parametrize("step", [1, 4, 7, 10])
def test_a_stopped_run_goes_on_to_the_same_bytes(whole, tmp_path, step, monkeypatch):
    run, folder = whole
    request = [*pretraining(folder, *PROBE, "trainer.checkpoint_seconds=0"),
               f"runs_dir={tmp_path / 'whole'}"]  # fmt: skip
    alone = brodmann.train(request)
    keep, kept = StepCheckpoints._keep, []

    def stop(self, at):
        if at == step and step not in kept:
            kept.append(step)
            raise Stopped
        kept.append(at)
        keep(self, at)

    monkeypatch.setattr(StepCheckpoints, "_keep", stop)
    request[-1] = f"runs_dir={tmp_path / 'stopped'}"
    with pytest.raises(Stopped):
        brodmann.train(request)
    resumed = brodmann.train(request)
    assert kept.count(2) == 1, "it went on where it stopped"
    captured = [f"capture/{one.name}" for one in (alone.folder / "capture").iterdir()]
    assert len(captured) == 6
    for name in (*RESULTS, *captured):
        assert (resumed.folder / name).read_bytes() == (alone.folder / name).read_bytes(), name
    assert read_series(resumed.folder).steps == read_series(run.folder).steps


def test_capture_does_not_change_what_is_trained(whole):
    run, folder = whole
    probed = brodmann.train(pretraining(folder, *PROBE, "method.capture_steps=[3,6]"))
    for name in ("method.safetensors", "checkpoints/step-00000008/model.safetensors"):
        assert (probed.folder / name).read_bytes() == (run.folder / name).read_bytes()
    names = sorted(path.name for path in (probed.folder / "capture").iterdir())
    assert names == [f"step-{step:08d}.safetensors" for step in (0, 3, 6, 12)]
    found = load_file(probed.folder / "capture" / names[1])
    sites = [f"playground/sentiment/auroc/encoder.{block}.ffn" for block in (0, 1)]
    assert sorted(found) == sites
    assert all(scores.shape == (64, 1) for scores in found.values())
    assert 0 < probed.metrics["capture/share_of_time"] < 1
    with (probed.folder / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    best = {row["step"]: row["capture/playground/sentiment/best_auroc"] for row in rows
            if row["capture/playground/sentiment/best_auroc"]}  # fmt: skip
    assert list(best) == ["0", "3", "6", "12"]
    away = max(float((scores - 0.5).abs().max()) for scores in found.values())
    assert float(best["3"]) == pytest.approx(0.5 + away)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("data.max_length=97",), "data.max_length=97: the model has 96 positions"),
        (("data.max_length=90", "task.val_share=0.01"), "validation split is shorter than one"),
        (("method.objective=clm",), "type method.objective=mlm"),
        (("method.objective=nsp",), "method.objective=nsp: this is not known"),
        (("method.mask_rate=0",), "method.mask_rate=0.0: out of range"),
        (("method.checkpoints=[-1]",), "method.checkpoints=.*out of range"),
        (("method.checkpoints=[5,2]",), "method.checkpoints=.*out of range; .* rising"),
        (("method.capture_steps=[2,2]",), "method.capture_steps=.*out of range; .* rising"),
        (("method.checkpoints=[5,99]",), r"method.checkpoints=\[5,99\]: the run has 12 steps"),
        (("readout.name=classifier",), "readout.name=classifier: tokens are read by the LM head"),
        (("trainer=fsdp", "trainer.accelerator=cpu"), "trainer=fsdp: .*type trainer=ddp"),
        (("method=prompt",), "method=prompt: corpus/text has no labels.*type method=pretrain"),
        (("method.probe_task=digits",), "method.probe_task=digits: a probe needs texts"),
        (("method.probe_task=sst3",), "method.probe_task=sst3: there is no such task"),
        ((f"model.path={checkpoint('t5')}",), "a backbone of kind encoder_decoder"),
    ],
)  # fmt: skip
def test_what_cannot_be_pretrained_is_refused_before_it_starts(tmp_path, more, said):
    with pytest.raises(RequestError, match=said):
        prepare(compose_train(pretraining(tmp_path, *more)))
    assert not list((tmp_path / "runs").glob("train/*"))


def test_labelled_examples_are_no_corpus():
    with pytest.raises(RequestError, match="task=playground/sentiment: .*type task=corpus/"):
        prepare(compose_train(["method=pretrain"]))


def test_a_checkpoint_without_a_head_can_only_start_at_random(tmp_path):
    folder = tmp_path / "headless"
    AutoModelForMaskedLM.from_pretrained(checkpoint("bert")).bert.save_pretrained(folder)
    for path in checkpoint("bert").glob("tokenizer*"):
        (folder / path.name).write_bytes(path.read_bytes())
    more = (f"model.path={folder}", "training.max_steps=1")
    with pytest.raises(RequestError, match="no language-modelling head; type model.init=random"):
        prepare(compose_train(pretraining(tmp_path, *more, "model.init=pretrained")))
    assert brodmann.train(pretraining(tmp_path, *more)).metrics["train/steps"] == 1


def test_steps_beyond_a_run_that_its_corpus_ends_are_refused(tmp_path):
    more = ("method.checkpoints=[5,99]", "training.max_steps=null", "training.epochs=1",
            "data.max_train=40")  # fmt: skip
    with pytest.raises(RequestError, match=r"method.checkpoints=\[5,99\]: the run has \d+ steps"):
        brodmann.train(pretraining(tmp_path, *more))
