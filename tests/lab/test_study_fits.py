"""What a model or a function does not have is refused before anything is loaded."""

import pytest
from rich.console import Console
from tests.tiny import worldly

from brodmann.config.analysis import compose_study, training_overrides
from brodmann.config.groups import default_conf
from brodmann.errors import RequestError
from brodmann.lab.jobs import prepare_jobs
from brodmann.lab.study_fits import check_fits

FUNCTIONS = "functions=[playground/senses,playground/tasks]"


def check(tmp_path, name, family, *more):
    conf = [default_conf()]
    typed = ["model=hf", f"model.path={worldly(family)}", f"runs_dir={tmp_path}", *more]
    config = compose_study([f"experiment={name}", *typed], conf)
    wanted = [training_overrides(config, task, config.seed[0]) for task in config.task]
    check_fits(config, prepare_jobs(wanted, conf, Console(quiet=True)))


@pytest.mark.parametrize("rows", ["gate", "both"])
@pytest.mark.parametrize("name", ["modularity", "moefication"])
def test_rows_of_a_gate_need_one(tmp_path, name, rows):
    typed = ("trainer=cpu", "readout.name=classifier") if name == "moefication" else (FUNCTIONS,)
    with pytest.raises(RequestError, match=f"study.rows={rows}: .*; type study.rows=up") as error:
        check(tmp_path, name, "bert", f"study.rows={rows}", *typed)
    assert "model=hf have no gate" in error.value.problem
    check(tmp_path, name, "bert", "study.rows=output", *typed)
    family = {"modularity": "llama", "moefication": "modernbert"}[name]
    check(tmp_path, name, family, f"study.rows={rows}", *typed)


def test_rows_do_not_matter_without_clusters(tmp_path):
    more = ("trainer=cpu", "readout.name=classifier", "study.partitions=[random]")
    check(tmp_path, "moefication", "bert", "study.rows=gate", *more)


def test_target_tokens_need_functions_about_words(tmp_path):
    said = r"study\.tokens=target: functions=\[playground/tasks\] asks about no single word; .*"
    with pytest.raises(RequestError, match=said + r"functions=\[playground/senses\]"):
        check(tmp_path, "specialization", "bert", FUNCTIONS, "study.tokens=target")
    check(tmp_path, "specialization", "bert", FUNCTIONS, "study.tokens=content")
    check(tmp_path, "specialization", "bert", "functions=[playground/senses]",
          "study.tokens=target")  # fmt: skip
