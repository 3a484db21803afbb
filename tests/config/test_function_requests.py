"""Requests for the studies of functions: what they are made of, and what they refuse."""

import pytest

from brodmann.config.analysis import compose_study, training_overrides
from brodmann.config.groups import default_conf
from brodmann.errors import RequestError

ABOUT_FUNCTIONS = ("specialization", "modularity", "emergence")
WRONG = {
    "specialization": {
        "study.tokens": "targte", "study.pooling": "median", "study.top": "1",
        "study.responsive": "0", "study.twins": "-1", "study.permutations": "0",
        "study.draw_seed": "-1",
    },
    "modularity": {
        "study.partition": "metis", "study.rows": "down", "study.noise": "nosie",
        "study.doses": "[0.2,0.1]", "study.disturb_from": "1", "study.expert_size": "0",
        "study.random_draws": "0", "study.alpha": "0", "study.damage_rows": "0",
        "study.partition_seeds": "0", "study.random_partitions": "0",
    },
    "emergence": {"study.tau": "1", "study.steps": "0", "study.lr": "0"},
}  # fmt: skip


def compose(name, *overrides):
    return compose_study([f"experiment={name}", *overrides], [default_conf()])


@pytest.mark.parametrize("name", ABOUT_FUNCTIONS)
def test_functions_are_the_suite_of_frozen_backbones(name):
    config = compose(name)
    assert config.task[0] == "functions/playground/senses"
    assert all(task.startswith("functions/playground/") for task in config.task)
    assert "method=frozen" in training_overrides(config, config.task[0], 0)


@pytest.mark.parametrize("name", ABOUT_FUNCTIONS)
@pytest.mark.parametrize("preset", ["quick", "standard", "faithful"])
def test_every_preset_composes(name, preset):
    assert compose(name, f"preset={preset}").preset == preset


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [(name, key, value) for name, keys in WRONG.items() for key, value in keys.items()],
)
def test_wrong_settings_name_their_key(name, key, value):
    with pytest.raises(RequestError) as error:
        compose(name, f"{key}={value}")
    assert error.value.key == key
    assert error.value.hint


def test_tasks_and_functions_are_not_mixed_up():
    with pytest.raises(RequestError, match="experiment=modularity is about functions"):
        compose("modularity", "task=[sst2]")
    with pytest.raises(RequestError, match="experiment=skill_neurons is about task"):
        compose("skill_neurons", "functions=[senses]")


@pytest.mark.parametrize("value", ["[]", "[senses,senses]"])
def test_suites_of_functions_are_checked(value):
    with pytest.raises(RequestError) as error:
        compose("modularity", f"functions={value}", "model=nano")
    assert error.value.key == "functions"


SAID = [
    ("modularity", ["functions=[sences]"], r"functions=\[sences\]: there .*did you mean senses"),
    ("modularity", ["functions=[playground/sense]"],
     r"functions=\[playground/sense\]: there is no playground/sense; did you mean playground/sen"),
    ("emergence", ["study.corpus=corpus/wrld"], "study.corpus=corpus/wrld: .*mean corpus/world"),
    ("emergence", ["task=corpus/world"], "task=corpus/world: .* study.corpus=corpus/world"),
    ("emergence", ["task=[sst2]"], r"task=\[sst2\]: .*; as in functions=\["),
    ("moefication", ["functions=[senses,facts]"], r"functions=\[senses,facts\]: .* is about task"),
    ("modularity", ["method=prompt"], "method=prompt: .*frozen backbones; leave out method="),
    ("modularity", ["top=0"], "top=0: there is no such key; did you mean study.top=0"),
    ("modularity", ["tokens=foo"], "tokens=foo: .*did you mean study.tokens=foo"),
    ("skill_neurons", ["rates=[0,1]"], r"rates=\[0,1\]: .*study.rates=\[0,1\]"),
    ("modularity", ["functions=[playground/senses,senses]"],
     r"different backbones \(playground/senses: nano_causal, senses: .*say which, with model="),
    ("skill_neurons", ["task=[playground/sentiment,sst2]"], "these name different backbones"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "typed", "said"), SAID)
def test_mistakes_are_said_in_the_keys_that_were_typed(name, typed, said):
    with pytest.raises(RequestError, match=said):
        compose(name, *typed)


def test_one_model_may_be_said_for_functions_of_different_backbones():
    typed = "functions=[playground/senses,senses]"
    assert compose("modularity", typed, "model=nano_causal").task[1] == "functions/senses"
    assert compose("emergence", typed, "study.runs=[somewhere]").task[1] == "functions/senses"
    assert compose("modularity", "method=frozen").experiment == "modularity"


def test_settings_of_functions_do_not_reach_the_corpus():
    config = compose("emergence", "task.per_label=40", "model=nano_causal")
    assert "task.per_label=40" in training_overrides(config, config.task[0], 0)
    corpus = training_overrides(config, config.study.corpus, 0, "method=pretrain")
    assert "task.per_label=40" not in corpus
    assert corpus[-1] == "method=pretrain"
