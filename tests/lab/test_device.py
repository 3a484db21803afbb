"""How many CPU threads a run takes."""

import pytest

from brodmann.config.schema import TrainerConfig
from brodmann.lab.device import threads_of, usable_cores


@pytest.mark.parametrize(
    ("wished", "threads"),
    [("1", 1), ("1,4", 1), ("0", 1), ("100000", None), ("", None), ("x", None)],
)
def test_threads_are_those_of_the_environment_and_no_more_than_there_are(
    monkeypatch, wished, threads
):
    monkeypatch.setenv("OMP_NUM_THREADS", wished)
    assert threads_of(TrainerConfig()) == (threads or usable_cores())


def test_a_request_outweighs_the_environment(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert threads_of(TrainerConfig(threads=3)) == 3


def test_all_cores_when_nothing_is_said(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert threads_of(TrainerConfig()) == usable_cores()
