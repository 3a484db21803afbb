"""After a pre-training: the command that follows its checkpoints, where that can be done."""

import json
import shlex
import shutil

import pytest
from rich.console import Console
from tests.tiny import checkpoint, worldly

from brodmann.cli.analyze import _check_runs
from brodmann.config.analysis import compose_study
from brodmann.config.compose import compose_train
from brodmann.config.request import Request
from brodmann.lab.checkpoints import FOLDER, INDEX, folder_name
from brodmann.lab.prepare import prepare
from brodmann.report.terminal import next_command


@pytest.fixture
def done(tmp_path):
    """Makes a run of a tiny model that kept so many checkpoints."""
    corpus = tmp_path / "all.txt"
    corpus.write_text("\n\n".join(f"w{i % 80} w{i // 80} " * 9 for i in range(400)))

    def make(model, count):
        typed = ["task=corpus/text", "method=pretrain", "model=hf", f"model.path={model}",
                 f"data.path={corpus}", f"runs_dir={tmp_path / 'runs'}", "data.max_length=16",
                 "preset=quick", "trainer=cpu", "logger=none"]  # fmt: skip
        prepared = prepare(compose_train(typed))
        place = prepared.folder.path / FOLDER
        for step in range(count):
            shutil.copytree(model, place / folder_name(step))
        entries = [{"step": step, "sha256": str(step)} for step in range(count)]
        (place / INDEX).write_text(json.dumps({"run": "r", "steps": count, "entries": entries}))
        return prepared, Request(typed)

    return make


def test_a_pretraining_is_followed_by_the_study_of_its_checkpoints(done):
    prepared, request = done(worldly("bert"), 3)
    words = shlex.split(next_command(prepared, request))
    assert words[:3] == ["python", "analyze.py", "experiment=emergence"]
    assert f"study.runs=[{prepared.folder.path}]" in words
    assert {"trainer=cpu", "logger=none", "preset=quick"} <= set(words)
    config = compose_study(words[2:], request.conf_dirs)
    _check_runs(config, request.conf_dirs, Console(quiet=True))


@pytest.mark.parametrize(("model", "count"), [(worldly, 2), (checkpoint, 3)])
def test_a_command_that_would_be_refused_is_not_offered(done, model, count):
    assert next_command(*done(model("bert"), count)).startswith("python train.py")
