"""Rows of SN-4 and SN-5: tasks of one type against tasks of different types."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from brodmann.neurons.claims.evidence import POOLED, Evidence, Sensitivity, not_measured
from brodmann.neurons.statistics.covariates import Covariates, usable
from brodmann.neurons.statistics.importance import z_scores
from brodmann.neurons.statistics.jackknife import jackknife, with_groups
from brodmann.neurons.statistics.matrices import (
    beyond_margins,
    main_effects,
    type_effect,
    type_test,
)
from brodmann.studies.evidence import mirrored_p
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons import type_losses, type_ranks
from brodmann.studies.skill_neurons.type_losses import Answers
from brodmann.studies.skill_neurons.type_ranks import between, floors, without_groups
from brodmann.studies.suite import Job, Suite

Scans = Mapping[Job, Measured]
Statistic = Callable[[np.ndarray], float]


def competent(suite: Suite) -> tuple[list[int], list[str]]:
    """Places and types of the tasks that the method can do."""
    able = suite.competent()
    places = [i for i, task in enumerate(suite.tasks) if task in able]
    types = suite.types()
    return places, [types[suite.tasks[i]] for i in places]


def untestable(places: list[int], types: list[str], seeds: int) -> str:
    """Why type effects cannot be judged; empty where they can."""
    if seeds < 3:
        return f"{seeds} seeds; pairs of seeds need three"
    repeated = [one for one in set(types) if types.count(one) > 1]
    if not repeated or len(set(types)) < 2:
        return f"the {len(places)} tasks that the method can do are not of two types with a pair"
    return ""


def covariates(suite: Suite) -> Covariates:
    """Number of texts and label words, where types can be told from them."""
    places, types = competent(suite)
    traits = {name: [values[suite.tasks[i]] for i in places]
              for name, values in suite.traits().items()}  # fmt: skip
    return usable(types, traits)


def in_ranks(suite: Suite, known: Scans, ranks: np.ndarray) -> list[Evidence]:
    """SN-4, above what permuted labels give, with the covariates that types can be told from.

    Seeds and each task's validation examples are random, and crossed; the floor is that of all
    examples. As in SN-6, the reliability is that of the worst task, above its floor.
    """
    places, types = competent(suite)
    problem = untestable(places, types, len(suite.seeds))
    if problem:
        return [not_measured(POOLED, problem)]
    here, seeds = np.ix_(places, places), range(len(suite.seeds))
    floor = floors(suite, known)[here]
    whole = ranks[here] - floor
    less = without_groups(suite, known)[:, places][:, :, places] - between(floor, seeds)
    told = covariates(suite)
    plain = Sensitivity("without covariates", type_test(between(whole, seeds), types).effect)
    return [
        _evidence(
            suite, types, between(whole, seeds), list(told.used.values()),
            lambda kept: between(whole, list(kept)),
            lambda of: type_ranks.left_out(between(whole, seeds), less, of),
            reliabilities={
                "between seeds, beyond the floor": float(np.diag(between(whole, seeds)).min())
            },
            sensitivity=(plain,) if told.used else (), notes=_told(told),
        )
    ]  # fmt: skip


def _told(known: Covariates) -> dict[str, str]:
    left_out = "; ".join(f"{name} {why}" for name, why in known.left_out.items())
    return {"covariates": ", ".join(known.used) or "none"} | (
        {"covariates left out": left_out} if left_out else {}
    )


def in_effect(suite: Suite, said: list[Answers]) -> list[Evidence]:
    """SN-5 beyond fragility times strength: neurons on which every task hangs are of no type.

    The paper's z-scores are the other reading. Seeds and each task's test examples are random,
    and crossed; the neurons stay those that all validation examples chose.
    """
    places, types = competent(suite)
    problem = untestable(places, types, len(suite.seeds))
    if problem:
        return [not_measured(POOLED, problem)]
    chosen = [said[i].by(places) for i in places]
    lost = _lost(chosen)
    z = type_effect(z_scores(lost.T).T, types)
    return [
        _evidence(
            suite, types, beyond_margins(lost), main_effects(len(types)),
            lambda kept: beyond_margins(_lost([one.of_seeds(kept) for one in chosen])),
            lambda of: type_losses.left_out(chosen, lambda matrix: of(beyond_margins(matrix))),
            sensitivity=(Sensitivity("z-scores by evaluation task", z, other_unit=True),),
            one_shot=True,
        )
    ]  # fmt: skip


def _lost(known: list[Answers]) -> np.ndarray:
    """Share of the above-chance accuracy lost, mean over seeds, ``[eval, source]``."""
    return np.asarray(type_losses.losses(known).mean(-1))


def _evidence(
    suite: Suite,
    types: list[str],
    whole: np.ndarray,
    beside: Sequence[np.ndarray],
    of_seeds: Callable[[np.ndarray], np.ndarray],
    of_groups: Callable[[Statistic], list[np.ndarray]],
    notes: Mapping[str, str] | None = None,
    **more: Any,
) -> Evidence:
    """Same type minus other type, centred on the permutation of types; seeds and examples."""

    def effect(matrix: np.ndarray) -> float:
        return type_effect(matrix, types, beside)

    test = type_test(whole, types, beside)
    over_seeds = jackknife(lambda kept: effect(of_seeds(kept)), len(suite.seeds))
    estimate = with_groups(over_seeds, of_groups(effect)).minus(over_seeds.effect - test.effect)
    return Evidence(
        POOLED, estimate, max(test.p_greater, estimate.p_value()), test.smallest_p, len(types),
        p_mirror=max(test.p_less, mirrored_p(estimate)), seeds=len(suite.seeds),
        notes={"generalises": "these tasks", "types": ", ".join(types), **(notes or {})}, **more,
    )  # fmt: skip
