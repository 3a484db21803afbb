"""Is what was typed for an experiment meant for it? Said by the keys that a person types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from brodmann.config.groups import GROUPS, choice_file, choices, load_yaml
from brodmann.config.mistakes import as_typed
from brodmann.config.request import parse
from brodmann.config.schema import TrainConfig
from brodmann.config.studies import SETTINGS
from brodmann.errors import RequestError, nearest

FUNCTIONS = "functions/"
"""Folder of the functions among the tasks."""
CORPORA = "corpus/"
"""Folder of the corpora among the tasks."""


def refuse_other_suite(name: str, asks: bool, typed: Mapping[str, object]) -> None:
    """An experiment is about tasks, or about functions.

    Args:
        name: The experiment.
        asks: Whether it is about functions.
        typed: Key -> value of the study's own settings.

    Raises:
        RequestError: The other was typed.
    """
    wrong, right = ("task", "functions") if asks else ("functions", "task")
    if wrong not in typed:
        return
    value = as_typed(typed[wrong])
    hint = f"as in {right}={'[senses,relations]' if asks else '[sst2,imdb]'}"
    if value.strip("[]").startswith(CORPORA) and hasattr(SETTINGS[name](), "corpus"):
        hint = f"of a corpus type study.corpus={value.strip('[]')}"
    raise RequestError(wrong, value, f"experiment={name} is about {right}", hint)


def refuse_other_keys(name: str, asks: bool, train: Sequence[str]) -> None:
    """Settings of the study without ``study.``, and methods where nothing is tuned.

    Args:
        name: The experiment.
        asks: Whether it is about functions.
        train: What was typed for its training runs.

    Raises:
        RequestError: One of them.
    """
    own = {one.name for one in fields(SETTINGS[name])}
    known = {*GROUPS, *(one.name for one in fields(TrainConfig))}
    for override in map(parse, train):
        key, value = override.key_or_group, as_typed(override.value())
        if key in own - known:
            raise RequestError(key, value, "there is no such key",
                               f"did you mean study.{key}={value}?")  # fmt: skip
        if asks and key == "method" and value != "frozen":
            raise RequestError(key, value, f"experiment={name} asks functions of frozen backbones",
                               "leave out method=")  # fmt: skip


def refuse_unknown(key: str, names: Sequence[str], folder: str, conf_dirs: list[Path]) -> None:
    """Names without a YAML file, said under the key that was typed.

    Args:
        key: ``functions`` or ``study.corpus``.
        names: Its value.
        folder: Where they lie among the tasks, with ``/``; of a value that says it itself ``""``.
        conf_dirs: Folders of YAML files.

    Raises:
        RequestError: The first that is not there.
    """
    for name in names:
        try:
            choice_file("task", f"{folder}{name}", conf_dirs)
        except RequestError as error:
            known = [one.removeprefix(folder) for one in choices("task", conf_dirs)
                     if one.startswith(folder or CORPORA)]  # fmt: skip
            value = as_typed(names) if folder else name
            raise RequestError(key, value, f"there is no {name}", nearest(name, known)) from error


def refuse_several_backbones(key: str, tasks: Sequence[str], conf_dirs: list[Path]) -> None:
    """A suite that names no model takes its tasks' own, which has to be one.

    Args:
        key: ``functions`` or ``task``.
        tasks: The suite, as tasks.
        conf_dirs: Folders of YAML files.

    Raises:
        RequestError: Two tasks have different ones.
    """
    files = {task: choice_file("task", task, conf_dirs) for task in tasks}
    own = {task: str(load_yaml(file).get("backbone")) for task, file in files.items()}
    if len(set(own.values())) > 1:
        told = ", ".join(f"{task.removeprefix(FUNCTIONS)}: {model}" for task, model in own.items())
        typed = as_typed([task.removeprefix(FUNCTIONS) for task in tasks])
        raise RequestError(key, typed, f"these name different backbones ({told})",
                           "say which, with model=")  # fmt: skip
