from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from brodmann.config import compose
from brodmann.config.groups import default_conf
from brodmann.config.schema import DataConfig, TaskConfig
from brodmann.tasks import LOADERS, load_task
from brodmann.tasks.overview import overview

CONF = default_conf()
NAMES = sorted(path.stem for path in CONF.glob("task/*.yaml"))
TEXTS = [name for name in NAMES if "kind: text" in (CONF / f"task/{name}.yaml").read_text()]
HUB = os.environ.get("BRODMANN_HUB")


def typed(name: str) -> TaskConfig:
    from omegaconf import OmegaConf

    values = OmegaConf.load(CONF / f"task/{name}.yaml")
    closed = OmegaConf.structured(compose.TASK_KINDS[values.kind])
    return OmegaConf.to_object(OmegaConf.merge(closed, values))


@pytest.mark.parametrize("name", NAMES)
def test_every_config_fits_its_schema(name: str) -> None:
    task = typed(name)
    assert task.name == name
    assert task.kind in LOADERS
    assert len(task.label_words) in (0, len(task.classes))
    assert len(set(task.label_words)) == len(task.label_words)
    if getattr(task, "id", None):
        owner, _, rest = task.id.partition("/")
        assert owner
        assert rest, "bare hub names fail with today's client"


def test_the_page_of_tasks_is_up_to_date() -> None:
    page = (CONF.parent / "docs" / "tasks.md").read_text(encoding="utf-8")
    assert overview(CONF) in page, "run python -m brodmann.tasks.overview"


@pytest.mark.skipif(not HUB, reason="BRODMANN_HUB names a folder of local copies")
@pytest.mark.parametrize("name", TEXTS)
def test_real_copies(name: str) -> None:
    found = load_task(typed(name), DataConfig(mirror=str(Path(str(HUB)))))
    keys = [set(part.inputs) for part in (found.train, found.val, found.test)]
    assert len(set.union(*keys)) == sum(map(len, keys))
    for part in (found.train, found.val, found.test):
        assert (np.bincount(part.labels, minlength=len(found.classes)) > 0).all()
