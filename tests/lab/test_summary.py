import numpy as np
from scipy import stats

from brodmann.lab.summary import by_setting


def rows(task, values):
    return [
        {"task": task, "method": "prompt", "seed": seed, "state": "done", "test/accuracy": value}
        for seed, value in enumerate(values)
    ]


def test_mean_and_t_interval_over_seeds():
    values = [0.7, 0.8, 0.75]
    (row,) = by_setting(rows("a", values))
    low, high = stats.t.interval(
        0.95, len(values) - 1, loc=np.mean(values), scale=stats.sem(values)
    )
    np.testing.assert_allclose(
        [row["test/accuracy"], row["test/accuracy low"], row["test/accuracy high"]],
        [np.mean(values), low, high],
    )


def test_one_seed_has_no_interval_and_failures_are_counted():
    failed = {"task": "b", "method": "prompt", "seed": 1, "state": "failed", "error": "x"}
    one, two = by_setting([*rows("a", [0.5]), *rows("b", [0.6]), failed])
    assert "test/accuracy low" not in one
    assert (two["done"], two["jobs"], two["test/accuracy"]) == (1, 2, 0.6)
