"""What is said of a sweep before its first job, and of its jobs afterwards."""

import io

import pytest
from rich.console import Console
from tests.cli.helper_request import overrides

from brodmann.config.request import read_request
from brodmann.config.schema import LauncherConfig
from brodmann.errors import RequestError
from brodmann.lab.launchers import check_launcher
from brodmann.lab.sweep import run_sweep


def sweep(*arguments):
    screen = Console(file=io.StringIO(), width=150)
    code = run_sweep(read_request(["-m", *arguments]), screen)
    return code, screen.file.getvalue()


def test_slurm_that_is_not_there_is_refused_with_what_to_type(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RequestError, match=r"no SLURM .* launcher\.cluster=local"):
        sweep(*overrides(tmp_path, "launcher=submitit", "seed=0,1"))
    assert not list((tmp_path / "runs").glob("train/csv*"))
    check_launcher(LauncherConfig(name="submitit", cluster="local"))


def test_an_unknown_cluster_is_refused(tmp_path):
    with pytest.raises(RequestError, match="did you mean slurm"):
        sweep(*overrides(tmp_path, "launcher=submitit", "launcher.cluster=slurmm"))


@pytest.mark.parametrize(
    ("swept", "job"),
    [
        ("training.epochs=1,0", "training.epochs=0"),
        ("task.label_words=[good,bad],[good,marvellous]", "task.label_words=[good,marvellous]"),
    ],
)
def test_a_refusal_says_which_job(tmp_path, swept, job):
    with pytest.raises(RequestError) as error:
        sweep(*overrides(tmp_path, swept))
    assert str(error.value).endswith(f" (job {job})")


@pytest.mark.slow
def test_lines_and_table_show_what_differs(tmp_path):
    code, said = sweep(
        *overrides(tmp_path, "training.max_steps=2", "preset=quick,standard", "method.length=2,3")
    )
    assert code == 0, said
    lines = [line for line in said.splitlines() if "seed 0" in line]
    assert len({line.partition("  ")[2] for line in lines}) == 4
    assert any("preset=quick  method.length=2" in line for line in lines)
    (head,) = [line for line in said.splitlines() if line.startswith("task")]
    assert head.split()[:5] == ["task", "model", "method", "preset", "method.length"]
    rows = said[said.index(head) :].splitlines()[1:5]
    assert {tuple(row.split()[3:6]) for row in rows} == {
        (preset, length, "1/1") for preset in ("quick", "standard") for length in "23"
    }
