import numpy as np
import pytest

from brodmann.errors import RunError
from brodmann.neurons.statistics.crossed import crossed_mean, stratified_mean
from brodmann.neurons.statistics.intervals import mean_of_seeds

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


def test_a_mean_of_one_table_is_the_crossed_mean_and_of_several_their_mean():
    generator = np.random.default_rng(0)
    tables = [generator.normal(size=(rows, 4)) for rows in (6, 9, 20)]
    one, three = crossed_mean(tables[0]), stratified_mean(tables)
    assert stratified_mean(tables[:1]) == one
    assert three.effect == pytest.approx(np.mean([table.mean() for table in tables]))
    rows = sum(table.mean(1).var(ddof=1) / len(table) for table in tables) / 9
    seeds = np.mean([table.mean(0) for table in tables], 0).var(ddof=1) / 4
    assert [part.variance for part in three.parts] == pytest.approx([rows, seeds])


def test_tables_of_several_tasks_cover_over_new_examples_and_new_seeds():
    generator, covered, of_seeds = np.random.default_rng(1), 0, 0
    for _ in range(400):
        tables = [
            0.3 + generator.normal(size=(60, 1)) + 0.1 * generator.normal(size=(1, 5))
            + generator.normal(size=(60, 5)) for _ in range(3)
        ]  # fmt: skip
        low, high = stratified_mean(tables).at_level(0.05)
        covered += low <= 0.3 <= high
        low, high = mean_of_seeds(np.mean([t.mean(0) for t in tables], 0)).at_level(0.05)
        of_seeds += low <= 0.3 <= high
    assert covered / 400 >= 0.93
    assert of_seeds / 400 < 0.9


@pytest.mark.parametrize("tables", [[], [np.ones((3, 2)), np.ones((3, 3))], [np.ones((1, 3))]])
def test_tables_without_common_seeds_are_refused(tables):
    with pytest.raises(RunError):
        stratified_mean(tables)
