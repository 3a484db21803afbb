from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from brodmann.config.schema import DataConfig, TextTask
from brodmann.tasks import load_task


def news(n: int, with_titles: bool, prefix: str) -> dict[str, list[Any]]:
    """Every tenth text comes from an agency, as in AG News."""
    title = "A Day of {i} (AP) " if with_titles else ""
    texts = [(title.format(i=i) if i % 10 == 0 else "") + f"AP - {prefix} {i}" for i in range(n)]
    return {"sentence": texts, "label": [i % 2 for i in range(n)]}


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("test", [True, False])
def test_titles_in_all_splits_or_in_none(
    toy: Callable[..., TextTask], mirror: Path, train: bool, test: bool
) -> None:
    splits = {"train": news(500, train, "x"), "validation": news(100, test, "y")}
    found = load_task(toy(splits, title="alike"), DataConfig(mirror=str(mirror)))
    mixed = {any("(AP)" in text for (text,) in part.inputs) for part in (found.train, found.test)}
    assert mixed == {train}
    assert len(found.test) == 100
    own_test = found.test.inputs[0][0].endswith("y 0")
    assert own_test == (train == test)
    assert [("titles" in note) for note in found.notes] == [True] * (train != test)


def test_without_the_rule_texts_are_taken_as_they_are(
    toy: Callable[..., TextTask], mirror: Path
) -> None:
    splits = {"train": news(500, False, "x"), "validation": news(100, True, "y")}
    found = load_task(toy(splits), DataConfig(mirror=str(mirror)))
    assert found.test.inputs[0] == ("A Day of 0 (AP) AP - y 0",)
