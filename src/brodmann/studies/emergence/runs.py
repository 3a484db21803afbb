"""The pre-training runs of the study: given by their folders, public revisions, or trained here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import cast

from brodmann.config.studies import EmergenceSettings, StudyConfig
from brodmann.lab.checkpoints import Series, read_series
from brodmann.lab.given_series import given_runs, public_series
from brodmann.lab.subjects import subject_overrides
from brodmann.studies.functions.asked import of_model
from brodmann.studies.suite import Job, Suite


def settings(config: StudyConfig) -> EmergenceSettings:
    """The study's own settings, typed."""
    return cast(EmergenceSettings, config.study)


def pretraining(config: StudyConfig) -> list[Job]:
    """The runs that are trained here: none where others are given."""
    own = settings(config)
    if own.runs or own.revisions:
        return []
    steps = [step for step in own.checkpoints if own.steps is None or step <= own.steps]
    asked = {
        "training.max_steps": own.steps, "optimizer.lr": own.lr,
        "method.checkpoints": str(steps) if steps else None,
    }  # fmt: skip
    more = ("method=pretrain", *(f"{key}={value}" for key, value in asked.items() if value))
    return [Job(own.corpus, seed, more) for seed in config.seed]


def jobs(config: StudyConfig) -> list[Job]:
    """The pre-training runs, and the functions on the model that the study is known by."""
    return [*pretraining(config), *of_model(config, *subject_overrides(config))]


def series_of(suite: Suite) -> list[Series]:
    """The checkpoints of every run; runs that are missing are trained first.

    Raises:
        RequestError: A folder holds no checkpoints, or those of a series are missing, out of order
            or equal.
    """
    own = settings(suite.config)
    if own.runs:
        return given_runs(own.runs)
    if own.revisions:
        return [public_series(suite.config, suite.conf_dirs)]
    jobs = pretraining(suite.config)
    suite.train(jobs)
    return [read_series(run.folder.path, "study.corpus") for run in suite.prepare(jobs)]


def subject(suite: Suite, jobs: Sequence[Job]) -> str:
    """The pre-training: a run's name, which says corpus, model and seed, or how many are alike."""
    runs, count = series_of(suite), len(settings(suite.config).revisions)
    return f"{runs[0].name} ({count} revisions)" if count else told([run.name for run in runs])


def told(names: Sequence[str]) -> str:
    """Names of runs; several that differ in seed and hash only are counted.

    Example:
        >>> told(["text-nano-s0-0123abcd", "text-nano-s1-4567abcd", "text-opt-s0-89ababcd"])
        '2 runs of text-nano, text-opt-s0-89ababcd'
    """
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault(re.sub(r"-s\d+-[0-9a-f]{8}$", "", name), []).append(name)
    return ", ".join(f"{len(found)} runs of {stem}" if len(found) > 1 else found[0]
                     for stem, found in alike.items())  # fmt: skip
