"""Series of checkpoints that a study is given: are they what it can follow? Found without torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from brodmann.backbones.checkpoint import read_config
from brodmann.backbones.source import check_place
from brodmann.config.analysis import training_overrides
from brodmann.config.compose import compose_train
from brodmann.config.mistakes import as_typed
from brodmann.config.schema import TrainConfig
from brodmann.config.series_checks import revision_pairs
from brodmann.config.studies import FEWEST, EmergenceSettings, StudyConfig
from brodmann.errors import RequestError
from brodmann.lab.checkpoints import Series, read_revisions, read_series, revised

RUNS, REVISIONS = "study.runs", "study.revisions"
"""Settings that name series."""
WRITTEN = ("transformers_version", "_name_or_path")
"""What a configuration says of how it was written, not of the model."""


def check_series(config: StudyConfig, conf_dirs: list[Path]) -> None:
    """Refuse series that a study on pre-training cannot follow, before any model is loaded.

    Args:
        config: The study; others than those on pre-training pass.
        conf_dirs: Folders of YAML files.

    Raises:
        RequestError: A folder without checkpoints, too few of them, runs of different models, or
            revisions of no checkpoint or without a copy.
    """
    own = config.study
    if not isinstance(own, EmergenceSettings):
        return
    given_runs(own.runs)
    if own.revisions:
        train = _training(config, conf_dirs)
        for _, model in revised(train.model, revision_pairs(own.revisions)):
            try:
                check_place(model, train.data.mirror)
            except RequestError as error:
                if error.key != "model.revision":
                    raise
                typed = as_typed(own.revisions)
                raise RequestError(REVISIONS, typed, error.problem, error.hint) from error


def given_runs(folders: Sequence[str]) -> list[Series]:
    """The series of ``study.runs``.

    Raises:
        RequestError: A folder without checkpoints, too few of them, or runs of different models.
    """
    found = [read_series(Path(folder), RUNS) for folder in folders]
    for folder, one in zip(folders, found, strict=True):
        if len(one.entries) < FEWEST:
            had = f"this run has {len(one.entries)} of the {FEWEST} checkpoints that are needed"
            raise RequestError(RUNS, folder, had, "give runs that kept more of them")
    for folder, one in zip(folders[1:], found[1:], strict=True):
        differs = _difference(found[0].entries[-1].folder, one.entries[-1].folder)
        if differs:
            raise RequestError(
                RUNS, as_typed([folders[0], folder]),
                f"these two runs are of different models ({differs} differs)",
                "give runs of one model, the others to a study of their own",
            )  # fmt: skip
    return found


def public_series(config: StudyConfig, conf_dirs: list[Path]) -> Series:
    """The series of ``study.revisions``, fetched where it is not there.

    Raises:
        RequestError: As ``check_series``; or equal weights under different steps.
    """
    own, train = cast(EmergenceSettings, config.study), _training(config, conf_dirs)
    pairs = revision_pairs(own.revisions)
    return read_revisions(train.model, pairs, train.data.mirror, REVISIONS)


def _training(config: StudyConfig, conf_dirs: list[Path]) -> TrainConfig:
    train = compose_train(training_overrides(config, config.task[0], config.seed[0]), conf_dirs)
    if train.model.library == "nano" or not train.model.path:
        typed = cast(EmergenceSettings, config.study).revisions
        raise RequestError(REVISIONS, as_typed(typed), f"model={train.model.name} has no revisions",
                           "type model=hf model.path=DIR_OR_ID")  # fmt: skip
    train.model.init = "pretrained"
    return train


def _difference(one: Path, other: Path) -> str:
    """What tells two checkpoints' models apart; their classes say how they were pre-trained."""
    configs = [read_config(folder) for folder in (one, other)]
    for config in configs:
        for key in WRITTEN:
            config.pop(key, None)
    if configs[0] != configs[1]:
        names = sorted(configs[0].keys() | configs[1].keys())
        key = next(name for name in names if configs[0].get(name) != configs[1].get(name))
        return f"{key} of config.json"
    texts = [path.read_bytes() if (path := folder / "tokenizer.json").is_file() else b""
             for folder in (one, other)]  # fmt: skip
    return "" if texts[0] == texts[1] else "tokenizer.json"
