"""The null of the best of N units against scikit-learn and a loop."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from brodmann.errors import RunError
from brodmann.neurons.statistics.best_of import (
    BestOf,
    expected_best_precision,
    uninformed_precision,
)


@pytest.mark.parametrize("either", [True, False])
@pytest.mark.parametrize("prevalence", [0.5, 0.3])
def test_it_is_the_best_of_independent_units(either, prevalence):
    rng, rows, units = np.random.default_rng(0), 40, 25
    labels = np.arange(rows) < round(prevalence * rows)
    best = []
    for _ in range(150):
        found = []
        for _ in range(units):
            scores = rng.normal(size=rows)
            found.append(average_precision_score(labels, scores))
            if either:
                found.append(average_precision_score(~labels, scores))
        best.append(max(found))
    made = expected_best_precision(units, rows, prevalence, either, repeats=600)
    assert made.mean == pytest.approx(np.mean(best), abs=4 * np.std(best) / 150**0.5)
    assert made.spread == pytest.approx(np.std(best), rel=0.25)


def test_more_units_and_fewer_rows_raise_it():
    base = expected_best_precision(50, 100, repeats=60).mean
    assert expected_best_precision(500, 100, repeats=60).mean > base + 0.02
    assert expected_best_precision(50, 1000, repeats=60).mean < base - 0.05


def test_labels_may_be_drawn_and_a_seed_repeats():
    drawn, fixed = (
        expected_best_precision(200, 60, drawn=how, repeats=60) for how in (True, False)
    )
    assert drawn.mean > fixed.mean + 0.01
    assert drawn.spread > fixed.spread
    assert expected_best_precision(9, 60, seed=4) == expected_best_precision(9, 60, seed=4)
    assert isinstance(drawn, BestOf)


@pytest.mark.parametrize(("units", "rows", "prevalence"), [(0, 10, 0.5), (5, 10, 0.01), (5, 1, 1)])
def test_nothing_to_rank_is_refused(units, rows, prevalence):
    with pytest.raises(RunError, match="has no value"):
        expected_best_precision(units, rows, prevalence)


def test_a_unit_that_knows_nothing_scores_the_larger_share():
    assert uninformed_precision(0.3) == uninformed_precision(0.7) == 0.7
