"""This study's settings as arguments of its measurements."""

from __future__ import annotations

from typing import Any, cast

from brodmann.config.studies import SkillNeuronsSettings, StudyConfig
from brodmann.neurons.claims.evidence import incompetence
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.scan import scan
from brodmann.studies.suite import Job, Suite


def settings(config: StudyConfig) -> SkillNeuronsSettings:
    """The study's own settings, typed."""
    return cast(SkillNeuronsSettings, config.study)


def scan_arguments(config: StudyConfig) -> dict[str, Any]:
    """Arguments of ``scan``."""
    own = settings(config)
    return {
        "train_rows": own.train_rows, "dev_rows": own.dev_rows, "test_rows": own.test_rows,
        "with_mask": own.with_mask, "measure": own.measure, "permutations": own.permutations,
        "top": own.cards,
    }  # fmt: skip


def retuned(suite: Suite) -> list[str]:
    """Tasks that are tuned again: the first of each type that the method can do, then the next."""
    able, types = suite.competent(), suite.types()
    turn = {
        task: sum(types[other] == types[task] for other in able[:i]) for i, task in enumerate(able)
    }
    chosen = set(sorted(able, key=lambda task: turn[task])[: settings(suite.config).retuned])
    return [task for task in suite.tasks if task in chosen]


def why_not(suite: Suite, task: str) -> str:
    """Why a task is not tuned again."""
    if task not in suite.competent():
        return incompetence(suite.competence(task))
    return f"study.retuned={settings(suite.config).retuned} leaves it out"


def scans(suite: Suite, jobs: list[Job], permutations: int | None = None) -> dict[Job, Measured]:
    """The scan of every run.

    Args:
        suite: The study.
        jobs: The runs.
        permutations: Label permutations, where fewer than the study's will do.
    """
    arguments = scan_arguments(suite.config)
    if permutations is not None:
        arguments["permutations"] = min(permutations, arguments["permutations"])
    found = suite.measure("scanning neurons", scan, jobs, arguments)
    return dict(zip(jobs, found, strict=True))
