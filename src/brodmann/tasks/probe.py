"""The examples by which neurons are measured while they form (``method.probe_task``)."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from brodmann.config.compose import compose_train
from brodmann.config.schema import DataConfig, TrainConfig
from brodmann.errors import RequestError
from brodmann.tasks import load_task
from brodmann.tasks.data import TaskData


def load_probe(config: TrainConfig) -> TaskData:
    """The probe task; its validation split is what is measured.

    Args:
        config: Settings of a pre-training run: ``method.probe_task``, ``method.probe_size``,
            ``data.mirror``, ``data.split_seed``.

    Raises:
        RequestError: There is no such task, it holds no labelled texts, or it cannot be read.
    """
    method = config.method
    return _load(
        str(method.probe_task), int(method.probe_size), config.data.mirror, config.data.split_seed  # type: ignore[attr-defined]
    )  # fmt: skip


@lru_cache(maxsize=4)
def _load(name: str, size: int, mirror: str | None, split_seed: int) -> TaskData:
    try:
        task = compose_train([f"task={name}"]).task
        data = load_task(task, DataConfig(mirror=mirror, split_seed=split_seed, max_test=size))
    except RequestError as error:
        key = "method.probe_task" if error.key == "task" else error.key
        raise RequestError(key, error.value, error.problem, error.hint) from error
    if data.goal != "classes" or data.modality != "text":
        raise RequestError("method.probe_task", name, "a probe needs texts with labels",
                           "type method.probe_task=playground/sentiment")  # fmt: skip
    return replace(data, train=data.val, test=data.val)
