"""From overrides to a typed ``StudyConfig``; what it does not know is for its training runs."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from omegaconf import OmegaConf

from brodmann.config.compose import compose_train, merge, settled
from brodmann.config.groups import choice_file, choices, load_yaml
from brodmann.config.request import parse
from brodmann.config.studies import (
    PARTS,
    SETTINGS,
    EmergenceSettings,
    FunctionSettings,
    StudyConfig,
)
from brodmann.config.study_checks import check_study, check_suite, refuse_own_method
from brodmann.config.suite_checks import (
    FUNCTIONS,
    refuse_other_keys,
    refuse_other_suite,
    refuse_several_backbones,
    refuse_unknown,
)
from brodmann.errors import RequestError, nearest

OWN = ("experiment", "parts", "task", "functions", "seed", "resume")
"""Keys of a study itself; so is everything below ``study.``."""


def compose_study(overrides: list[str], conf_dirs: list[Path]) -> StudyConfig:
    """The settings of one study.

    Args:
        overrides: ``key=value`` texts; lists (``task=[sst2,imdb]``) are suites.
        conf_dirs: Folders of YAML files, the project's first.

    Returns:
        Plain dataclasses. The preset's budgets (``conf/study/<preset>_<experiment>.yaml``) lie
        below what was typed.

    Raises:
        RequestError: An unknown experiment, key or part, a wrong type, or a value out of range.
    """
    typed, train = _split(overrides)
    name = str(typed.get("experiment", ""))
    if name not in SETTINGS:
        raise RequestError("experiment", name, "there is no such experiment",
                           nearest(name, choices("experiment", conf_dirs)))  # fmt: skip
    closed = OmegaConf.structured(StudyConfig(study=SETTINGS[name]()))
    config = merge(closed, load_yaml(conf_dirs[0] / "analyze.yaml"))
    config = merge(config, load_yaml(choice_file("experiment", name, conf_dirs)))
    config = settled(config, {k: v for k, v in typed.items() if not k.startswith("study.")})
    for part in config.parts:
        if part not in PARTS[name]:
            raise RequestError("parts", part, f"{name} has no such part",
                               nearest(part, PARTS[name]))  # fmt: skip
    asks = issubclass(SETTINGS[name], FunctionSettings)
    refuse_other_suite(name, asks, typed)
    refuse_other_keys(name, asks, train)
    if asks:
        config.task = [f"{FUNCTIONS}{function}" for function in config.functions]
        train = ["method=frozen", *train]
    check_suite(cast(StudyConfig, config), "functions" if asks else "task")
    refuse_unknown("functions", config.functions, FUNCTIONS, conf_dirs)
    first = compose_train([f"task={config.task[0]}", *train], conf_dirs)
    budgets = f"{first.preset}_{name}"
    if budgets in choices("study", conf_dirs):
        config = merge(config, load_yaml(choice_file("study", budgets, conf_dirs)))
    config = settled(config, {k: v for k, v in typed.items() if k.startswith("study.")})
    config.train, config.preset = [*config.train, *train], first.preset
    made = cast(StudyConfig, OmegaConf.to_object(config))
    check_study(made, choices("method", conf_dirs))
    if isinstance(made.study, EmergenceSettings):
        refuse_unknown("study.corpus", [made.study.corpus], "", conf_dirs)
    if not any(text.startswith("model=") for text in train) and not _given(made):
        refuse_several_backbones("functions" if asks else "task", made.task, conf_dirs)
    if "study.methods" in typed:
        refuse_own_method(config.study.methods, first.method.name)
    return made


def _given(config: StudyConfig) -> bool:
    """Whether the models are those of runs, whatever the functions' own."""
    return isinstance(config.study, EmergenceSettings) and bool(config.study.runs)


def _split(overrides: list[str]) -> tuple[dict[str, object], list[str]]:
    typed: dict[str, object] = {}
    train: list[str] = []
    for text in overrides:
        override = parse(text)
        key = override.key_or_group
        if key in OWN or key.startswith("study."):
            typed[key] = override.value()
        else:
            train.append(text)
    return typed, train


def training_overrides(config: StudyConfig, task: str, seed: int, *more: str) -> list[str]:
    """Overrides of one training run of a study.

    Args:
        config: The study.
        task: One of its suite.
        seed: One of its seeds.
        more: What this run has of its own; wins over what was typed.
    """
    mine = [text for text in config.train if not _of_functions(config, task, text)]
    return [f"task={task}", f"seed={seed}", *mine, *more]


def _of_functions(config: StudyConfig, task: str, text: str) -> bool:
    """Whether an override is about the functions of the suite, and not about this run's corpus."""
    return text.startswith("task.") and bool(config.functions) and not task.startswith(FUNCTIONS)
