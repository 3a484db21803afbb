"""A training run on the terminal: a header, a result, the next command."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from brodmann.lab.device import accelerator_of
from brodmann.lab.prepare import Prepared
from brodmann.lab.run import FinishedRun

METHODS_IN_ORDER = ("prompt", "adapter", "bitfit", "lora", "ia3", "full")


def show_header(console: Console, prepared: Prepared, numbers: dict[str, Any]) -> None:
    """Task, model, method, device, parameters, folder, and what is to be known of the data.

    Args:
        console: Where to.
        prepared: The run.
        numbers: ``trained`` and ``total`` parameters.
    """
    config, data = prepared.config, prepared.data
    sizes = f"{len(data.train):,} train, {len(data.val):,} validation, {len(data.test):,} test"
    share = numbers["trained"] / max(1, numbers["total"])
    rows = {
        "task": f"{config.task.name}  ({', '.join(data.classes)}; {sizes})",
        "model": f"{config.model.name}  ({numbers['total']:,} parameters)",
        "method": f"{config.method.name}  ({numbers['trained']:,} trained, {share:.2%})",
        "device": f"{accelerator_of(config.trainer)}  (preset {config.preset}, seed {config.seed})",
        "folder": str(prepared.folder.path),
    }
    for name, value in rows.items():
        console.print(Text(f"{name:>8}  ", style="bold") + Text(value), soft_wrap=True)
    for note in data.notes:
        console.print(Text(f"{'note':>8}  {note}", style="dim"), soft_wrap=True)


def show_result(console: Console, prepared: Prepared, run: FinishedRun) -> None:
    """The test result beside the majority baseline, and what to try next."""
    metrics = run.metrics
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column, justify in (("", "left"), ("accuracy", "right"), ("", "left")):
        table.add_column(column, justify=justify)  # type: ignore[arg-type]
    gain = metrics["test/accuracy"] - metrics["test/majority"]
    table.add_row("test", f"{metrics['test/accuracy']:.3f}", f"{100 * gain:+.1f} points")
    table.add_row("majority", f"{metrics['test/majority']:.3f}", "")
    table.add_row("validation", f"{metrics['val/accuracy']:.3f}", "")
    console.print()
    console.print(table)
    if run.reused:
        console.print(f"\nfound finished in {run.folder}; resume=false trains it anew", style="dim")
    console.print(Text("\nnext      ", style="bold") + Text(next_command(prepared)), soft_wrap=True)


def next_command(prepared: Prepared) -> str:
    """A command worth typing after this run."""
    config = prepared.config
    others = [m for m in METHODS_IN_ORDER[:3] if m != config.method.name][:2]
    task = config.task.name
    methods = ",".join([config.method.name, *others])
    return f"python train.py -m task={task} method={methods} seed=0,1"


def show_sweep(console: Console, rows: list[dict[str, object]], folder: object) -> None:
    """The closing table of a sweep: a row per setting, mean over seeds with its interval."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("task", "model", "method", "done", "accuracy", "95 % interval", "majority"):
        table.add_column(name, justify="left" if name in ("task", "model", "method") else "right")
    for row in rows:
        low, high = row.get("test/accuracy low"), row.get("test/accuracy high")
        table.add_row(
            str(row["task"]), str(row["model"]), str(row["method"]), f"{row['done']}/{row['jobs']}",
            _number(row.get("test/accuracy")),
            f"{_number(low)} to {_number(high)}" if low is not None else "",
            _number(row.get("test/majority")),
        )  # fmt: skip
    console.print()
    console.print(table)
    console.print(f"\n{folder}/summary.csv", style="dim")


def _number(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else ""
