import pytest

from brodmann.cli.entry import run_entry
from brodmann.cli.first import say_first_of
from brodmann.errors import RequestError, RunError


def fails(error):
    def body(arguments):
        raise error

    return body


@pytest.mark.parametrize(
    ("error", "code"),
    [(RequestError("a", 1, "b", "c"), 2), (RunError("x"), 1), (ValueError("x"), 1)],
)
def test_exit_codes(error, code):
    assert run_entry(fails(error), []) == code


def test_a_log_is_named_only_when_there_is_one(capsys):
    run_entry(fails(ValueError("x")), [])
    assert capsys.readouterr().err == "failed: ValueError: x; debug=true shows the trace\n"
    noted = ValueError("x")
    noted.add_note("runs/a/train.log")
    run_entry(fails(noted), [])
    said = capsys.readouterr().err
    assert said.endswith("shows the trace, which is also in runs/a/train.log\n")


def test_of_several_jobs_the_first_is_named(capsys):
    say_first_of([["seed=0"]])
    assert capsys.readouterr().err == ""
    say_first_of([["seed=0"], ["seed=1"]])
    assert capsys.readouterr().err == "the first of 2 jobs is shown: seed=0\n"
