"""The studies of functions from a request to its folder, on tiny models and the playground."""

import csv
import json
import shutil

import pytest
from safetensors import safe_open

import brodmann
from brodmann.errors import RequestError, RunError
from brodmann.lab.files import read_json
from brodmann.lab.trained import get_or_train
from brodmann.neurons.files import MadeFrom
from brodmann.neurons.partition.files import load_partition
from brodmann.studies import suite
from tiny import worldly

FUNCTIONS = "functions=[playground/senses,playground/tasks]"
SMALL = (
    "task.per_label=9", "task.least=3", "task.questions=3", "logger=none", "trainer=cpu",
    "trainer.threads=1", "preset=quick",
)  # fmt: skip


def overrides(tmp_path, family="bert"):
    return ["model=hf", f"model.path={worldly(family)}", f"runs_dir={tmp_path}", *SMALL]


def tables(folder):
    return {
        path.stem: list(csv.DictReader(path.read_text().splitlines()))
        for path in folder.glob("tables/*.csv")
    }


def claims(folder):
    return {one["id"]: one for one in read_json(folder / "claims.json") if one["scope"] == "pooled"}


@pytest.mark.parametrize("family", ["bert", "llama"])
def test_specialization_runs_to_its_report(tmp_path, family):
    done = brodmann.analyze([
        "experiment=specialization", FUNCTIONS, "study.permutations=9", "study.twins=1",
        "study.top=0.05", *overrides(tmp_path, family),
    ])  # fmt: skip
    assert set(claims(done.folder)) == {"EM-1a", "EM-1b", "EM-2"}
    rows = tables(done.folder)
    assert len(rows["best_neurons"]) == 6
    assert {row["function"] for row in rows["likeness"]} == {"senses", "tasks"}
    assert (done.folder / "report.html").stat().st_size > 10_000
    again = brodmann.analyze([
        "experiment=specialization", FUNCTIONS, "study.permutations=9", "study.twins=1",
        "study.top=0.05", *overrides(tmp_path, family),
    ])  # fmt: skip
    assert again.reused


@pytest.mark.parametrize("tokens", ["target", "last", "content"])
def test_other_tokens_can_be_asked_for(tmp_path, tokens):
    done = brodmann.analyze([
        "experiment=specialization", "functions=[playground/senses]", "parts=[detection]",
        "study.permutations=9", "study.twins=0", f"study.tokens={tokens}", *overrides(tmp_path),
    ])  # fmt: skip
    assert claims(done.folder)["EM-1a"]["effect"] is not None


def modularity(tmp_path, *more):
    return brodmann.analyze([
        "experiment=modularity", FUNCTIONS, "study.permutations=9", "study.twins=1",
        "study.expert_size=8", "study.top=0.05", "study.random_draws=2", "study.doses=[0.1,0.3]",
        "study.random_partitions=2", "study.damage_rows=2", *more, *overrides(tmp_path),
    ])  # fmt: skip


def test_modularity_runs_to_its_report_and_keeps_its_partitions(tmp_path):
    done = modularity(tmp_path)
    found = claims(done.folder)
    assert set(found) == {"EM-3", "EM-4", "EM-5a", "EM-5b", "EM-6", "EM-7"}
    assert found["EM-7"]["verdict"] == "untestable"
    assert {"experts", "variance", "functions", "discoveries", "damage"} <= set(tables(done.folder))
    path = done.folder / "partitions" / "clustering.safetensors"
    with safe_open(path, framework="pt") as file:
        head = json.loads(file.metadata()["brodmann"])
    digest = head["made_from"]["backbone"]
    made = load_partition(path, MadeFrom(digest, digest))
    assert made.experts == 8
    assert {len(labels) for labels in made.expert_of.values()} == {64}
    assert made.info["method"] == "clustering"
    with pytest.raises(RunError, match="made from"):
        load_partition(path, MadeFrom("another", "another"))


def test_an_expert_size_that_does_not_divide_is_a_wrong_request(tmp_path):
    with pytest.raises(RequestError, match=r"study\.expert_size=7.*divisor of 64"):
        modularity(tmp_path, "study.expert_size=7")


