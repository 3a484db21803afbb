"""What the part ``specificity`` shows: matrices, curves over layers, tables, sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from brodmann.neurons.claims.evidence import Evidence
from brodmann.neurons.statistics.importance import z_scores
from brodmann.neurons.statistics.matrices import type_effect
from brodmann.neurons.statistics.reliability import disattenuate
from brodmann.report.findings import Figure, Row, Table
from brodmann.report.plots.layers import layers
from brodmann.report.plots.lines import Line
from brodmann.report.plots.matrix import matrix
from brodmann.studies.skill_neurons.type_evidence import competent, covariates, untestable
from brodmann.studies.skill_neurons.type_ranks import between
from brodmann.studies.suite import Suite


def _sorted(suite: Suite) -> tuple[list[int], list[int]]:
    """Tasks by type, and the sizes of the types."""
    types = suite.types()
    names = list(dict.fromkeys(types[task] for task in suite.tasks))
    order = [i for name in names for i, task in enumerate(suite.tasks) if types[task] == name]
    return order, [sum(types[task] == name for task in suite.tasks) for name in names]


def short(task: str) -> str:
    """A task's name without its suite."""
    return task.rpartition("/")[2]


def rank_figure(suite: Suite, ranks: np.ndarray) -> Figure:
    """Rank correlations of all pairs of tasks, from ``correlations`` (figure 5)."""
    order, blocks = _sorted(suite)
    names = [short(suite.tasks[i]) for i in order]
    values = _whole(suite, ranks)[np.ix_(order, order)]
    return Figure(
        "rank_correlations", "How alike two tasks rank the neurons",
        "Rank correlation of predictivity, mean over layers and pairs of different seeds. Blocks "
        "are task types; the diagonal (two seeds of one task) is the most that can be expected.",
        "Types permuted over tasks.",
        matrix(values.tolist(), names, names, signed=True, meaning="rank correlation",
               blocks=blocks), claim="SN-4", size=(6.4, 5.2),
    )  # fmt: skip


def _whole(suite: Suite, ranks: np.ndarray) -> np.ndarray:
    if len(suite.seeds) > 1:
        return between(ranks, range(len(suite.seeds)))
    return np.asarray(np.nan_to_num(ranks[:, :, 0, 0].mean(-1)))


def effect_figure(suite: Suite, lost: np.ndarray) -> Figure:
    """What every task loses by every task's neurons, from ``losses``."""
    order, blocks = _sorted(suite)
    names = [short(suite.tasks[i]) for i in order]
    able = suite.competent()
    unable = [task not in able for task in suite.tasks]
    values = lost.mean(-1)
    values[unable] = np.nan
    values = values[np.ix_(order, order)]
    without = "Dashes: the method cannot do the task, so that it has nothing to lose. "
    return Figure(
        "effect_by_task", "What each task loses when another task's neurons are disturbed",
        "Rows lose, columns lend their neurons: share of the accuracy above the majority's that is "
        f"lost, mean over rates. {without if any(unable) else ''}"
        "If neurons are specific, blocks of one type are dark.",
        "Types permuted over tasks.",
        matrix(values.tolist(), names, names, signed=True, meaning="share lost",
               row_label="task that is tested", column_label="task that lends its neurons",
               blocks=blocks), claim="SN-5", size=(6.8, 5.4),
    )  # fmt: skip


def layer_figures(suite: Suite, ranks: np.ndarray) -> list[Figure]:
    """Rank correlations by layer and kind of pair (figure 14), where types can be judged."""
    places, types = competent(suite)
    if untestable(places, types, len(suite.seeds)):
        return []
    off = ~np.eye(len(suite.seeds), dtype=bool)
    chosen = np.nan_to_num(ranks[places][:, places][:, :, off].mean(2))
    alike = np.array([[a == b for b in types] for a in types])
    own = np.eye(len(types), dtype=bool)
    kinds = {"same type": alike & ~own, "other type": ~alike, "same task": own}
    roles = {"same type": "own", "other type": "random", "same task": "method"}
    count = chosen.shape[-1]
    lines = [Line(name, list(range(count)), chosen[mask].mean(0).tolist(), roles[name])
             for name, mask in kinds.items()]  # fmt: skip
    return [Figure(
        "rank_correlations_by_layer", "Rank correlation by layer",
        "The gap between same and other type tells in which layers tasks part (figure 14).", "",
        layers(lines, "rank correlation", level=0.0, remark="means over pairs of tasks and seeds"),
    )]  # fmt: skip


