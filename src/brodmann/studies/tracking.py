"""A study in W&B: its claims, tables and figures, as one run."""

from __future__ import annotations

from pathlib import Path

from brodmann.config.schema import TrainConfig
from brodmann.lab.tracker import start_wandb
from brodmann.report.findings import Cell, Row, StudyReport
from brodmann.report.tables import all_tables, columns_of


def track_study(config: TrainConfig, folder: Path, report: StudyReport) -> None:
    """Mirror a study, unless ``logger=none``.

    Args:
        config: Settings of its first training run: logger and project.
        folder: The study's folder, which holds the figures.
        report: What it found.
    """
    if config.logger.name != "wandb":
        return
    import wandb

    run = start_wandb(config, folder, report.title, "study")
    try:
        run.log({"claims": _table(wandb, list(report.claims))})
        for table in all_tables(report.findings):
            run.log({f"tables/{table.name}": _table(wandb, table.rows, columns_of(table))})
        for path in sorted((folder / "figures").glob("*.png")):
            run.log({f"figures/{path.stem}": wandb.Image(str(path))})
        run.summary.update(_summary(report))
    finally:
        run.finish()


def _table(wandb: object, rows: object, columns: list[str] | None = None) -> object:
    known = [dict(row) for row in rows]  # type: ignore[attr-defined]
    names = columns or list(dict.fromkeys(key for row in known for key in row))
    data: list[list[Cell]] = [[_text(row.get(name)) for name in names] for row in known]
    return wandb.Table(columns=names, data=data)  # type: ignore[attr-defined]


def _text(value: Cell) -> Cell:
    """W&B wants one type per column: everything is shown as text."""
    return "" if value is None else str(value)


def _summary(report: StudyReport) -> Row:
    pooled = {str(row["id"]): row for row in reversed(report.claims)}
    found: dict[str, Cell] = {}
    for name, row in pooled.items():
        found[f"claims/{name}/verdict"] = row["verdict"]
        found[f"claims/{name}/effect"] = row["effect"]
    return found
