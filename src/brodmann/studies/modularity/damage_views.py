"""What the part ``damage`` shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from brodmann.config.studies import ModularitySettings
from brodmann.neurons.claims.evidence import Evidence
from brodmann.report.cells import estimate
from brodmann.report.findings import Figure, Row, Table
from brodmann.report.plots.curves import curves
from brodmann.report.plots.lines import Line, spoken
from brodmann.report.plots.matrix import matrix
from brodmann.studies.modularity.harm import Harm, knowing

TOLD = {
    "EM-5a": ("Harm by a function's own experts less that by as many random experts and by "
              "matched random neurons (the mean of the two): {}.", "nats"),
    "EM-6": ("Harm to a function by its own experts less that by the others' experts, with what "
             "each harm on average taken off: {}.", "of what is known beyond chance"),
}  # fmt: skip
"""Claim -> the sentence that tells its effect, and the unit."""


def summary(
    harms: Mapping[str, Harm], own: ModularitySettings, rows: Mapping[str, Sequence[Evidence]]
) -> str:
    """What came out, in two sentences."""
    if not knowing(harms):
        return "The model answers no function's questions well enough for harm to be told."
    told = [said.format(_effect(rows[name][0].effect, unit)) for name, (said, unit) in TOLD.items()]
    return " ".join((
        f"Experts are chosen on training examples and disturbed ({own.noise}) in test examples; "
        "linear probes on the last states, fitted on the intact model, give the answers.", *told,
    ))  # fmt: skip


def _effect(value: float | None, unit: str) -> str:
    return "could not be judged" if value is None else f"{estimate(value, signed=True)} {unit}"


def notes(harms: Mapping[str, Harm], own: ModularitySettings) -> list[str]:
    """Questions that could not be judged, and what the damage is."""
    left = [f"{name}: {', '.join(harm.left_out)}" for name, harm in harms.items() if harm.left_out]
    said = [f"Not answered ten points better than chance, and left out: {'; '.join(left)}."]
    return [
        "Damage is to what linear probes read from the mean last state of a frozen model: what the "
        "model still tells, not what it would do with it.",
        "One-shot disturbances cannot show that an effect is negligible: others may stand in.",
        *(said if left else []),
    ]


def damage_table(harms: Mapping[str, Harm], own: ModularitySettings) -> Table:
    """A row per function, arm and dose."""
    rows: list[Row] = []
    for name, harm in harms.items():
        if not harm.questions:
            continue
        kinds: list[tuple[str, str | None]] = [("experts", source) for source in harms]
        kinds += [("neurons", name), ("random experts", None), ("matched neurons", None)]
        for kind, of in kinds:
            by_dose = harm.by_dose(kind, own.noise, of).mean(2)
            rows.append({
                "asked": name, "disturbed": f"{kind} of {of}" if of else kind,
                **{f"{100 * share:g} %": float(values.mean())
                   for share, values in zip(own.doses, by_dose, strict=True)},
                "s.d. of draws": float(by_dose.mean(0).std(ddof=1)) if of is None else None,
            })  # fmt: skip
        single = harm.by_dose("one question", own.noise)
        rows.append(
            {
                "asked": name,
                "disturbed": "neurons of single questions, own question",
                f"{100 * own.doses[len(own.doses) // 2]:g} %": _own_question(harm, single[0]),
            }
        )
    return Table(
        "damage", "Log-loss added by disturbing neurons (Figure 2)",
        "Nats, mean over the questions that the model can answer, by share of experts disturbed in "
        "every touched layer.", _aligned(rows),
    )  # fmt: skip


def _own_question(harm: Harm, values: NDArray[np.float64]) -> float | None:
    """Damage to a question by its own best neurons, mean over questions."""
    names = [arm.of for arm in harm.arms if arm.kind == "one question"]
    found = [values[names.index(name), k] for k, name in enumerate(harm.questions)]
    return float(np.mean(found)) if found else None


def _aligned(rows: Sequence[Row]) -> list[Row]:
    """Every row with all columns, in one order."""
    names = list(dict.fromkeys(name for one in rows for name in one))
    return [{name: one.get(name) for name in names} for one in rows]


def matrix_figure(relative: NDArray[np.float64], names: Sequence[str]) -> Figure:
    """Functions by functions: mean relative damage."""
    functions = list(dict.fromkeys(names))
    mine = np.array([functions.index(name) for name in names])
    grid = np.stack([relative[:, mine == place].mean(1) for place in range(len(functions))], 1)
    return Figure(
        "damage_matrix", "Whose experts harm which function",
        "Share of what the model knows beyond chance that is lost, mean over doses. A strong "
        "diagonal in every row means that experts serve their function; a strong row means that a "
        "function's experts serve all.", "",
        matrix(grid.tolist(), functions, functions, signed=True, meaning="share of knowledge lost",
               row_label="disturbed: experts of", column_label="asked"),
        claim="EM-6", size=(5.6, 4.4),
    )  # fmt: skip


def dose_figure(harm: Harm, own: ModularitySettings) -> Figure:
    """Damage to one function over the doses."""

    def line(name: str, kind: str, role: str, of: str | None = None) -> Line:
        values = harm.by_dose(kind, own.noise, of).mean(2)
        band = {} if of else {"low": np.quantile(values, 0.025, 1).tolist(),
                              "high": np.quantile(values, 0.975, 1).tolist()}  # fmt: skip
        return Line(name, own.doses, values.mean(1).tolist(), role, **band)

    others = sorted({arm.of for arm in harm.arms if arm.kind == "experts"} - {harm.function})
    lines = [
        line("own experts", "experts", "own", harm.function),
        line("own best neurons", "neurons", "method", harm.function),
        line("random experts", "random experts", "random"),
        line("matched neurons", "matched neurons", "null"),
        *(line(f"experts of {name}", "experts", "other", name) for name in others),
    ]
    return Figure(
        f"dose_{harm.function}", f"Disturbing experts while {harm.function} is asked",
        "Log-loss that is added, by share of experts disturbed in every touched layer.",
        spoken(f"Bands: {own.random_draws} draws of random experts, and of random neurons of like "
               "s.d. and output norm, 95 % of them.", lines),
        curves(lines, "share of experts disturbed", "added log-loss (nats)", "x",
               remark="bands: 95 % of the draws"), claim="EM-5a",
    )  # fmt: skip
