"""Checkpoints that cannot be followed are refused when the request is composed."""

import pytest

from brodmann.config.analysis import compose_study
from brodmann.config.groups import default_conf
from brodmann.config.series_checks import revision_pairs
from brodmann.config.studies import FEWEST
from brodmann.errors import RequestError
from brodmann.neurons.emergence import series

THREE = "study.revisions=[0:a,1:b,2:c]"


def compose(*overrides):
    return compose_study(["experiment=emergence", *overrides], [default_conf()])


@pytest.mark.parametrize(
    ("typed", "key", "said"),
    [
        (["study.revisions=[0:a]"], "study.revisions", "=[0:a]: these are fewer than 3"),
        (["study.revisions=[0:a,5:b]"], "study.revisions", "=[0:a,5:b]: these are fewer than 3"),
        (["study.revisions=[0:a,9:b,5:c]"], "study.revisions", "do not rise"),
        (["study.revisions=[0:a,0:b,5:c]"], "study.revisions", "do not rise"),
        (["study.revisions=[0:a,1,5:c]"], "study.revisions", "names no step"),
        (["study.runs=[x]", THREE], "study.revisions", "study.runs says already"),
        (["study.runs=[x,y,x]"], "study.runs", "x is named twice"),
        (["study.checkpoints=[5,2]"], "study.checkpoints", "=[5,2]: these steps do not rise"),
        (["study.checkpoints=[2,2]"], "study.checkpoints", "do not rise"),
        (["study.checkpoints=[-1,2]"], "study.checkpoints", "do not rise from 0"),
        (["study.checkpoints=[0,9]", "study.steps=9"], "study.checkpoints", "fewer than 3"),
        (["study.steps=1"], "study.steps", "give 2 or more"),
    ],
)
def test_what_cannot_be_followed_is_refused(typed, key, said):
    with pytest.raises(RequestError) as error:
        compose(*typed)
    assert error.value.key == key
    assert said in str(error.value)


def test_the_example_of_the_message_is_taken():
    with pytest.raises(RequestError) as error:
        revision_pairs(["main"])
    typed = error.value.hint.removeprefix("as in study.revisions=[").removesuffix("]")
    assert len(revision_pairs(typed.split(","))) == FEWEST


@pytest.mark.parametrize("typed", ["study.checkpoints=[0,3]", "study.steps=2", THREE])
def test_three_are_enough(typed):
    assert compose(typed).experiment == "emergence"


def test_the_least_number_is_that_of_the_core():
    assert FEWEST == series.FEWEST
