import pytest

from brodmann.config.request import Request, read_request
from brodmann.errors import RequestError


def test_jobs_are_the_product_in_the_order_typed():
    request = read_request(["-m", "task=a,b", "seed=0,1", "x=[1,2]"])
    assert request.jobs() == [
        ["task=a", "seed=0", "x=[1,2]"],
        ["task=a", "seed=1", "x=[1,2]"],
        ["task=b", "seed=0", "x=[1,2]"],
        ["task=b", "seed=1", "x=[1,2]"],
    ]


def test_several_values_without_m_are_refused():
    with pytest.raises(RequestError, match="add -m"):
        Request(["seed=0,1"]).jobs()


@pytest.mark.parametrize("text", ["=3", "a", "~seed", "a=[1"])
def test_malformed_overrides_are_refused(text):
    with pytest.raises(RequestError):
        Request([text]).jobs()


def test_a_word_without_a_value_has_no_stray_sign():
    with pytest.raises(RequestError, match=r"^foo: this is not .*; type foo=VALUE"):
        Request(["foo"]).jobs()


def test_hydras_spelling_of_the_launcher_is_understood():
    request = read_request(["hydra/launcher=joblib", "hydra.launcher.n_jobs=2"])
    assert request.overrides == ["launcher=joblib", "launcher.n_jobs=2"]


def test_unknown_flag():
    with pytest.raises(RequestError, match="no such flag"):
        read_request(["--gpu"])
