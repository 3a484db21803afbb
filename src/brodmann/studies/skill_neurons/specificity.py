"""Part ``specificity``: do tasks of one type share their neurons, in rank and in effect (4.3)?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from brodmann.config.studies import StudyConfig
from brodmann.neurons.claims.evidence import POOLED, Evidence, Sensitivity, not_measured
from brodmann.neurons.statistics.importance import importance, z_scores
from brodmann.neurons.statistics.jackknife import jackknife
from brodmann.neurons.statistics.matrices import (
    beyond_margins,
    main_effects,
    type_effect,
    type_test,
)
from brodmann.neurons.statistics.reliability import disattenuate
from brodmann.report.findings import Figure, Finding, Row, Table
from brodmann.report.plots.layers import layers
from brodmann.report.plots.lines import Line
from brodmann.report.plots.matrix import matrix
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.evidence import mirrored_p
from brodmann.studies.skill_neurons.perturbation import damages, of_kind
from brodmann.studies.skill_neurons.settings import scans
from brodmann.studies.skill_neurons.single import usual
from brodmann.studies.skill_neurons.type_ranks import between, correlations, floors
from brodmann.studies.study import Outcome, Part
from brodmann.studies.suite import Job, Suite, grid

Scans = Mapping[Job, Measured]


def jobs(config: StudyConfig) -> list[Job]:
    """A tuned prompt for every task and seed."""
    return grid(config)


def find(suite: Suite) -> Outcome:
    """Rank correlations and neuronal importance between tasks, by type (figures 5, 6 and 14)."""
    known, harmed = scans(suite, grid(suite.config)), damages(suite, suite.tasks)
    ranks = correlations(suite, known)
    lost = losses(suite, harmed)
    raw = importance_matrix(suite, harmed)
    tables = [_pairs_table(suite, ranks), _importance_table(suite, raw, lost)]
    finding = Finding(
        part="specificity", title="Tasks of one type",
        summary=_summary(suite, ranks, lost), tables=tables,
        figures=[_rank_figure(suite, ranks), _effect_figure(suite, lost), *_layers(suite, ranks)],
        notes=[
            "The diagonal of the rank correlations is the reliability: two seeds of one task.",
            "Correlations corrected for reliability (in the table) describe; they are not judged.",
        ],
    )  # fmt: skip
    return Outcome(finding, judged(suite, known, ranks, lost))


def judged(
    suite: Suite, known: Scans, ranks: np.ndarray, lost: np.ndarray
) -> dict[str, list[Evidence]]:
    """Rows of SN-4 and SN-5, from the scans and what ``correlations`` and ``losses`` gave."""
    return {
        "SN-4": _in_ranks(suite, ranks, floors(suite, known)), "SN-5": _in_effect(suite, lost)
    }  # fmt: skip


def losses(suite: Suite, harmed: Scans) -> np.ndarray:
    """Share of the above-chance accuracy lost, mean over rates, ``[eval, source, S]``.

    The accuracy above the majority's (of the examples used) is the mean over seeds, so that the
    mean of the shares is the ratio of means; 0 where the intact model is not above it.
    """
    tasks = suite.tasks
    found = np.zeros((len(tasks), len(tasks), len(suite.seeds)))
    for i, task in enumerate(tasks):
        intact = np.zeros(len(suite.seeds))
        for s, seed in enumerate(suite.seeds):
            one = harmed[Job(task, seed)]
            right = one.tensors["right"][0].double().numpy().mean(-1)
            disturbed = [k for k, rate in enumerate(one.info["rates"]) if rate > 0]
            intact[s] = right[of_kind(one, "own")[0]][0]
            for j, source in enumerate(tasks):
                found[i, j, s] = intact[s] - right[_place(one, task, source)][disturbed].mean()
        room = intact.mean() - usual(harmed[Job(task, suite.seeds[0])])
        found[i] = found[i] / room if room > 0 else 0.0
    return found


def _place(one: Measured, task: str, source: str) -> int:
    name = "own" if source == task else f"task:{source}"
    return int(one.info["orders"].index(name))


def importance_matrix(suite: Suite, harmed: Scans) -> np.ndarray:
    """Area between random and source curve, points x per cent (figure 6), ``[source, eval]``."""
    tasks = suite.tasks
    rates = 100 * np.array(harmed[Job(tasks[0], suite.seeds[0])].info["rates"])
    curves = np.zeros((len(tasks), len(tasks), len(rates)))
    control = np.zeros((len(tasks), len(rates)))
    for j, task in enumerate(tasks):
        of_task = [harmed[Job(task, seed)] for seed in suite.seeds]
        right = np.mean([m.tensors["right"][0].double().numpy().mean(-1) for m in of_task], 0)
        control[j] = right[of_kind(of_task[0], "random")].mean(0)
        for i, source in enumerate(tasks):
            curves[i, j] = right[_place(of_task[0], task, source)]
    return np.asarray(importance(100 * curves, 100 * control, rates))


def _competent(suite: Suite) -> tuple[list[int], list[str]]:
    able = suite.competent()
    places = [i for i, task in enumerate(suite.tasks) if task in able]
    types = suite.types()
    return places, [types[suite.tasks[i]] for i in places]


def _untestable(places: list[int], types: list[str], seeds: int) -> str:
    """Why type effects cannot be judged; empty where they can."""
    if seeds < 3:
        return f"{seeds} seeds; pairs of seeds need three"
    repeated = [one for one in set(types) if types.count(one) > 1]
    if not repeated or len(set(types)) < 2:
        return f"the {len(places)} tasks that the method can do are not of two types with a pair"
    return ""


def _in_ranks(suite: Suite, ranks: np.ndarray, floor: np.ndarray) -> list[Evidence]:
    """SN-4, above what permuted labels give."""
    places, types = _competent(suite)
    problem = _untestable(places, types, len(suite.seeds))
    if problem:
        return [not_measured(POOLED, problem)]
    raw = ranks[places][:, places]
    chosen = raw - floor[places][:, places]
    seeds = range(len(suite.seeds))
    whole, diagonal = between(chosen, seeds), float(np.diag(between(raw, seeds)).mean())
    return [
        _type_evidence(
            suite, types, whole, lambda kept: between(chosen, list(kept)),
            reliabilities={"between seeds": diagonal},
        )
    ]  # fmt: skip


def _in_effect(suite: Suite, lost: np.ndarray) -> list[Evidence]:
    """SN-5 beyond fragility times strength: neurons on which every task hangs are of no type.

    The paper's z-scores are the other reading.
    """
    places, types = _competent(suite)
    problem = _untestable(places, types, len(suite.seeds))
    if problem:
        return [not_measured(POOLED, problem)]
    chosen = lost[places][:, places]
    z = z_scores(chosen.mean(-1).T).T
    other = Sensitivity("z-scores by evaluation task", type_effect(z, types))
    return [
        _type_evidence(
            suite, types, beyond_margins(chosen.mean(-1)),
            lambda kept: beyond_margins(chosen[:, :, kept].mean(-1)),
            covariates=main_effects(len(types)), sensitivity=(other,), one_shot=True,
        )
    ]  # fmt: skip


def _type_evidence(
    suite: Suite,
    types: list[str],
    whole: np.ndarray,
    of: Callable[[np.ndarray], np.ndarray],
    covariates: Sequence[np.ndarray] = (),
    **more: Any,
) -> Evidence:
    """Same type minus other type, centred on the permutation of types; jackknife over seeds."""
    test = type_test(whole, types, covariates)
    centre = type_effect(whole, types, covariates) - test.effect
    estimate = jackknife(
        lambda kept: type_effect(of(kept), types, covariates) - centre, len(suite.seeds)
    )
    return Evidence(
        POOLED, estimate, max(test.p_greater, estimate.p_value()), test.smallest_p, len(types),
        p_mirror=max(test.p_less, mirrored_p(estimate)), seeds=len(suite.seeds),
        notes={"generalises": "these tasks", "types": ", ".join(types)}, **more,
    )  # fmt: skip


def _sorted(suite: Suite) -> tuple[list[int], list[int]]:
    """Tasks by type, and the sizes of the types."""
    types = suite.types()
    names = list(dict.fromkeys(types[task] for task in suite.tasks))
    order = [i for name in names for i, task in enumerate(suite.tasks) if types[task] == name]
    return order, [sum(types[task] == name for task in suite.tasks) for name in names]


def short(task: str) -> str:
    """A task's name without its suite."""
    return task.rpartition("/")[2]


