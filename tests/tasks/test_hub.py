from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from brodmann.config.schema import DataConfig, TextTask
from brodmann.errors import RequestError
from brodmann.tasks import hub, load_task

Toy = Callable[..., TextTask]


@pytest.fixture
def silent_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A hub that never answers, and an empty cache of ``datasets``."""
    import datasets

    monkeypatch.setattr(hub, "PATIENCE", 0.2)
    monkeypatch.setattr(hub, "_commit", lambda *_: time.sleep(5))
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "hub")
    return tmp_path / "hub"


@pytest.mark.usefixtures("silent_hub")
def test_a_hub_that_does_not_answer_is_said_in_time(toy: Toy) -> None:
    start = time.monotonic()
    with pytest.raises(RequestError, match=r"task=toy: .*reached.*data.mirror=DIR \(DIR/owner/toy"):
        load_task(toy(), DataConfig())
    assert time.monotonic() - start < 4


def test_what_is_cached_serves_when_the_hub_does_not(
    toy: Toy, mirror: Path, cache: Path, silent_hub: Path
) -> None:
    found = load_task(toy(), DataConfig(mirror=str(mirror)))
    (prepared,) = (path.parent for path in cache.rglob("dataset_info.json"))
    shutil.copytree(prepared, silent_hub / "owner___toy/main/0.0.0/abc")
    cached = load_task(toy(), DataConfig())
    assert cached.digest == found.digest
    assert cached.test.inputs == found.test.inputs


def test_offline_lasts_no_longer_than_the_block() -> None:
    import datasets
    from huggingface_hub import constants

    before = (datasets.config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE)
    with hub._offline():
        assert datasets.config.HF_HUB_OFFLINE
        assert constants.is_offline_mode()
    after = (datasets.config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE)
    assert after == before


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("RepositoryNotFoundError", "task.id=owner/toy"),
        ("RevisionNotFoundError", "task.revision=v9"),
    ],
)
def test_what_the_hub_does_not_have(
    error: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub
    from huggingface_hub import errors

    kind = getattr(errors, error)

    def answer(*_: object, **__: object) -> None:
        raise kind.__new__(kind)

    monkeypatch.setattr(huggingface_hub.HfApi, "dataset_info", answer)
    with pytest.raises(RequestError, match=message), hub.reached("owner/toy", "v9"):
        pass
