from __future__ import annotations

import pytest

from brodmann.config.schema import DataConfig, PlaygroundTask
from brodmann.errors import RequestError
from brodmann.playground import TASKS, generate
from brodmann.tasks import load_task


def task(**settings: object) -> PlaygroundTask:
    known = {"name": "p", "backbone": "nano", "factor": "sentiment", "classes": ["no", "yes"]}
    return PlaygroundTask(**{**known, "train": 60, "val": 12, "test": 20, **settings})


@pytest.mark.parametrize("factor", sorted(TASKS))
def test_rows_are_those_of_the_language(factor: str) -> None:
    found = load_task(task(factor=factor), DataConfig())
    for role, examples in (("train", found.train), ("val", found.val), ("test", found.test)):
        texts, labels = generate(factor, role, getattr(task(), role), seed=0)
        rows = found.indices[role]
        assert examples.inputs == [texts[i] for i in rows]
        assert examples.labels.tolist() == [labels[i] for i in rows]


def test_the_languages_seed_moves_the_digest_and_caps_hold() -> None:
    found = load_task(task(), DataConfig(max_train=10, max_test=4))
    assert (len(found.train), len(found.val), len(found.test)) == (10, 4, 4)
    assert found.digest == load_task(task(), DataConfig()).digest
    assert found.digest != load_task(task(seed=1), DataConfig()).digest


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"factor": "sentimnet"}, "did you mean sentiment"), ({"val": 1}, "task.val=1: .*2 or more")],
)
def test_wrong_requests(settings: dict, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        load_task(task(**settings), DataConfig())
