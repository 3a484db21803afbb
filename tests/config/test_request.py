import pytest

from brodmann.config.request import Request, naming, own_overrides, read_request
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


def test_a_refusal_names_the_job_it_is_of():
    jobs = Request(["a=1", "seed=0,1"], multirun=True).jobs()
    wrong = RequestError("a", 1, "wrong", "try 2")
    with (
        pytest.raises(RequestError, match=r"^a=1: wrong; try 2 \(job seed=1\)$"),
        naming(own_overrides(jobs)[1]),
    ):
        raise wrong
    with (
        pytest.raises(RequestError, match="^a=1: wrong; try 2$"),
        naming(own_overrides(jobs[:1])[0]),
    ):
        raise wrong


def test_hydras_spelling_of_the_launcher_is_understood():
    request = read_request(["hydra/launcher=joblib", "hydra.launcher.n_jobs=2"])
    assert request.overrides == ["launcher=joblib", "launcher.n_jobs=2"]


def test_unknown_flag():
    with pytest.raises(RequestError, match="no such flag"):
        read_request(["--gpu"])


def test_a_list_may_be_typed_in_brackets_instead():
    with pytest.raises(RequestError, match=r"add -m, or type parts=\[a,b\] for a list"):
        Request(["parts=a,b"], lists=("parts",)).jobs()
    with pytest.raises(RequestError, match=r"add -m$"):
        Request(["preset=a,b"], lists=("parts",)).jobs()
