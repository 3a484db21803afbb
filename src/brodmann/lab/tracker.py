"""The mirror of a run's curves: W&B, or nothing. The run's own files are the truth."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from brodmann.config.schema import TrainConfig
from brodmann.lab.files import read_json, write_json


class Tracker:
    """A tracker that keeps nothing (``logger=none``)."""

    def log(self, row: dict[str, object], step: int) -> None:
        """Record values at a step."""

    def finish(
        self, summary: dict[str, float], columns: list[str], rows: list[list[object]]
    ) -> None:
        """Record the end results and a sample of predictions."""

    def close(self, failed: bool) -> None:
        """End the record, after an error as well."""


class WandbTracker(Tracker):
    """One W&B run, offline unless asked, without code, git, console or machine capture.

    Args:
        config: The run's settings; their resolved form becomes the W&B config.
        folder: The run's folder, which remembers the W&B id so that a resumed run keeps it.
        group: What this run is compared with: the sweep, or the task.
    """

    def __init__(self, config: TrainConfig, folder: Path, group: str) -> None:
        self._run = start_wandb(config, folder, group, "train")

    def log(self, row: dict[str, object], step: int) -> None:
        """Record values at a step."""
        self._run.log(row, step=step)

    def finish(
        self, summary: dict[str, float], columns: list[str], rows: list[list[object]]
    ) -> None:
        """Record the end results and a sample of predictions."""
        import wandb

        self._run.summary.update(summary)
        self._run.log({"test/predictions": wandb.Table(columns=list(columns), data=rows)})

    def close(self, failed: bool) -> None:
        """End the record, after an error as well."""
        self._run.finish(exit_code=int(failed))


def start_wandb(config: TrainConfig, folder: Path, group: str, kind: str) -> Any:
    """Open a W&B run for a folder, which remembers its id.

    Args:
        config: Settings; their resolved form becomes the W&B config.
        folder: The run's or study's folder.
        group: What it is compared with.
        kind: W&B's job type.
    """
    import wandb

    return wandb.init(
        project=config.logger.project,
        id=_remembered_id(folder),
        name=folder.name,
        group=group,
        job_type=kind,
        tags=[config.task.name, config.model.name, config.method.name, config.preset],
        config={**asdict(config), "folder": str(folder)},
        dir=str(folder.parent.parent),
        mode=cast(Any, config.logger.mode),
        resume="allow" if config.logger.mode == "online" else None,
        settings=wandb.Settings(
            console="off", silent=True, disable_code=True, disable_git=True,
            save_code=False, x_disable_stats=True, x_disable_meta=True,
            x_disable_machine_info=True,
        ),
    )  # fmt: skip


def _remembered_id(folder: Path) -> str:
    path = folder / "wandb.json"
    content: Any = read_json(path)
    if not content:
        content = {"id": secrets.token_hex(4)}
        write_json(path, content)
    return str(content["id"])


def open_tracker(config: TrainConfig, folder: Path, group: str) -> Tracker:
    """The tracker that ``logger=`` names."""
    return WandbTracker(config, folder, group) if config.logger.name == "wandb" else Tracker()
