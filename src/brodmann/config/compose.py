"""From overrides to a typed ``TrainConfig``: Hydra composes, the dataclasses close and type it."""

from __future__ import annotations

import functools
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import (
    ConfigKeyError,
    ConfigTypeError,
    MissingMandatoryValue,
    OmegaConfBaseException,
)
from yaml import YAMLError

from brodmann.config import schema
from brodmann.config.groups import choice_file, load_yaml, not_yaml, stamps
from brodmann.config.mistakes import at, nearest_key, wrong_value
from brodmann.config.request import Request, chosen
from brodmann.errors import RequestError, nearest

TASK_KINDS: dict[str, type[schema.TaskConfig]] = {
    "text": schema.TextTask,
    "playground": schema.PlaygroundTask,
    "functions": schema.FunctionsTask,
    "csv": schema.CsvTask,
    "image": schema.ImageTask,
    "corpus": schema.CorpusTask,
}
"""``kind`` of a task's file -> its typed settings."""
METHOD_SETTINGS: dict[str, type[schema.MethodConfig]] = {
    "prompt": schema.PromptConfig,
    "frozen": schema.FrozenConfig,
    "adapter": schema.AdapterConfig,
    "bitfit": schema.BitfitConfig,
    "lora": schema.LoraConfig,
    "ia3": schema.Ia3Config,
    "full": schema.FullConfig,
    "pretrain": schema.PretrainConfig,
}
"""Method -> its typed settings; the others have none of their own."""
DEFAULT_TASK = "playground/sentiment"
"""The task of a command that names none."""


def compose_train(overrides: list[str], conf_dirs: list[Path] | None = None) -> schema.TrainConfig:
    """The settings of one training job.

    Args:
        overrides: ``key=value`` texts of one job, without several values.
        conf_dirs: Folders of YAML files, the project's first.

    Returns:
        Plain dataclasses; everything behind this function knows nothing of Hydra.

    Raises:
        RequestError: An unknown choice or key, or a wrong type.

    Example:
        >>> config = compose_train(["method=bitfit", "seed=3"])
        >>> config.task.name, config.model.name, config.method.name, config.seed
        ('playground/sentiment', 'nano', 'bitfit', 3)
    """
    folders = conf_dirs or Request().conf_dirs
    groups, settings = chosen(overrides, folders)
    groups = {**_choices_of_task(groups, settings, folders), **groups}
    asked = tuple(f"{group}={name}" for group, name in groups.items())
    merged = settled(_chosen(asked, tuple(folders), stamps(folders)), settings)
    try:
        return cast(schema.TrainConfig, OmegaConf.to_object(merged))
    except MissingMandatoryValue as error:
        raise RequestError(
            str(error.full_key), "???", "this key has no value", f"add {error.full_key}=..."
        ) from error


def _choices_of_task(
    groups: dict[str, str], settings: dict[str, object], folders: list[Path]
) -> dict[str, str]:
    """Each task names the backbone and the preset that are used when none are asked for."""
    name = groups.get("task", DEFAULT_TASK)
    file = choice_file("task", name, folders)
    task = load_yaml(file)
    backbone = settings.get("task.backbone", task.get("backbone"))
    if backbone is None:
        raise RequestError("task", name, f"{file} names no backbone",
                           "add the line backbone: roberta_base (or another model)")  # fmt: skip
    picked = {
        "model": backbone,
        "preset": settings.get("task.preset", task.get("preset", "standard")),
    }
    for group, choice in picked.items():
        choice_file(group, str(choice), folders)
    return {"task": name, **{group: str(choice) for group, choice in picked.items()}}


@functools.lru_cache(maxsize=256)
def _chosen(choices: tuple[str, ...], folders: tuple[Path, ...], _stamps: Hashable) -> DictConfig:
    """The choices, closed and typed; runs that differ in settings alone share it, unchanged."""
    raw = _compose("train", choices, folders)
    task = _pick(TASK_KINDS, "task.kind", raw.task.get("kind", "text"))
    method = _pick(METHOD_SETTINGS, "method.name", raw.method.get("name", ""))
    closed = OmegaConf.structured(
        schema.TrainConfig(task=task(), model=schema.ModelConfig(), method=method())
    )
    return merge(closed, OmegaConf.to_container(raw))


def _compose(name: str, choices: Sequence[str], folders: Sequence[Path]) -> DictConfig:
    GlobalHydra.instance().clear()
    search = [f"hydra.searchpath=[{','.join(f'file://{folder}' for folder in folders[1:])}]"]
    try:
        with initialize_config_dir(str(folders[0]), version_base="1.3"):
            return compose(name, overrides=[*choices, *(search if folders[1:] else [])])
    except YAMLError as error:
        raise not_yaml(error, folders[-1]) from error
    except HydraException as error:
        raise RequestError(
            "conf", folders[-1], str(error).splitlines()[0], "mend the YAML"
        ) from error


def _pick(table: dict[str, type[Any]], key: str, name: str) -> type[Any]:
    if name not in table:
        raise RequestError(key, name, "this is not known", nearest(name, table))
    return table[name]


def nested(key: str, value: object) -> dict[str, Any]:
    """``a.b`` and a value as ``{"a": {"b": value}}``."""
    first, _, rest = key.partition(".")
    return {first: nested(rest, value) if rest else value}


def settled(config: DictConfig, settings: Mapping[str, object]) -> DictConfig:
    """Put settings into a closed, typed configuration.

    Args:
        config: Where they go.
        settings: Key with dots -> value.

    Raises:
        RequestError: As :func:`merge`, of the first that is wrong.
    """
    try:
        each = [nested(key, wrapped(config, key, value)) for key, value in settings.items()]
        return cast(DictConfig, OmegaConf.merge(config, *each))
    except OmegaConfBaseException:
        for key, value in settings.items():
            config = merge(config, nested(key, wrapped(config, key, value)))
        return config


def wrapped(config: DictConfig, key: str, value: object) -> object:
    """``data.text=review`` means ``data.text=[review]``."""
    try:
        is_list = OmegaConf.is_list(OmegaConf.select(config, key, throw_on_missing=False))
    except ConfigTypeError:
        is_list = False
    return [value] if is_list and isinstance(value, (str, int, float)) else value


def merge(config: DictConfig, update: Any) -> DictConfig:
    """Put values into a closed, typed configuration.

    Raises:
        RequestError: An unknown key (the nearest are named), or a value of a wrong type.
    """
    try:
        return cast(DictConfig, OmegaConf.merge(config, update))
    except OmegaConfBaseException as error:
        if isinstance(error, ConfigKeyError):
            key = str(error.full_key or next(iter(update)))
            hint = _methods_with(key) or nearest_key(config, key)
            raise RequestError(key, at(update, key), "there is no such key", hint) from error
        raise wrong_value(config, update, str(error.full_key or "")) from error


def _methods_with(key: str) -> str:
    """Which methods know a key that this one does not."""
    node, _, name = key.partition(".")
    methods = [m for m, kind in METHOD_SETTINGS.items() if name in kind.__dataclass_fields__]
    return (
        f"it belongs to method={' and method='.join(methods)}"
        if node == "method" and methods
        else ""
    )
