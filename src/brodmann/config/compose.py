"""From overrides to a typed ``TrainConfig``: Hydra composes, the dataclasses close and type it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import ConfigKeyError, MissingMandatoryValue, OmegaConfBaseException

from brodmann.config import schema
from brodmann.config.groups import choice_file
from brodmann.config.request import Request, chosen
from brodmann.errors import RequestError, nearest

TASK_KINDS: dict[str, type[schema.TaskConfig]] = {
    "text": schema.TextTask,
    "playground": schema.PlaygroundTask,
    "csv": schema.CsvTask,
    "image": schema.ImageTask,
}
METHOD_SETTINGS: dict[str, type[schema.MethodConfig]] = {
    "prompt": schema.PromptConfig,
    "frozen": schema.FrozenConfig,
    "adapter": schema.AdapterConfig,
    "bitfit": schema.BitfitConfig,
    "lora": schema.LoraConfig,
    "ia3": schema.Ia3Config,
    "full": schema.FullConfig,
}
DEFAULT_TASK = "playground/sentiment"


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
    raw = _compose("train", [f"{group}={name}" for group, name in groups.items()], folders)
    return _typed(raw, settings)


def _choices_of_task(
    groups: dict[str, str], settings: dict[str, object], folders: list[Path]
) -> dict[str, str]:
    """Each task names the backbone and the preset that are used when none are asked for."""
    name = groups.get("task", DEFAULT_TASK)
    task = cast(DictConfig, OmegaConf.load(choice_file("task", name, folders)))
    picked = {
        "model": settings.get("task.backbone", task.get("backbone")),
        "preset": settings.get("task.preset", task.get("preset", "standard")),
    }
    for group, choice in picked.items():
        choice_file(group, str(choice), folders)
    return {"task": name, **{group: str(choice) for group, choice in picked.items()}}


def _compose(name: str, choices: list[str], folders: list[Path]) -> DictConfig:
    GlobalHydra.instance().clear()
    search = [f"hydra.searchpath=[{','.join(f'file://{folder}' for folder in folders[1:])}]"]
    try:
        with initialize_config_dir(str(folders[0]), version_base="1.3"):
            return compose(name, overrides=choices + (search if folders[1:] else []))
    except HydraException as error:
        raise RequestError(
            "conf", folders[-1], str(error).splitlines()[0], "mend the YAML"
        ) from error


def _typed(raw: DictConfig, settings: dict[str, object]) -> schema.TrainConfig:
    kinds = {
        "task": _pick(TASK_KINDS, "task.kind", raw.task.get("kind", "text")),
        "method": _pick(METHOD_SETTINGS, "method.name", raw.method.get("name", "")),
    }
    closed = OmegaConf.structured(
        schema.TrainConfig(
            task=kinds["task"](), model=schema.ModelConfig(), method=kinds["method"]()
        )
    )
    merged = merge(closed, OmegaConf.to_container(raw))
    for key, value in settings.items():
        merged = merge(merged, nested(key, wrapped(merged, key, value)))
    try:
        return cast(schema.TrainConfig, OmegaConf.to_object(merged))
    except MissingMandatoryValue as error:
        raise RequestError(
            str(error.full_key), "???", "this key has no value", f"add {error.full_key}=..."
        ) from error


def _pick(table: dict[str, type[Any]], key: str, name: str) -> type[Any]:
    if name not in table:
        raise RequestError(key, name, "this is not known", nearest(name, table))
    return table[name]


def nested(key: str, value: object) -> dict[str, Any]:
    """``a.b`` and a value as ``{"a": {"b": value}}``."""
    first, _, rest = key.partition(".")
    return {first: nested(rest, value) if rest else value}


def wrapped(config: DictConfig, key: str, value: object) -> object:
    """``data.text=review`` means ``data.text=[review]``."""
    is_list = OmegaConf.is_list(OmegaConf.select(config, key, throw_on_missing=False))
    return [value] if is_list and isinstance(value, (str, int, float)) else value


def merge(config: DictConfig, update: Any) -> DictConfig:
    """Put values into a closed, typed configuration.

    Raises:
        RequestError: An unknown key (the nearest are named), or a value of a wrong type.
    """
    try:
        return cast(DictConfig, OmegaConf.merge(config, update))
    except OmegaConfBaseException as error:
        key = str(error.full_key or next(iter(update)))
        value = _at(update, key)
        if isinstance(error, ConfigKeyError):
            raise RequestError(
                key, value, "there is no such key", _nearest_key(config, key)
            ) from error
        raise RequestError(key, value, str(error).splitlines()[0], _example(config, key)) from error


def _at(update: Any, key: str) -> object:
    for part in key.split("."):
        update = update.get(part, "") if isinstance(update, dict) else update
    return update


def _nearest_key(config: DictConfig, key: str) -> str:
    parent, _, last = key.rpartition(".")
    node = OmegaConf.select(config, parent) if parent else config
    prefix = f"{parent}." if parent else ""
    hint = nearest(last, [str(name) for name in node])
    elsewhere = [] if parent else [k for k in _all_keys(config) if k.rpartition(".")[2] == last]
    return (
        f"did you mean {' or '.join(elsewhere)}?"
        if elsewhere
        else hint.replace("did you mean ", f"did you mean {prefix}")
    )


def _all_keys(config: DictConfig, prefix: str = "") -> list[str]:
    keys = []
    for name in config:
        path = f"{prefix}{name!s}"
        child = config._get_node(name)
        keys += _all_keys(child, f"{path}.") if isinstance(child, DictConfig) else [path]
    return keys


def _example(config: DictConfig, key: str) -> str:
    value = OmegaConf.select(config, key, throw_on_missing=False)
    return "docs/configuration.md tells the types" if value is None else f"as in {key}={value}"
