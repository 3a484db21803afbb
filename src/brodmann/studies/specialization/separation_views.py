"""What the part ``separation`` shows."""

from __future__ import annotations

from collections.abc import Sequence
from os.path import commonprefix

import numpy as np
from numpy.typing import NDArray

from brodmann.neurons.claims.evidence import Evidence
from brodmann.report.findings import Figure, Row, Table
from brodmann.report.plots.matrix import matrix
from brodmann.studies.functions.asked import Scans, short


def summary(found: Scans, pooled: Evidence) -> str:
    """What came out, in a sentence or two."""
    effect = "could not be measured" if pooled.effect is None else f"is {pooled.effect:.3f}"
    return (
        "The top neurons of a question, chosen on half of its examples, are compared with those of "
        "every question, chosen on the other half. What questions of one function share above "
        f"those of different functions, beyond permuted labels, {effect} of the top neurons."
    )


def blocks(alike: NDArray[np.float64], function_of: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean likeness of different questions, function by function, ``[F, F]``."""
    names, apart = np.unique(function_of), ~np.eye(len(function_of), dtype=bool)
    found = np.full((len(names), len(names)), np.nan)
    for i, one in enumerate(names):
        for j, two in enumerate(names):
            chosen = ((function_of == one)[:, None] & (function_of == two)) & apart
            if chosen.any():
                found[i, j] = alike[chosen].mean()
    return found


def function_table(found: Scans, alike: NDArray[np.float64]) -> Table:
    """Function by function, with the ceiling."""
    grid, ceiling = blocks(alike, found.function_of), alike.diagonal()
    names = [short(name) for name in found.functions]
    rows: list[Row] = [
        {"function": name, **dict(zip(names, map(float, grid[i]), strict=True)),
         "a question with itself (ceiling)": float(ceiling[found.function_of == i].mean())}
        for i, name in enumerate(names)
    ]  # fmt: skip
    return Table(
        "likeness", "Top neurons in common (Figure 1, right)",
        "Share of top neurons that two different questions have in common, beyond chance, chosen "
        "on different halves of the examples; mean over layers and pairs. The last column is what "
        "the two halves of one question share.", rows,
    )  # fmt: skip


def exclusive_table(rows: Sequence[Row]) -> Table:
    """To how many functions neurons respond."""
    return Table(
        "responsive", "Functions that a neuron responds to",
        "Responsive neurons of each function, and to how many functions they respond in all.", rows,
    )  # fmt: skip


def bare(found: Scans) -> list[str]:
    """Names of the questions without their function, and without a folder that all of it share."""
    names = [name.split(": ", 1)[1] for name in found.questions]
    for place in range(len(found.functions)):
        mine = np.flatnonzero(found.function_of == place)
        folder = commonprefix([names[k] for k in mine]).rpartition("/")[0]
        for k in mine:
            names[k] = names[k].removeprefix(f"{folder}/")
    return names


def similarity_figure(found: Scans, alike: NDArray[np.float64]) -> Figure:
    """Question by question, parted by function."""
    names = bare(found)
    sizes = np.bincount(found.function_of).tolist()
    size = min(9.0, 3.0 + 0.18 * len(names))
    return Figure(
        "likeness", "Top neurons that questions share",
        "Top neurons of the row's question, chosen on one half of the examples, that are top "
        "neurons of the column's question on the other half too. Blocks along the diagonal are "
        "functions. Cells on the diagonal are ceilings: what two halves of the same question's "
        "examples share. Blue cells share less than by chance.", "Chance, k / N, is taken off.",
        matrix(alike.tolist(), names, names, signed=True, meaning="share in common beyond chance",
               row_label="questions, one half of the examples",
               column_label="questions, the other half", blocks=sizes,
               block_names=[short(name) for name in found.functions]),
        claim="EM-2", size=(size + 1.2, size),
    )  # fmt: skip
