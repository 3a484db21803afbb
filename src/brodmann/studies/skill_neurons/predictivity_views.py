"""What the part ``predictivity`` shows: tables, histograms, sentences."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from brodmann.report.findings import Figure, Row, Table
from brodmann.report.plots.bars import Bar, bars
from brodmann.report.plots.histogram import histogram
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.single import model_right, right, top_places
from brodmann.studies.suite import Job, Suite

Scans = Mapping[Job, Measured]
NAMED = 3
"""Neurons named in a cell of table 1."""


def best_row(suite: Suite, found: Scans, task: str) -> Row:
    """A task's row of table 1, means over seeds."""
    of_task = [found[Job(task, seed)] for seed in suite.seeds]
    metrics = suite.metrics(Job(task, suite.seeds[0]))
    neuron = np.array([right(scan).mean() for scan in of_task])
    model = np.array([model_right(scan).mean() for scan in of_task])
    chosen = [[s.info["top"][place]["dev"] for place in top_places(s)] for s in of_task]
    nulls = np.concatenate([scan.tensors["maxima"].numpy().ravel() for scan in of_task])
    return {
        "task": task, "neurons": len(of_task[0].info["columns"]),
        "majority": metrics["test/majority"],
        "method": float(model.mean()), "method s.d.": _sd(model),
        "best neuron": float(neuron.mean()), "best neuron s.d.": _sd(neuron),
        "where (first seed)": _where(of_task[0]),
        "validation score": float(np.mean(chosen)),
        "null, best of all (95 %)": float(np.quantile(nulls, 0.95)),
        "neurons above null": float(np.mean([_above(scan) for scan in of_task])),
    }  # fmt: skip


def _sd(values: np.ndarray) -> float | None:
    return float(values.std(ddof=1)) if len(values) > 1 else None


def _where(scan: Measured) -> str:
    """The best neuron of each class against the others; the first few of them."""
    best = [scan.info["top"][place] for place in top_places(scan)]
    names = [f"{unit['site']}:{unit['unit']}" for unit in best]
    more = [f"and {len(names) - NAMED} more"] if len(names) > NAMED else []
    return ", ".join(names[:NAMED] + more)


def _above(scan: Measured) -> float:
    """Neurons above the best of all under 95 % of the permutations, mean over columns."""
    limits = torch.quantile(scan.tensors["maxima"].double(), 0.95, dim=1)
    counts = [(scan.tensors[f"dev/{site}"] > limits).sum(0) for site in scan.info["sites"]]
    return float(torch.stack(counts).sum(0).double().mean())


def summary(rows: list[Row]) -> str:
    """What came out, in two sentences."""
    able = [r for r in rows if float(str(r["method"])) - float(str(r["majority"])) >= 0.1]
    if not able:
        return "The tuned prompts do not solve any of these tasks, so no neuron can be judged."
    shares = [
        (float(str(r["best neuron"])) - float(str(r["majority"])))
        / (float(str(r["method"])) - float(str(r["majority"])))
        for r in able
    ]
    return (
        f"Neuron, position, sign and threshold are fixed on training and validation data and read "
        f"off on test data. On the {len(able)} of {len(rows)} tasks that the prompts solve, the "
        "best neuron alone (one for each class where there are more than two) has "
        f"{100 * min(shares):.0f} to {100 * max(shares):.0f} % of the prompt's accuracy above the "
        "majority's."
    )


def best_table(rows: list[Row]) -> Table:
    """Table 1."""
    return Table(
        "best_neurons", "Best neuron beside the tuned model (table 1 of the paper)",
        "Test accuracy, mean over seeds. Where there are more than two classes, 'best neuron' is a "
        "logistic regression on as many neurons as 'neurons' says, the best for each class against "
        "the others, fitted on train; validation score and neurons above null are means over "
        "classes. The null's column is the validation score that the best of all neurons reaches "
        "under permuted labels.", rows,
    )  # fmt: skip


