"""How pruning is told: its tables, its figures, its summary."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from brodmann.neurons.statistics.crossed import crossed_mean
from brodmann.report.findings import Figure, Row, Table
from brodmann.report.plots.bars import Bar, bars
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.kept import CONTROLS, SELECTIONS
from brodmann.studies.skill_neurons.pruned_task import Array, PrunedTask

SHORT = {"skill": "skill", "random": "random", "magnitude": "norm", "activation": "s.d."}
"""Selection -> its name beside a bar."""
DEVICES = {"cpu": "CPU, one thread", "cuda": "GPU"}
"""Device -> how it is told."""


def selection_table(found: Sequence[PrunedTask]) -> Table:
    """Table 4 of the paper with the controls that it lacks."""
    rows = [_row(one, name) for one in found for name in SELECTIONS]
    return Table(
        "pruning", "Accuracy after pruning and re-tuning (table 4 of the paper)",
        "Test accuracy, mean over seeds with its 95 % interval. The share kept is that of the "
        "accuracy above the majority's.", rows,
    )  # fmt: skip


def _row(one: PrunedTask, name: str) -> Row:
    low, high = _interval(one.pruned[name])
    whole, pruned = one.parameters
    return {
        "task": one.task, "kept neurons": name,
        "parameters": whole, "after": pruned, "share of parameters": pruned / whole,
        "majority": one.majority, "whole model": float(one.whole.mean()),
        "pruned": float(one.pruned[name].mean()), "low": low, "high": high,
        "share kept": float(one.share(name).mean()), "validation": one.validation[name],
    }  # fmt: skip


def _interval(table: Array) -> tuple[float | None, float | None]:
    return crossed_mean(table).at_level(0.05) if table.shape[1] > 1 else (None, None)


def latency_table(timed: Measured) -> Table:
    """Latency of the whole and of the pruned model, CPU and GPU."""
    rows = [_times(timed, device, size) for device in DEVICES for size in timed.info["batch_sizes"]]
    return Table(
        "pruning_latency", "Latency before and after pruning",
        "Milliseconds of one forward pass with logits at the read-out only; the speed-up is the "
        "median over pairs of passes, whole over pruned.", rows,
    )  # fmt: skip


def _times(timed: Measured, device: str, size: int) -> Row:
    found: dict[str, str | int | float | bool | None] = {
        "device": DEVICES[device], "batch size": size,
    }  # fmt: skip
    seconds = timed.tensors.get(f"{device}/{size}")
    for place, name in enumerate(("whole", "pruned")):
        for share in (0.5, 0.95):
            column = f"{name} p{100 * share:.0f}, ms"
            found[column] = (
                "not run" if seconds is None
                else 1000 * float(np.quantile(seconds[place].numpy(), share))
            )  # fmt: skip
    found["speed-up"] = (
        "not run" if seconds is None else float((seconds[0] / seconds[1]).median())
    )  # fmt: skip
    return found


def accuracy_figure(found: Sequence[PrunedTask]) -> Figure:
    """The pruned model beside the whole one."""
    rows = [
        Bar(one.task, float(one.pruned["skill"].mean()), *_interval(one.pruned["skill"]),
            reference=float(one.whole.mean()), chance=one.majority)
        for one in found
    ]  # fmt: skip
    return Figure(
        "pruning_accuracy", "With its skill neurons alone in the upper layers",
        "Bars near their diamonds: the few neurons that were kept suffice for the task. Dark "
        "strokes are 95 % intervals over examples and seeds; thin strokes are the majority class.",
        "", bars(rows, "test accuracy", name="pruned, re-tuned", reference_name="whole model"),
        claim="SN-9a", size=(6.4, 0.9 + 0.45 * len(rows)),
    )  # fmt: skip


def selection_figure(found: Sequence[PrunedTask]) -> Figure:
    """Skill neurons beside equally many others."""
    rows = []
    for one in found:
        short = one.task.rpartition("/")[2]
        for name in SELECTIONS:
            share = one.share(name)
            rows.append(Bar(f"{short}: {SHORT[name]}", float(share.mean()), *_interval(share)))
    return Figure(
        "pruning_selections", "What is kept of the task, by which neurons are kept",
        "If the skill neurons mattered, the bar of each task's skill neurons would be longer than "
        "those below it: equally many neurons at random, by the norm of their output weights, and "
        "by the s.d. of their activation, with prompts tuned anew alike.",
        "The three other selections are the null; dark strokes are 95 % intervals over examples "
        "and seeds.", bars(rows, "share of accuracy above the majority's", name="kept"),
        claim="SN-9b", size=(6.4, 0.9 + 0.28 * len(rows)),
    )  # fmt: skip


def summary(found: Sequence[PrunedTask], keep: float) -> str:
    """What came out, in two sentences."""
    if not found:
        return "The method solves none of the tasks, so there was nothing to prune for."
    shares = [100 * float(one.share("skill").mean()) for one in found]
    leads = [100 * float(one.lead(one.best_control()).mean()) for one in found]
    names = ", ".join(dict.fromkeys(one.best_control() for one in found))
    whole, pruned = found[0].parameters
    return (
        f"With {100 * keep:g} % of the upper layers' neurons and {100 * pruned / whole:.0f} % of "
        f"the parameters left, re-tuned prompts keep {min(shares):.0f} to {max(shares):.0f} % of "
        f"the accuracy above the majority's on {len(found)} tasks. Keeping skill neurons rather "
        f"than the best of {len(CONTROLS)} other selections of equal size ({names}) changes that "
        f"by {min(leads):+.1f} to {max(leads):+.1f} points of the share."
    )