def _rank_figure(suite: Suite, ranks: np.ndarray) -> Figure:
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


def _effect_figure(suite: Suite, lost: np.ndarray) -> Figure:
    order, blocks = _sorted(suite)
    names = [short(suite.tasks[i]) for i in order]
    values = lost.mean(-1)[np.ix_(order, order)]
    return Figure(
        "effect_by_task", "What each task loses when another task's neurons are disturbed",
        "Rows lose, columns lend their neurons: share of the accuracy above the majority's that is "
        "lost, mean over rates. If neurons are specific, blocks of one type are dark.",
        "Types permuted over tasks.",
        matrix(values.tolist(), names, names, signed=True, meaning="share lost",
               row_label="task that is tested", column_label="task that lends its neurons",
               blocks=blocks), claim="SN-5", size=(6.8, 5.4),
    )  # fmt: skip


def _layers(suite: Suite, ranks: np.ndarray) -> list[Figure]:
    places, types = _competent(suite)
    if _untestable(places, types, len(suite.seeds)):
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


def _pairs_table(suite: Suite, ranks: np.ndarray) -> Table:
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


def _importance_table(suite: Suite, raw: np.ndarray, lost: np.ndarray) -> Table:
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


def _summary(suite: Suite, ranks: np.ndarray, lost: np.ndarray) -> str:
    places, types = _competent(suite)
    problem = _untestable(places, types, len(suite.seeds))
    if problem:
        return f"Types cannot be compared here: {problem}."
    whole = _whole(suite, ranks)[np.ix_(places, places)]
    effect = lost.mean(-1)[np.ix_(places, places)]
    return (
        f"Over {len(places)} tasks, rank correlations are {type_effect(whole, types):+.2f} higher "
        f"within a type than across (reliability {np.diag(whole).mean():.2f}), and disturbing "
        f"neurons of the same type costs {100 * type_effect(effect, types):+.1f} % more of the "
        "accuracy above the majority's than neurons of another type."
    )


SPECIFICITY = Part("specificity", ("SN-4", "SN-5"), jobs, find)
