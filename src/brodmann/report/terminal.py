"""A training run on the terminal: a header, a result, the next command."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from brodmann.config.compose import compose_train
from brodmann.config.request import Request, parse
from brodmann.config.schema import ModelConfig
from brodmann.errors import RequestError
from brodmann.lab.device import accelerator_of
from brodmann.lab.prepare import Prepared, prepare
from brodmann.lab.run import FinishedRun
from brodmann.report.after_pretraining import study_of

OTHERS = ("prompt", "adapter", "lora")
"""Methods that every family takes, to go on with."""

ASIDE = {
    "test/perplexity": "perplexity on the test: {:.2f}",
    "train/tokens_per_second": "{:,.0f} tokens per second; checkpoints/ holds the steps' weights",
    "capture/share_of_time": "measuring the probe took {:.1%} of the training time",
}
"""Metric -> what is said of it below the table, where a run has it."""


def show_header(console: Console, prepared: Prepared, numbers: dict[str, Any]) -> None:
    """Task, model, method, device, parameters, folder, and what is to be known of the data.

    Args:
        console: Where to.
        prepared: The run.
        numbers: ``trained`` and ``total`` parameters, and the ``start`` (step) of a resumed run.
    """
    config, data = prepared.config, prepared.data
    sizes = f"{len(data.train):,} train, {len(data.val):,} validation, {len(data.test):,} test"
    share = numbers["trained"] / max(1, numbers["total"])
    model = f"{_checkpoint(config.model)}{numbers['total']:,} parameters"
    rows = {
        "task": f"{config.task.name}  ({', '.join(data.classes) or 'documents'}; {sizes})",
        "model": f"{config.model.name}  ({model})",
        "method": f"{config.method.name}  ({numbers['trained']:,} trained, {share:.2%})",
        "device": f"{accelerator_of(config.trainer)}  (preset {config.preset}, seed {config.seed})",
        "folder": str(prepared.folder.path),
    }
    for name, value in rows.items():
        console.print(Text(f"{name:>8}  ", style="bold") + Text(value), soft_wrap=True)
    resumed = [f"goes on from step {numbers['start']:,}"] if numbers.get("start") else []
    for note in (*data.notes, *resumed):
        console.print(Text(f"{'note':>8}  {note}", style="dim"), soft_wrap=True)


def _checkpoint(model: ModelConfig) -> str:
    """What the path of a model says that its name does not."""
    named = model.name in ("hf", "timm") and model.path
    return f"{Path(str(model.path)).name}, " if named else ""


def show_result(console: Console, prepared: Prepared, run: FinishedRun, request: Request) -> None:
    """The test result beside the majority baseline, and what to try next.

    Args:
        console: Where to.
        prepared: The run.
        run: What came of it.
        request: What was typed.
    """
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
    for name, told in ASIDE.items():
        if name in metrics:
            console.print(told.format(metrics[name]), style="dim")
    if run.reused:
        console.print(f"\nfound finished in {run.folder}; resume=false trains it anew", style="dim")
    console.print(
        Text("\nnext      ", style="bold") + Text(next_command(prepared, request)), soft_wrap=True
    )


def next_command(prepared: Prepared, request: Request) -> str:
    """A command worth typing after this run: the same request with other methods and seeds.

    Methods that do not take what was typed (``method.length``, ``training.start``) or do not fit
    are left out; a run on several devices, which no sweep takes, is offered with another seed. A
    pre-training is followed by the study of its checkpoints.
    """
    config = prepared.config
    folders = [part for path in request.conf_dirs[1:] for part in ("--config-dir", str(path))]
    if prepared.data.goal == "tokens" and (study := study_of(prepared, request)):
        return shlex.join([*study, *folders])
    typed = [(parse(text).key_or_group, text) for text in request.overrides]
    kept = [text for key, text in typed if key not in ("method", "seed")]
    if all(key != "task" for key, _ in typed):
        kept.insert(0, f"task={config.task.name}")
    others = [] if config.training.start else [m for m in OTHERS if m != config.method.name]
    methods = [config.method.name, *(m for m in others if _fits(kept, m, request.conf_dirs))][:3]
    several = config.trainer.devices != 1
    sweep, seeds = ([], f"{config.seed + 1}") if several else (["-m"], _seeds(config.seed))
    chosen = f"method={config.method.name if several else ','.join(methods)}"
    return shlex.join(["python", "train.py", *sweep, *folders, *kept, chosen, f"seed={seeds}"])


def _seeds(seed: int) -> str:
    return "0,1" if seed < 2 else f"{seed},{seed + 1}"


def _fits(kept: list[str], method: str, conf_dirs: list[Path]) -> bool:
    try:
        prepare(compose_train([*kept, f"method={method}"], conf_dirs))
    except RequestError:
        return False
    return True


def show_sweep(
    console: Console, rows: list[dict[str, object]], folder: object, varied: Sequence[str] = ()
) -> None:
    """The closing table of a sweep: a row per setting, mean over seeds with its interval.

    Args:
        console: Where to.
        rows: Rows of ``summary_by_setting.csv``.
        folder: The sweep's.
        varied: Keys in which settings differ, besides task, model and method.
    """
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    named = ("task", "model", "method", *varied)
    for name in (*named, "done", "accuracy", "95 % interval", "majority"):
        table.add_column(name, justify="left" if name in named else "right", overflow="fold")
    for row in rows:
        low, high = row.get("test/accuracy low"), row.get("test/accuracy high")
        table.add_row(
            *(str(row[key]) for key in named), f"{row['done']}/{row['jobs']}",
            _number(row.get("test/accuracy")),
            f"{_number(low)} to {_number(high)}" if low is not None else "",
            _number(row.get("test/majority")),
        )  # fmt: skip
    console.print()
    console.print(table)
    console.print(f"\n{folder}/summary.csv", style="dim")


def _number(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else ""
