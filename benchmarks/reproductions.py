"""Figures of "Emergent Modularity" that follow from what is known of it.

``python -m benchmarks.reproductions`` prints published beside reproduced ones; what each one is
stands in ``docs/reproductions.md``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from brodmann.neurons.emergence.crossing import lead
from brodmann.neurons.emergence.grouping import LevelName
from brodmann.neurons.emergence.series import Series
from brodmann.neurons.emergence.settling import Settling, settle
from brodmann.neurons.emergence.stability import stability
from brodmann.neurons.partition.build import as_built
from brodmann.neurons.statistics.best_of import expected_best_precision, uninformed_precision
from brodmann.neurons.statistics.intervals import mean_of_seeds, paired_mean
from brodmann.playground.planted.settling import Course, Settled

Row = dict[str, Any]
BEST = ((60, 0.5, 0.81), (200, 0.5, 0.66), (400, 0.5, 0.64), (1043, 0.69, 0.74), (2000, 0.5, 0.55))
"""Examples, prevalence, best average precision of 3,072 units that know nothing."""
UNITS = 3072
PREVALENCES = (0.69, 0.68, 0.67, 0.53, 0.5, 0.5, 0.5, 0.5)
"""Of CoLA, MRPC, MNLI's first split, RTE, and the four other sub-functions of the tasks."""
TABLE_3 = {
    "original": ([72.1, 53.9, 75.8, 65.7, 75.2, 77.1, 92.8], [1.1, 3.1, 2.0, 3.6, 2.0, 1.3, 0.6]),
    "no function": ([73.0, 50.9, 75.2, 65.3, 76.2, 76.8, 92.1],
                    [1.2, 2.3, 2.3, 4.0, 2.3, 1.5, 0.3]),
    "function": ([73.1, 56.2, 77.2, 65.4, 78.3, 78.3, 92.5], [0.9, 2.8, 1.9, 3.4, 1.7, 1.2, 0.6]),
}  # fmt: skip
"""Mean accuracy and s.d. over eight seeds in CoLA, MNLI, MRPC, RTE, QNLI, QQP, SST-2."""
SEEDS, ROUNDED = 8, 0.05
SLOW, FAST = Course(8.0), Course(5.0)


def best_of(repeats: int = 6) -> list[Row]:
    """The null of the best of N units, with labels drawn and with their number fixed."""
    rows = []
    for count, prevalence, published in BEST:
        drawn, fixed = (
            expected_best_precision(UNITS, count, prevalence, True, drawn, repeats, seed=1)
            for drawn in (True, False)
        )
        rows.append({"examples": count, "prevalence": prevalence, "published": published,
                     "labels drawn": drawn.mean, "s.d. of one draw": drawn.spread,
                     "number fixed": fixed.mean})  # fmt: skip
    return rows


def uninformed() -> float:
    """Mean over the sub-functions of what a neuron that knows nothing scores."""
    return float(np.mean([uninformed_precision(share) for share in PREVALENCES]))


def over_tasks(one: str, other: str) -> tuple[float, float]:
    """Mean difference of two rows of table 3 over the tasks, and the p of its paired t test."""
    found = paired_mean(TABLE_3[one][0], TABLE_3[other][0])
    return found.effect, 2 * found.p_value()


def reach_of_rounding(one: str, other: str, draws: int = 20000, seed: int = 0) -> tuple[
    tuple[float, float], tuple[float, float]
]:  # fmt: skip
    """Where mean and p over tasks may lie, as the table is rounded to a tenth: 1 % to 99 %."""
    off = ROUNDED * np.random.default_rng(seed).uniform(-1, 1, size=(2, draws, 7))
    gaps = (TABLE_3[one][0] + off[0]) - (TABLE_3[other][0] + off[1])
    p = stats.ttest_1samp(gaps, 0, axis=1).pvalue
    return tuple(np.quantile(gaps.mean(1), [0.01, 0.99])), tuple(np.quantile(p, [0.01, 0.99]))


def over_seeds(one: str, other: str, paired: float, draws: int = 2000, seed: int = 0) -> float:
    """Median p of a paired t test over eight means over the tasks, simulated from the table.

    Args:
        one: A row of the table.
        other: Another.
        paired: Correlation of both arms over seeds, which the table does not tell.
        draws: Simulated tables.
        seed: Of the draws.
    """
    random = np.random.default_rng(seed)
    (mean, spread), (mean2, spread2) = (np.array(TABLE_3[name]) for name in (one, other))
    shared, free = random.normal(size=(2, draws, SEEDS, 7))
    gaps = mean - mean2 + spread * shared
    gaps -= spread2 * (paired * shared + (1 - paired**2) ** 0.5 * free)
    return float(np.median(stats.ttest_1samp(gaps.mean(2), 0, axis=1).pvalue))


def layers(seed: int) -> Series:
    """Six layers that settle late and six that settle early, neurons and experts at one time."""
    scores = {}
    for place, course in enumerate((SLOW, FAST)):
        made = Settled(course, course, noise=0.5, sites=6, functions=8).series(2 * seed + place)
        for block, values in enumerate(made.scores.values()):
            scores[f"encoder.{2 * block + place}.ffn"] = values
    partition = as_built(dict.fromkeys(scores, 128), 16)
    return Series(made.steps, scores, (partition,) * len(made.steps), made.functions)


def mismatch(seed: int) -> tuple[float | None, float | None]:
    """Octaves by which experts of six early layers lead neurons: of all layers, and of theirs."""
    whole = layers(seed)
    sparse = whole.at([f"encoder.{block}.ffn" for block in range(1, 12, 2)])
    matched = settle(sparse, draws=2)

    def time(series: Series, level: LevelName) -> Any:
        return Settling({level: stability(series, level, draws=2)}).time(level)

    return lead(time(sparse, "experts"), time(whole, "neurons")), matched.lead()


def main() -> None:
    """Print published and reproduced figures."""
    for row in best_of():
        print({name: round(value, 3) for name, value in row.items()})
    print(f"uninformed: {uninformed():.3f} (published .572)")
    for other, published in (
        ("no function", "1.67, .050, .0004"),
        ("original", "1.22, .041, .005"),
    ):
        mean, p = over_tasks("function", other)
        reach = [[round(float(end), 3) for end in ends]
                 for ends in reach_of_rounding("function", other)]  # fmt: skip
        seeds = {paired: round(over_seeds("function", other, paired), 5)
                 for paired in (0.0, 0.3, 0.6)}  # fmt: skip
        print(f"function - {other}: {mean:.2f}, p over tasks {p:.3f}, by rounding {reach}, "
              f"p over seeds by pairing {seeds} (published {published})")  # fmt: skip
    wrong, matched = zip(*(mismatch(seed) for seed in range(5)), strict=True)
    for name, values in (("mismatched", wrong), ("matched", matched)):
        found = mean_of_seeds(values)
        low, high = found.at_level(0.05)
        print(f"lead of experts, {name} layers: {found.effect:.2f} ({low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()
