"""Series that a study is given: refused before a model is loaded."""

import json
import shutil
import subprocess
import sys

import pytest
from tests.tiny import checkpoint

from brodmann.backbones.checkpoint import weight_files, weights_digest
from brodmann.config.analysis import compose_study
from brodmann.config.groups import default_conf
from brodmann.errors import RequestError
from brodmann.lab.checkpoints import folder_name
from brodmann.lab.given_series import check_series, given_runs


def run(folder, family="bert", count=3):
    """A run's folder, as its index tells it."""
    steps = list(range(count))
    for step in steps:
        shutil.copytree(checkpoint(family), folder / "checkpoints" / folder_name(step))
    digest = weights_digest(weight_files(checkpoint(family)))
    entries = [{"step": step, "sha256": f"{digest}{step}"} for step in steps]
    index = {"run": folder.name, "steps": steps[-1], "entries": entries}
    (folder / "checkpoints" / "index.json").write_text(json.dumps(index))
    return str(folder)


def check(*overrides):
    conf = [default_conf()]
    return check_series(compose_study(["experiment=emergence", *overrides], conf), conf)


def change(folder, name, **values):
    path = next(iter(sorted(folder.glob("*/*"), reverse=True))) / name
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_runs_of_one_model_pass(tmp_path):
    folders = [run(tmp_path / name) for name in "ab"]
    change(tmp_path / "b", "config.json", transformers_version="another")
    assert [one.steps for one in given_runs(folders)] == [(0, 1, 2)] * 2


@pytest.mark.parametrize(
    ("family", "name", "said"),
    [
        ("roberta", None, "of config.json"),
        ("bert", "config.json", "hidden_act of config.json differs"),
        ("bert", "tokenizer.json", "tokenizer.json differs"),
    ],
)
def test_runs_of_different_models_are_refused(tmp_path, family, name, said):
    folders = [run(tmp_path / "a"), run(tmp_path / "b", family)]
    if name:
        change(tmp_path / "b", name, hidden_act="relu")
    with pytest.raises(RequestError, match="these two runs are of different models") as error:
        check(f"study.runs=[{','.join(folders)}]")
    assert said in error.value.problem
    assert all(folder in str(error.value) for folder in folders)


def test_a_run_of_two_checkpoints_is_refused(tmp_path):
    folder = run(tmp_path / "a", count=2)
    with pytest.raises(RequestError, match=r"study\.runs=.*this run has 2 of the 3 checkpoints"):
        check(f"study.runs=[{folder}]")


def test_revisions_need_a_checkpoint_with_a_path():
    with pytest.raises(RequestError, match=r"study\.revisions=\[0:a,1:b,2:c\]: model=nano_causal"):
        check("study.revisions=[0:a,1:b,2:c]")


def test_a_revision_without_a_copy_is_named_under_the_key_that_was_typed(tmp_path):
    for name in ("m", "m@a", "m@c"):
        shutil.copytree(checkpoint("bert"), tmp_path / "owner" / name)
    given = ("model=hf", "model.path=owner/m", f"data.mirror={tmp_path}")
    with pytest.raises(RequestError, match="no local copy of revision b") as error:
        check(*given, "study.revisions=[0:a,1:b,2:c]")
    assert (error.value.key, error.value.value) == ("study.revisions", "[0:a,1:b,2:c]")
    assert str(tmp_path / "owner" / "m@b") in error.value.hint
    check(*given, "study.revisions=[0:a,1:c,2:main]")


def test_they_are_refused_by_the_command_without_torch(tmp_path):
    code = (
        "import sys; from brodmann.cli.analyze import main\n"
        "from brodmann.errors import RequestError\n"
        "try: main(['experiment=emergence', *sys.argv[1:]])\n"
        "except RequestError as error: print(error); sys.exit('torch' in sys.modules)\n"
        "sys.exit(2)"
    )
    typed = f"study.runs=[{run(tmp_path / 'a', count=1)}]"
    ended = subprocess.run([sys.executable, "-c", code, typed, f"runs_dir={tmp_path}"],
                           capture_output=True, text=True)  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert "this run has 1 of the 3" in ended.stdout
