"""How the part ``origin`` tells what it found: tables and figures."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from brodmann.report.findings import Figure, Row, Table
from brodmann.report.plots.bars import Bar, bars
from brodmann.report.plots.curves import curves
from brodmann.report.plots.lines import Line
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.origins import Origins, Scans
from brodmann.studies.skill_neurons.perturbation import mean_curves
from brodmann.studies.skill_neurons.settings import settings
from brodmann.studies.skill_neurons.single import best_score
from brodmann.studies.suite import Job, Suite

KINDS = {
    "tuned prompts": "tuned", "untrained prompts": "bare", "random twin": "random",
    "shuffled twin": "shuffled", "prompts tuned on the random twin": "tuned_twin",
}  # fmt: skip
"""Column of the table -> field of the origins."""
LIKENESS = "rank correlation, untrained with tuned, beyond permuted labels"


def origin_table(
    suite: Suite, origins: Origins, hard: Mapping[str, Measured], alike: Mapping[str, float]
) -> Table:
    """The best neuron's test score, by what was trained (table 3).

    Args:
        suite: The study.
        origins: The scans.
        hard: Task -> scan under its hand-written prompt.
        alike: Task -> rank correlation of untrained with tuned prompts.
    """
    rows: list[Row] = []
    for task in suite.competent():
        cells: dict[str, float | str | None] = {"task": task}
        for name, kind in KINDS.items():
            found = origins.scores(kind, task)
            cells[name] = float(found.mean()) if len(found) else None
        cells[LIKENESS] = alike[task]
        if task in hard:
            cells["hand-written prompt"] = best_score(hard[task])
        rows.append(cells)
    return Table(
        "origin", "Best neuron without tuning or without pre-training (table 3)",
        "Test score (chance 0.5) of the best neuron, mean over seeds. Prompts are tuned on the "
        "twin for the tasks that are tuned again.", rows,
    )  # fmt: skip


def origin_figure(table: Table) -> Figure:
    """The same as a figure."""
    shown = []
    for found in table.rows:
        twins = [float(str(found[kind])) for kind in ("random twin", "shuffled twin")]
        shown.append(Bar(
            str(found["task"]).rpartition("/")[2], float(str(found["untrained prompts"])),
            reference=float(str(found["tuned prompts"])), chance=max(twins),
        ))  # fmt: skip
    return Figure(
        "origin", "How much of the task single neurons know, by what was trained",
        "Test score of the best neuron. Bars that reach beyond their strokes: untrained prompts "
        "on the pretrained backbone find better neurons than any on backbones that never learned. "
        "What lies between a bar and its diamond, tuning adds.",
        "Strokes: the better of the random-initialised and the weight-shuffled twin, prompts "
        "untrained.",
        bars(shown, "balanced accuracy of the best neuron", name="untrained prompts",
             reference_name="tuned prompts", chance_name="better twin", percent=False),
        claim="SN-7", size=(6.4, 0.9 + 0.45 * len(shown)),
    )  # fmt: skip


def curve(suite: Suite, found: Scans, name: str) -> Figure:
    """Accuracy of another method's models while the prompts' neurons are disturbed (figure 7, 8).

    Args:
        suite: The study.
        found: Damage of every task and seed.
        name: The method.
    """
    more = (f"method={name}",)
    able = list(dict.fromkeys(job.task for job in found))
    of_all = [[found[Job(task, seed, more)] for seed in suite.seeds] for task in able]
    rates = of_all[0][0].info["rates"]
    lines = []
    for kind, said in (("own", "prompt's neurons"), ("random", "random"), ("null", "matched null")):
        table = np.mean([mean_curves(one, kind, "right").mean(1) for one in of_all], 0)
        lines.append(Line(said, rates, table.mean(0).tolist(), kind))
    return Figure(
        f"origin_{name}", f"Accuracy of {name} while the prompts' neurons are disturbed",
        f"Mean over {len(able)} tasks. If {name} relies on the neurons that prompts find, their "
        "line falls below the others.",
        "Matched null: the same selector on permuted labels, matched on layer, s.d. and norm.",
        curves(lines), claim="SN-8",
    )  # fmt: skip


def harm_table(suite: Suite, others: Mapping[str, Scans]) -> Table:
    """Accuracy of every other method, intact and at the highest rate.

    Args:
        suite: The study.
        others: Method -> damage of every task and seed.
    """
    rows: list[Row] = []
    for name, found in others.items():
        for task in dict.fromkeys(job.task for job in found):
            of_task = [found[Job(task, seed, (f"method={name}",))] for seed in suite.seeds]
            cells: dict[str, float | str] = {"method": name, "task": task}
            for kind in ("own", "random", "null"):
                ends = mean_curves(of_task, kind, "right").mean((0, 1))
                cells["intact"] = float(ends[0])
                cells[f"{kind}, highest rate"] = float(ends[-1])
            rows.append(cells)
    return Table(
        "other_methods", "Other methods under disturbance of the prompts' neurons (figures 7, 8)",
        "Accuracy, mean over seeds.", rows, shown=14,
    )  # fmt: skip


def notes(suite: Suite) -> list[str]:
    """What a reader should know of the part."""
    if settings(suite.config).hard_prompts:
        return []
    return ["The paper does not give its hand-written prompts; type study.hard_prompts=['...']."]


def summary(table: Table) -> str:
    """The table in a sentence."""
    able = list(table.rows)
    if not able:
        return "The method solves none of the tasks, so their origin cannot be asked."

    def mean(kind: str) -> float:
        return float(np.mean([float(str(r[kind])) for r in able]))

    return (
        f"Over {len(able)} tasks the best neuron scores {mean('tuned prompts'):.2f} on test under "
        f"tuned prompts, {mean('untrained prompts'):.2f} under untrained ones, "
        f"{mean('random twin'):.2f} on random-initialised and {mean('shuffled twin'):.2f} on "
        "weight-shuffled twins (chance 0.50)."
    )