def test_functions_are_not_trained_on(tmp_path):
    for method in ("prompt", "frozen"):
        with pytest.raises(RequestError, match="experiment=modularity"):
            brodmann.train(["task=functions/playground/senses", f"method={method}",
                            *overrides(tmp_path)])  # fmt: skip


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory):
    """A tiny pre-training with checkpoints."""
    tmp_path = tmp_path_factory.mktemp("pretrained")
    done = brodmann.train([
        "task=corpus/world", "method=pretrain", "model=hf", f"model.path={worldly('bert')}",
        "task.size=400", "data.max_length=32", "training.max_steps=4", "training.batch_size=4",
        "logger=none", "trainer=cpu", "trainer.threads=1", "preset=quick", f"runs_dir={tmp_path}",
    ])  # fmt: skip
    return done.folder


def emergence(tmp_path, *more):
    return brodmann.analyze([
        "experiment=emergence", FUNCTIONS, "seed=0", "study.permutations=3",
        "study.expert_size=8", "study.top=0.05", "study.random_partitions=2", *more,
        *overrides(tmp_path),
    ])  # fmt: skip


def test_emergence_follows_a_given_run(tmp_path, pretrained):
    done = emergence(tmp_path, f"study.runs=[{pretrained}]")
    assert claims(done.folder)["EM-8"]["verdict"] == "untestable"
    steps = [int(row["step"]) for row in tables(done.folder)["appearance"]]
    assert steps == [0, 1, 2, 4]
    page = (done.folder / "report.html").read_text()
    assert page.count(f" {pretrained.name}, these") + page.count(f">{pretrained.name}<") == 2
    assert "<dt>seeds</dt>" not in page
    assert {"times", "stabilisation", "half_times"} <= set(tables(done.folder))


def public(mirror, run, steps):
    """A run's checkpoints as local copies of a public model's revisions; what asks for them."""
    for step, of in steps.items():
        shutil.copytree(run / "checkpoints" / f"step-{of:08d}", mirror / "owner" / f"bert@r{step}")
    wanted = ",".join(f"{step}:r{step}" for step in steps)
    return ["model.path=owner/bert", f"data.mirror={mirror}", f"study.revisions=[{wanted}]"]


def of_revisions(tmp_path, wanted):
    return brodmann.analyze([
        "experiment=emergence", FUNCTIONS, "seed=0", "study.permutations=3",
        "study.expert_size=8", "study.top=0.05", "study.random_partitions=2",
        *overrides(tmp_path), *wanted,
    ])  # fmt: skip


def test_emergence_follows_public_revisions(tmp_path, pretrained):
    done = of_revisions(tmp_path, public(tmp_path / "hub", pretrained, {0: 0, 2: 2, 4: 4}))
    assert [int(row["step"]) for row in tables(done.folder)["appearance"]] == [0, 2, 4]
    assert claims(done.folder)["EM-8"]["verdict"] == "untestable"
    assert not list(tmp_path.glob("train/corpus*"))


def test_public_revisions_with_the_same_weights_are_refused_by_the_study(tmp_path, pretrained):
    wanted = public(tmp_path / "hub", pretrained, {0: 0, 2: 2, 3: 2, 4: 4})
    with pytest.raises(RequestError, match=r"study\.revisions.*different steps: 2, 3"):
        of_revisions(tmp_path, wanted)


def test_emergence_trains_its_own_runs_one_for_each_seed(tmp_path, monkeypatch):
    asked = []

    def counted(runs, *more):
        asked.append(len(runs))
        get_or_train(runs, *more)

    monkeypatch.setattr(suite, "get_or_train", counted)
    done = brodmann.analyze([
        "experiment=emergence", FUNCTIONS, "seed=[0,1]", "study.permutations=3", "study.steps=3",
        "study.expert_size=8", "study.top=0.05", "study.random_partitions=2",
        "data.max_length=32", *overrides(tmp_path),
    ])  # fmt: skip
    assert {row["run"] for row in tables(done.folder)["times"]} == {"1", "2"}
    assert "<dt>seeds</dt><dd>0, 1</dd>" in (done.folder / "report.html").read_text()
    assert len(list(tmp_path.glob("train/corpus.world-hf-pretrain-*"))) == 2
    assert asked == [2]
    assert "2 runs of corpus.world-hf-pretrain" in (done.folder / "report.html").read_text()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("study.runs=[nowhere]", r"study\.runs=nowhere: this folder holds no step checkpoints"),
        ("study.revisions=[main]", "this names no step and revision"),
    ],
)
def test_series_that_are_not_there(tmp_path, more, words):
    with pytest.raises(RequestError, match=words):
        emergence(tmp_path, more)