def pairs_table(suite: Suite, ranks: np.ndarray) -> Table:
    """Rank correlations of all pairs, raw and corrected for reliability."""
    whole, types = _whole(suite, ranks), suite.types()
    rows: list[Row] = []
    for i, one in enumerate(suite.tasks):
        for j, two in enumerate(suite.tasks):
            if j >= i:
                corrected = disattenuate(whole[i, j], whole[i, i], whole[j, j]) if i != j else None
                rows.append({
                    "task": one, "other": two, "same type": types[one] == types[two],
                    "rank correlation": float(whole[i, j]),
                    "corrected for reliability": None if corrected is None else float(corrected),
                })  # fmt: skip
    return Table(
        "rank_correlations", "Rank correlations between tasks (figure 5)",
        "Equal names: reliability between seeds.", rows, shown=28,
    )  # fmt: skip


def importance_table(suite: Suite, raw: np.ndarray, lost: np.ndarray) -> Table:
    """Neuronal importance from ``importance_matrix``, beside the share lost (figure 6)."""
    z = z_scores(raw)
    rows: list[Row] = [
        {
            "source": source, "tested on": task, "area (points x %)": float(raw[i, j]),
            "z": float(z[i, j]), "share lost": float(lost[j, i].mean()),
        }
        for i, source in enumerate(suite.tasks) for j, task in enumerate(suite.tasks)
    ]  # fmt: skip
    return Table(
        "neuronal_importance", "Neuronal importance (figure 6), raw and as z-scores",
        "Area between the random and the source order's accuracy; z over sources within each "
        "tested task, as in the paper.", rows, shown=14,
    )  # fmt: skip


def summary(
    suite: Suite, ranks: np.ndarray, lost: np.ndarray, found: Mapping[str, Sequence[Evidence]]
) -> str:
    """What came out, in two sentences: the effects that are judged, and the raw ones.

    Args:
        suite: The tasks.
        ranks: From ``correlations``.
        lost: From ``losses``.
        found: Rows of SN-4 and SN-5, the pooled one first.
    """
    places, types = competent(suite)
    problem = untestable(places, types, len(suite.seeds))
    if problem:
        return f"Types cannot be compared here: {problem}."
    whole = _whole(suite, ranks)[np.ix_(places, places)]
    effect = lost.mean(-1)[np.ix_(places, places)]
    in_ranks, in_effect = (found[claim][0].effect or 0.0 for claim in ("SN-4", "SN-5"))
    return (
        f"Over {len(places)} tasks, judged: rank correlations are {in_ranks:+.2f} higher within a "
        "type than across (beyond permuted labels and covariates), and disturbing neurons of the "
        f"same type costs {100 * in_effect:+.1f} % more of the accuracy above the majority's than "
        "neurons of another type (beyond how fragile each task is and how much its neurons harm "
        f"all). Raw, not judged: {type_effect(whole, types):+.2f} (reliability "
        f"{np.diag(whole).mean():.2f}) and {100 * type_effect(effect, types):+.1f} %."
    )


def notes(suite: Suite) -> list[str]:
    """How the matrices are to be read, and which covariates SN-4 could have."""
    reading = [
        "The diagonal of the rank correlations is the reliability: two seeds of one task.",
        "Correlations corrected for reliability (in the table) describe; they are not judged.",
    ]
    if untestable(*competent(suite), len(suite.seeds)):
        return reading
    told = covariates(suite)
    used = f"SN-4 is judged beside {' and '.join(told.used)} as covariates of pairs of tasks."
    left_out = [f"SN-4 is judged without the covariate {name}, which {why}."
                for name, why in told.left_out.items()]  # fmt: skip
    return [*reading, *([used] if told.used else []), *left_out]
