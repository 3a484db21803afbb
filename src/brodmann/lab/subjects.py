"""Which model an experiment's functions are asked of, where its settings name no single one."""

from __future__ import annotations

from pathlib import Path

from brodmann.config.studies import EmergenceSettings, StudyConfig
from brodmann.lab.checkpoints import read_series


def subject_overrides(config: StudyConfig) -> tuple[str, ...]:
    """Overrides of the model that an experiment is known by, beside what was typed.

    Experiments on a pre-training are known by the last checkpoint of the first run that is given,
    by the last of the public revisions, or, where the runs are trained by the study itself, by the
    shape of the model that is typed.

    Args:
        config: The study.

    Raises:
        RequestError: A folder that holds no checkpoints.
    """
    own = config.study
    if not isinstance(own, EmergenceSettings):
        return ()
    if own.runs:
        return checkpoint(read_series(Path(own.runs[0]), "study.runs").entries[-1].folder)
    if own.revisions:
        return (f"model.revision={own.revisions[-1].partition(':')[2]}",)
    return ("model.init=random",)


def checkpoint(folder: Path) -> tuple[str, ...]:
    """Overrides that take a checkpoint's folder as the model."""
    return ("model=hf", f"model.path={folder}", "model.init=pretrained")
