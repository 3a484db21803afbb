"""The facts of "What was run"."""

from types import SimpleNamespace

import pytest

from brodmann.config.schema import ModelConfig
from brodmann.config.studies import MoeficationSettings, StudySettings
from brodmann.studies.setting import named, setting
from brodmann.studies.suite import Job
from brodmann.tasks.functions import FunctionData


class Prepared(SimpleNamespace):
    """Sizes of a task's splits, trained on or asked."""


def prepared(asked):
    splits = {"train": range(2880), "val": range(0), "test": range(1440)}
    data = object.__new__(FunctionData) if asked else SimpleNamespace()
    for name, rows in splits.items():
        object.__setattr__(data, name, rows)
    config = SimpleNamespace(method=SimpleNamespace(name="frozen"), model=ModelConfig(name="nano"))
    return Prepared(data=data, config=config)


def facts(asked, seeds=(0, 1), own=None):
    one = prepared(asked)
    config = SimpleNamespace(functions=["a"] if asked else [], preset="quick",
                             study=own or StudySettings())  # fmt: skip
    suite = SimpleNamespace(config=config, prepare=lambda jobs: [one for _ in jobs])
    jobs = [Job("functions/playground/senses" if asked else "sst2", seed) for seed in seeds]
    return setting(suite, jobs, SimpleNamespace(attempts=1, others=2), "nano", 90.0)


def test_what_is_asked_and_not_trained_has_examples_and_no_seeds():
    found = facts(asked=True)
    assert found["playground/senses: examples (to choose neurons / kept apart)"] == "2,880 / 1,440"
    assert "seeds" not in found
    assert found["other finished analyses of these functions"] == 2


def test_what_is_trained_has_seeds_and_splits_and_the_examples_that_were_used():
    found = facts(asked=False, own=MoeficationSettings(test_rows=250))
    assert found["seeds"] == "0, 1"
    assert found["sst2: train / validation / test"] == "2,880 / 0 / 1,440"
    said = found["examples measured on, at most"]
    assert said == "2,000 train, 500 validation, 250 test"


@pytest.mark.parametrize("path", ["owner/roberta-base", "somewhere/models/roberta-base"])
def test_a_checkpoint_goes_by_its_own_name(path):
    assert named(ModelConfig(name="hf", path=path)) == "roberta-base"
    assert named(ModelConfig(name="roberta", path=path)) == "roberta"
