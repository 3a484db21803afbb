import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from brodmann.errors import RunError
from brodmann.neurons.statistics.crossed import balanced_rows, cluster_rows, crossed_mean

rng = np.random.default_rng


def slow_variance(table):
    """Sums of squares of a two-way table, cell by cell."""
    rows, seeds = len(table), len(table[0])
    grand = sum(map(sum, table)) / (rows * seeds)
    by_row = [sum(row) / seeds for row in table]
    by_seed = [sum(row[s] for row in table) / rows for s in range(seeds)]
    of_rows = seeds * sum((m - grand) ** 2 for m in by_row) / (rows - 1)
    of_seeds = rows * sum((m - grand) ** 2 for m in by_seed) / (seeds - 1)
    rest = sum(
        (table[r][s] - by_row[r] - by_seed[s] + grand) ** 2
        for r in range(rows)
        for s in range(seeds)
    ) / ((rows - 1) * (seeds - 1))
    return (of_rows + of_seeds - rest) / (rows * seeds)


@pytest.mark.parametrize("seed", range(3))
def test_the_variance_is_that_of_the_two_way_table(seed):
    generator = rng(seed)
    table = generator.normal(size=(6, 4)) + 3 * generator.normal(size=(6, 1))
    table += 3 * generator.normal(size=(1, 4))
    found = crossed_mean(table)
    assert found.effect == pytest.approx(table.mean())
    assert found.variance == pytest.approx(slow_variance(table.tolist()))


def test_rows_and_seeds_may_change_places():
    table = rng(0).normal(size=(6, 4))
    assert crossed_mean(table).at_level(0.05) == pytest.approx(crossed_mean(table.T).at_level(0.05))


def test_a_constant_table_has_no_width():
    assert crossed_mean(np.full((4, 3), 0.5)).at_level(0.01) == (0.5, 0.5)


@pytest.mark.parametrize("table", [[[1.0, 2.0]], [[1.0], [2.0]], [1.0, 2.0], [[1.0, np.inf]] * 2])
def test_what_is_not_crossed_is_refused(table):
    with pytest.raises(RunError):
        crossed_mean(table)


SPREADS = [(1, 0, 0), (1, 0, 1), (0, 0, 1), (0, 1, 0.3), (1, 1, 1), (0, 0.15, 1), (1, 0.1, 1)]
"""Standard deviations due to rows, seeds and the rest."""


def missed(rows, seeds, spreads, level, tables, skewed=False):
    """How often the interval misses a true mean of 0."""
    generator, (of_rows, of_seeds, rest) = rng(rows + seeds), spreads
    draw = (lambda *s: generator.exponential(size=s) - 1) if skewed else (
        lambda *s: generator.normal(size=s)
    )  # fmt: skip
    miss = 0
    for _ in range(tables):
        table = of_rows * draw(rows, 1) + of_seeds * draw(1, seeds) + rest * draw(rows, seeds)
        low, high = crossed_mean(table).at_level(level)
        miss += not low <= 0 <= high
    return miss / tables


@pytest.mark.parametrize("seeds", [3, 5])
@pytest.mark.parametrize("spreads", SPREADS)
def test_it_covers_at_three_and_five_seeds(seeds, spreads):
    """At most .07 missed (coverage .93) with examples by seeds, within simulation error of .05."""
    assert missed(120, seeds, spreads, 0.05, 1000) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 1000)


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [3, 5])
@pytest.mark.parametrize("rows", [7, 120])
@pytest.mark.parametrize("spreads", SPREADS)
def test_it_covers_at_the_small_levels_of_holm(rows, seeds, spreads):
    """Four standard errors: there are 28 cases, and one of them would fail at three by chance."""
    level = 0.05 / 12
    slack = 4 * np.sqrt(level * (1 - level) / 5000)
    assert missed(rows, seeds, spreads, level, 5000) <= level + slack


def test_it_covers_when_rows_are_skewed():
    assert missed(120, 5, (1, 0, 0.5), 0.05, 1000, skewed=True) <= 0.07


def test_balanced_rows_average_to_balanced_accuracy():
    generator = rng(0)
    truth = generator.integers(0, 3, size=60)
    predicted = np.where(generator.uniform(size=(60, 4)) < 0.7, truth[:, None], 0)
    rows = balanced_rows(predicted == truth[:, None], truth)
    for seed in range(4):
        assert rows[:, seed].mean() == pytest.approx(
            balanced_accuracy_score(truth, predicted[:, seed])
        )


def test_balanced_rows_of_equal_classes_are_the_values():
    """Class means are taken off and put back, so only the spread between classes is lost."""
    values = rng(0).integers(0, 2, size=(40, 3)).astype(float)
    classes = np.arange(40) % 2
    rows = balanced_rows(values, classes)
    assert rows.mean(0) == pytest.approx(values.mean(0))
    within = values[classes == 0] - values[classes == 0].mean(0)
    assert rows[classes == 0] - rows[classes == 0].mean(0) == pytest.approx(within)


def test_balanced_accuracy_is_covered_with_a_rare_class():
    generator, miss = rng(0), 0
    classes = np.arange(200) % 10 == 0
    for _ in range(1000):
        hard = generator.normal(size=(200, 1))
        right = hard + generator.normal(size=(200, 5)) < np.where(classes, 0.0, 1.0)[:, None]
        low, high = crossed_mean(balanced_rows(right, classes)).at_level(0.05)
        truth = (0.5 + 0.760250) / 2
        miss += not low <= truth <= high
    assert miss / 1000 <= 0.07


def test_cluster_rows_average_to_the_mean_of_all_rows():
    values, clusters = rng(0).normal(size=(20, 3)), rng(1).integers(0, 6, size=20)
    rows = cluster_rows(values, clusters)
    assert len(rows) == len(np.unique(clusters))
    assert rows.mean(0) == pytest.approx(values.mean(0))
    assert cluster_rows(values, np.arange(20)) == pytest.approx(values)


def test_clustered_sentences_are_covered_and_loose_ones_would_not_be():
    generator, miss, naive = rng(0), 0, 0
    clusters = np.repeat(np.arange(30), generator.integers(1, 9, size=30))
    for _ in range(500):
        values = generator.normal(size=(30, 1))[clusters]
        values = values + 0.3 * generator.normal(size=(len(clusters), 5))
        low, high = crossed_mean(cluster_rows(values, clusters)).at_level(0.05)
        miss += not low <= 0 <= high
        low, high = crossed_mean(values).at_level(0.05)
        naive += not low <= 0 <= high
    assert miss / 500 <= 0.08
    assert naive / 500 > 0.25


def test_classes_must_fit():
    with pytest.raises(RunError, match="classes or clusters"):
        balanced_rows(np.ones((3, 2)), [0, 1])
    with pytest.raises(RunError, match="classes or clusters"):
        cluster_rows(np.ones((3, 2)), [0, 1])
