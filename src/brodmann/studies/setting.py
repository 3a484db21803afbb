"""What was run, in facts that a reader of the report understands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from brodmann.config.schema import ModelConfig
from brodmann.config.studies import StudySettings
from brodmann.lab.prepare import Prepared
from brodmann.neurons.claims.ledger import Ledger
from brodmann.report.findings import Cell
from brodmann.studies.suite import Job, Suite
from brodmann.tasks.functions import FunctionData
from brodmann.tasks.parts import ROLES

GENERIC = ("hf", "timm")
"""Models whose name says nothing: their checkpoint does."""
LIMITS = {"train_rows": "train", "dev_rows": "validation", "test_rows": "test"}
"""Setting of a study -> the split whose examples it limits."""
INITS = {"random": ", random weights", "shuffled": ", shuffled weights"}
"""``model.init`` -> what is said of it."""


def named(model: ModelConfig) -> str:
    """A model by what a person knows it by.

    Example:
        >>> named(ModelConfig(name="hf", path="models/roberta-base"))
        'roberta-base'
        >>> named(ModelConfig(name="nano", init="random"))
        'nano, random weights'
    """
    generic = model.name in GENERIC and model.path
    return (PurePath(str(model.path)).name if generic else model.name) + INITS.get(model.init, "")


def of_model(suite: Suite, jobs: Sequence[Job]) -> str:
    """The model of a study that is about one."""
    return named(suite.prepare(jobs[:1])[0].config.model)


def setting(
    suite: Suite, jobs: Sequence[Job], ledger: Ledger, subject: str, seconds: float
) -> dict[str, Cell]:
    """The facts of "What was run".

    Args:
        suite: The study.
        jobs: Its runs that are known beforehand, one at least.
        ledger: Its frozen claims.
        subject: What the study is about: a model, or pre-training runs.
        seconds: How long it took.
    """
    prepared = suite.prepare(jobs)
    seeds = sorted({job.seed for job, one in zip(jobs, prepared, strict=True) if _trained(one)})
    by_task = {job.task: one for job, one in reversed(list(zip(jobs, prepared, strict=True)))}
    what = "functions" if suite.config.functions else "tasks"
    facts: dict[str, Any] = {
        "model": subject, "method": prepared[0].config.method.name, "preset": suite.config.preset,
        "seeds": ", ".join(map(str, seeds)),
        **dict(_examples(task, by_task[task]) for task in sorted(by_task)),
        "examples measured on, at most": _limits(suite.config.study),
        "minutes": f"{seconds / 60:.1f}", "times started": ledger.attempts,
        f"other finished analyses of these {what}": ledger.others,
    }  # fmt: skip
    return {name: value for name, value in facts.items() if value != ""}


def _trained(one: Prepared) -> bool:
    return not isinstance(one.data, FunctionData)


def _examples(task: str, one: Prepared) -> tuple[str, str]:
    """How many examples there are; functions are asked of examples, nothing is trained on them."""
    sizes = [f"{len(getattr(one.data, split)):,}" for split in ROLES]
    if _trained(one):
        return f"{task}: train / validation / test", " / ".join(sizes)
    name = task.removeprefix("functions/")
    return f"{name}: examples (to choose neurons / kept apart)", f"{sizes[0]} / {sizes[-1]}"


def _limits(own: StudySettings) -> str:
    limits = {split: getattr(own, name, None) for name, split in LIMITS.items()}
    return ", ".join(f"{most:,} {split}" for split, most in limits.items() if most is not None)
