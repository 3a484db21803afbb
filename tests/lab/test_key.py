"""Keys of runs: what makes two runs different, and what must not."""

from dataclasses import replace

import pytest

from brodmann.config.compose import compose_train
from brodmann.config.groups import default_conf
from brodmann.errors import RequestError
from brodmann.lab.key import run_key, settings_that_count
from brodmann.lab.prepare import check_settings


def config(*more):
    return compose_train(["task=playground/sentiment", *more], [default_conf()])


def key(*more):
    return run_key(config(*more), "data", "model")


def test_new_settings_at_their_defaults_are_not_in_the_key():
    counted = settings_that_count(config())
    assert "labels" not in counted["data"]
    assert "label_seed" not in counted["data"]
    assert "pruned" not in counted["model"]
    assert "start" not in counted["training"]
    assert key() == key("data.labels=true") == key("data.label_seed=4")


def test_control_labels_are():
    assert settings_that_count(config("data.labels=control"))["data"]["labels"] == "control"
    control = key("data.labels=control")
    assert len({key(), control, key("data.labels=control", "data.label_seed=1")}) == 3


def test_the_folder_of_pruned_ffns_is_not_in_the_key_but_their_digest_is():
    one, two = config("model.pruned=/a"), config("model.pruned=/b")
    assert run_key(one, "d", "m") == run_key(two, "d", "m") != run_key(one, "d", "n")


def test_ways_of_initialisation_are_told_apart():
    kinds = ("pretrained", "random", "shuffled")
    assert len({key(f"model.init={kind}") for kind in kinds}) == 3


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("model.init=shufled", "shuffled"),
        ("data.labels=controll", "control"),
        ("data.label_seed=-1", "0 or more"),
    ],
)
def test_mistakes_name_key_and_what_to_type(tmp_path, wrong, said):
    with pytest.raises(RequestError, match=said) as error:
        check_settings(replace(config(wrong), runs_dir=str(tmp_path)))
    assert error.value.key == wrong.partition("=")[0]
