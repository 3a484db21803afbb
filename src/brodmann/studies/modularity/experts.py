"""Part ``experts``: do some experts gather a function's neurons (EM-3, EM-4; Tables 1 and 4)?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brodmann.neurons.claims.evidence import POOLED, Evidence, Sensitivity, not_measured
from brodmann.neurons.partition.partition import Partition
from brodmann.report.findings import Finding
from brodmann.studies.functions.asked import Scans, of_model, scanned_models, twin
from brodmann.studies.functions.estimates import beyond_permuted, permutation_rows
from brodmann.studies.modularity.experts_views import (
    discoveries_table,
    experts_table,
    functions_table,
    share_figure,
    summary,
    variance_figure,
    variance_table,
)
from brodmann.studies.modularity.gathered import between, between_of, functional
from brodmann.studies.modularity.modelled import Modelled
from brodmann.studies.modularity.partitions import (
    as_inputs,
    keep,
    partitions_for,
    random_partitions,
    settings,
)
from brodmann.studies.study import Outcome, Part
from brodmann.studies.suite import Suite

OTHER = {"clustering": "coactivation", "coactivation": "clustering"}
"""A study's partition -> the other one, as a sensitivity row."""
FEWER = 199
"""Label permutations of a twin's scan."""


def find(suite: Suite) -> Outcome:
    """Functional experts of the model, of random partitions, and of its twins."""
    model, twins = modelled(suite), twin_models(suite)
    keep(suite, model.made)
    keep(suite, model.other)
    alpha = settings(suite.config).alpha
    rows = {"EM-3": evidence(model, twins, by_rule(alpha)),
            "EM-4": evidence(model, twins, BY_VARIANCE),
            "EM-7": [not_measured(POOLED, NATIVE)]}  # fmt: skip
    finding = Finding(
        part="experts", title="Experts that gather a function", summary=summary(model, rows),
        tables=[experts_table(model, twins, alpha), variance_table(model, twins),
                functions_table(model, alpha), discoveries_table(model)],
        figures=[share_figure(model, twins, alpha), variance_figure(model, twins)],
        notes=[NOTE],
    )  # fmt: skip
    return Outcome(finding, rows)


NATIVE = "the model has no experts of its own (a mixture of experts is needed)"
"""Why EM-7 is not judged."""
NOTE = (
    "Clusters of weights hold neurons that are nearly alike, and these score alike even on labels "
    "that mean nothing: the hypergeometric rule, and random partitions, take that for a function. "
    "What is judged is the rule's share of experts less the same under permuted labels, with the "
    "partition fixed."
)
"""Which null decides, and why."""


def modelled(suite: Suite) -> Modelled:
    """The study's model with its partitions and scans."""
    return _modelled(suite, [()])[0]


def twin_models(suite: Suite) -> list[Modelled]:
    """The random-initialised twins, each with its own partitions."""
    own = settings(suite.config)
    return _modelled(suite, [twin(number) for number in range(own.twins)],
                     min(FEWER, own.permutations))  # fmt: skip


def _modelled(
    suite: Suite, models: Sequence[tuple[str, ...]], permutations: int | None = None
) -> list[Modelled]:
    """Models with their partitions and scans, all asked for at once."""
    made = partitions_for(suite, models)
    others = partitions_for(suite, models, OTHER[settings(suite.config).partition])
    inputs = [as_inputs("own", one) | as_inputs("other", other)
              for one, other in zip(made, others, strict=True)]  # fmt: skip
    found = scanned_models(suite, models, permutations, inputs)
    return [Modelled(scans, one, other, random_partitions(suite, one))
            for scans, one, other in zip(found, made, others, strict=True)]  # fmt: skip


@dataclass(frozen=True)
class Statistic:
    """One way to tell whether experts gather a question's neurons.

    Attributes:
        own: Of a model's partition, at a site: under the labels and permutations, ``[Q, 1 + B]``.
        other: The same of its other partition.
        random: Of any partition under the labels alone, ``[Q]``.
    """

    own: Callable[[Modelled, str], NDArray[np.float64]]
    other: Callable[[Modelled, str], NDArray[np.float64]]
    random: Callable[[Scans, Partition, str], NDArray[np.float64]]


def by_rule(alpha: float) -> Statistic:
    """EM-3: share of experts that the paper's rule calls functional."""
    return Statistic(
        lambda model, site: functional(model.found, model.made, site, alpha),
        lambda model, site: functional(model.found, model.other, site, alpha),
        lambda found, made, site: functional(found, made, site, alpha, 1)[:, 0],
    )


BY_VARIANCE = Statistic(
    lambda model, site: between(model.found, "own", site),
    lambda model, site: between(model.found, "other", site),
    between_of,
)
"""EM-4: share of the variance of predictivity that lies between experts."""


def evidence(model: Modelled, twins: Sequence[Modelled], of: Statistic) -> list[Evidence]:
    """The statistic beyond permuted labels: pooled, by function, by layer.

    Random partitions (the paper's null), the other partition and random-initialised twins stand
    beside the pooled row.
    """
    layers = {site: of.own(model, site) for site in model.found.sites}
    whole = _by_function(model.found, list(layers.values()))
    effect, seen = beyond_permuted(whole), _mean([one[:, 0] for one in whole.values()])
    other = _by_function(model.found, [of.other(model, site) for site in model.found.sites])
    random = _mean([
        _mean(list(_by_function(model.found, [of.random(model.found, made, site)
                                              for site in model.found.sites]).values()))
        for made in model.random
    ])  # fmt: skip
    beside = [
        Sensitivity("the other partition", beyond_permuted(other)),
        Sensitivity("beyond random partitions (faithful)", seen - random),
    ]
    if twins:
        theirs = [
            beyond_permuted(_by_function(one.found, [of.own(one, s) for s in one.found.sites]))
            for one in twins
        ]
        beside.append(Sensitivity("beyond random-initialised twins", effect - _mean(theirs),
                                  second=True))  # fmt: skip
    null = _mean([one[:, 1:] for one in whole.values()])
    notes = {"share": seen, "share_under_permuted_labels": null, "share_at_random": random}
    return permutation_rows(
        whole, {site: model.found.by_question(values) for site, values in layers.items()},
        sensitivity=tuple(beside), notes=notes,
    )  # fmt: skip


def _by_function(
    found: Scans, layers: Sequence[NDArray[np.float64]]
) -> dict[str, NDArray[np.float64]]:
    """Function -> mean over layers, ``[K, ...]``."""
    return found.by_question(np.mean(np.stack(layers), axis=0))


def _mean(parts: Sequence[float | NDArray[np.float64]]) -> float:
    """Mean of means: parts count alike."""
    return float(np.mean([np.mean(part) for part in parts]))


EXPERTS = Part("experts", ("EM-3", "EM-4", "EM-7"), of_model, find)
"""The part."""
