"""What to do with a pre-training that is done: the study that follows its checkpoints."""

from __future__ import annotations

from pathlib import Path

from brodmann.config.analysis import compose_study, training_overrides
from brodmann.config.compose import compose_train
from brodmann.config.request import Request, parse
from brodmann.errors import RequestError
from brodmann.lab.given_series import check_series
from brodmann.lab.prepare import Prepared, prepare
from brodmann.lab.subjects import subject_overrides

KEPT = ("runs_dir", "trainer", "logger", "launcher", "preset")
"""Groups and keys of a training run that its study has as well."""


def study_of(prepared: Prepared, request: Request) -> list[str]:
    """Words of the command that follows a run's checkpoints; none where that cannot be done.

    Args:
        prepared: A pre-training that is done.
        request: What was typed for it.
    """
    typed = [(parse(text).key_or_group.partition(".")[0], text) for text in request.overrides]
    kept = [text for key, text in typed if key in KEPT]
    asked = ["experiment=emergence", f"study.runs=[{prepared.folder.path}]", *kept]
    return ["python", "analyze.py", *asked] if _fits(asked, request.conf_dirs) else []


def _fits(asked: list[str], conf_dirs: list[Path]) -> bool:
    """Whether the study takes the run: enough checkpoints, of a model that knows its functions."""
    try:
        config = compose_study(asked, conf_dirs)
        check_series(config, conf_dirs)
        more = subject_overrides(config)
        for task in config.task:
            overrides = training_overrides(config, task, config.seed[0], *more)
            prepare(compose_train(overrides, conf_dirs))
    except RequestError:
        return False
    return True
