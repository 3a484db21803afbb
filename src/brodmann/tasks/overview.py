"""The table of ``docs/tasks.md``, from the configs: ``python -m brodmann.tasks.overview``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from brodmann.config.groups import default_conf

HEAD = ("task", "data", "columns", "classes (label words)", "train / validation / test", "metrics")
"""Head of the Markdown table of tasks."""


def overview(conf: Path) -> str:
    """A Markdown table with a row per task, the playground's left out.

    Args:
        conf: The folder ``conf/``.
    """
    tasks = [OmegaConf.to_container(OmegaConf.load(p)) for p in sorted(conf.glob("task/*.yaml"))]
    rows = [HEAD, ("---",) * len(HEAD), *map(_row, tasks)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def _row(task: Any) -> tuple[str, ...]:
    return (
        f"`{task['name']}`", _data(task), _columns(task), _classes(task), _splits(task),
        ", ".join(task.get("metrics", ["accuracy"])),
    )  # fmt: skip


def _data(task: Any) -> str:
    embedded = "scikit-learn" if task.get("source") == "digits" else "`data.path=`"
    return f"`{task['id']}` {task.get('config', '')}".strip() if "id" in task else embedded


def _columns(task: Any) -> str:
    if task["kind"] == "csv":
        return "`data.text=`; `data.label=`"
    inputs = [task.get("image", "image")] if task["kind"] == "image" else task.get("text", ["text"])
    return f"{', '.join(inputs)}; {task.get('label', 'label')}"


def _classes(task: Any) -> str:
    classes, words = task.get("classes", []), task.get("label_words", [])
    kept = f"; labels {task['keep']} of the source" if "keep" in task else ""
    if not classes:
        return "10 digits" if task.get("source") == "digits" else "named by the data"
    named = zip(classes, words, strict=True) if words else ((name, "") for name in classes)
    return ", ".join(f"{name} ({word})" if word else name for name, word in named) + kept


def _splits(task: Any) -> str:
    train, test = task.get("train", "train"), task.get("test")
    if test is None:
        return "60 % / 20 % / 20 % of the rows"
    if task.get("val"):
        return f"{train} / {task['val']} / {test}"
    return f"80 % of {train} / 20 % of {train} / {test}"


if __name__ == "__main__":
    print(overview(default_conf()), end="")