def best_figure(rows: list[Row]) -> Figure:
    """Bars of the best neurons beside the tuned model."""
    shown = [
        Bar(str(r["task"]), float(str(r["best neuron"])), reference=float(str(r["method"])),
            chance=float(str(r["majority"])))
        for r in rows
    ]  # fmt: skip
    return Figure(
        "best_neurons", "The best neuron alone, beside the whole tuned model",
        "Bars near their diamonds: one neuron (one for each class where there are more than two) "
        "says nearly all that the model says. Thin strokes are the majority class.", "",
        bars(shown, "test accuracy"), claim="SN-1b", size=(6.4, 0.6 + 0.45 * len(rows)),
    )  # fmt: skip


def _scores(scan: Measured, kind: str) -> np.ndarray:
    """Scores of all neurons in every column, one after the other."""
    return np.concatenate([scan.tensors[f"{kind}/{s}"].numpy().ravel() for s in scan.info["sites"]])


def _band(scan: Measured) -> tuple[float, float]:
    """Where 95 % of the null's scores lie: fewer draws where there are more columns."""
    columns, first = len(scan.info["columns"]), scan.tensors[f"null/{scan.info['sites'][0]}"]
    draws = max(1, len(first) // columns)
    kept = [scan.tensors[f"null/{s}"][:draws].numpy().ravel() for s in scan.info["sites"]]
    low, high = np.quantile(np.concatenate(kept).astype(float), [0.025, 0.975])
    return float(low), float(high)


VARIANTS = {
    "dev": "at the prompts", "text_max": "maximum over the text", "text_mean": "mean over the text",
}  # fmt: skip


def histogram_figure(suite: Suite, found: Scans, task: str) -> Figure:
    """Predictivity of all neurons of a task, at the prompts and over the text (figure 3)."""
    scan = found[Job(task, suite.seeds[0])]
    by_kind = {name: _scores(scan, kind).tolist() for kind, name in VARIANTS.items()}
    columns = len(scan.info["columns"])
    each = f", each for all {columns} classes against the others" if columns > 1 else ""
    return Figure(
        f"histogram_{task}", f"How predictive the neurons of {task} are",
        f"Validation scores of all neurons (first seed){each}. Right of the grey band are neurons "
        "that know more of the labels than permuted labels would let them seem to.",
        "All neurons under permuted labels, position and sign chosen anew for each permutation.",
        histogram(by_kind, "predictivity", null=_band(scan)), claim="SN-1a",
    )  # fmt: skip


def histogram_table(suite: Suite, found: Scans) -> Table:
    """Neurons by bands of predictivity and variant (figures 9 and 10)."""
    rows: list[Row] = []
    edges = np.arange(0.5, 1.01, 0.05)
    kinds = {**VARIANTS, "positive": "only positive", "mean_position": "mean over prompts"}
    for task in suite.tasks:
        of_task = [found[Job(task, seed)] for seed in suite.seeds]
        for kind, name in kinds.items():
            counts = np.mean([np.histogram(_scores(scan, kind).clip(0.5, 1), edges)[0]
                              for scan in of_task], 0)  # fmt: skip
            cells = {f"{a:.2f}-{a + 0.05:.2f}": float(c) / len(of_task[0].info["columns"])
                     for a, c in zip(edges, counts, strict=False)}  # fmt: skip
            rows.append({"task": task, "variant": name, **cells})
    return Table(
        "histograms", "Neurons by predictivity (figures 3, 9 and 10)",
        "Number of neurons in each band of validation score, mean over seeds and, where there are "
        "more than two, over classes against the others.", rows, shown=10,
    )  # fmt: skip


CARDS = (
    "Cards: a neuron is judged by its activation where it is read, which orders the texts; the "
    "numbers and shades at the texts are its activations at their own tokens and may tell "
    "another story."
)
"""How to read the cards of neurons."""


def notes(suite: Suite, competent: list[str]) -> list[str]:
    """How the cards are read, and tasks about which nothing can be said."""
    left = [task for task in suite.tasks if task not in competent]
    said = "Prompts beat the majority by less than ten points on {}: no verdict is given there."
    return [CARDS, *([said.format(", ".join(left))] if left else [])]
