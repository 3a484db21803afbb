"""Over how many tasks a pooled row generalises."""

import numpy as np

from brodmann.neurons.claims.pooling import pool_tasks
from brodmann.neurons.statistics.intervals import mean_of_seeds


def test_fewer_than_eight_tasks_are_these_tasks():
    generator = np.random.default_rng(0)
    values = generator.normal(size=(8, 5)) + 3 * generator.normal(size=(8, 1))
    few, many = pool_tasks(values[:7]), pool_tasks(values)
    assert (few.n, few.generalises, many.n, many.generalises) == (5, "these tasks", 8, "tasks")
    assert few.interval.at_level(0.05) == mean_of_seeds(values[:7].mean(0)).at_level(0.05)
    narrow, wide = (np.ptp(pooled.interval.at_level(0.05)) for pooled in (few, many))
    assert wide > 2 * narrow
