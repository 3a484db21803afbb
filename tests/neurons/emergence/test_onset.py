"""BR-2's measure: half of the final score, for units of any kind."""

import numpy as np
import pytest
from drawn import small

from brodmann.errors import RunError
from brodmann.neurons.emergence.onset import best_course, course, half_time, unit_scores
from brodmann.playground.planted.settling import Course, Settled


def test_units_of_a_level_are_means_of_the_last_partition():
    series = small()
    found = unit_scores(series, "experts")["a"]
    labels = series.partitions[4].expert_of["a"].numpy()
    wanted = np.stack([series.scores["a"][:, :, labels == e].mean(2) for e in range(3)], 2)
    np.testing.assert_allclose(found, wanted)
    assert unit_scores(series)["a"].shape == (5, 2, 12, 2)
    np.testing.assert_allclose(unit_scores(series)["a"], series.scores["a"])
    assert unit_scores(series, "random", draws=4)["b"].shape == (5, 2, 12, 2)


def test_a_course_follows_the_units_that_end_best_on_the_other_half():
    series = small(seed=1)
    found = course(series.scores, share=0.25)
    for t in range(5):
        for k in range(2):
            means = []
            for values in series.scores.values():
                for one, two in ((0, 1), (1, 0)):
                    ends = values[-1, one, :, k]
                    best = np.argsort(-np.abs(ends))[:3]
                    means.append(np.mean(values[t, two, best, k] * np.sign(ends[best])))
            assert found[t, k] == pytest.approx(np.mean(means))


@pytest.mark.parametrize("noise", [0.3, 1.5])
def test_half_times_do_not_hang_on_noise_or_level(noise):
    how = Settled(gathered=0.7, noise=noise, functions=60)
    series = how.series(0)
    times = [half_time(series.steps, course(unit_scores(series, level)).mean(1)).low
             for level in ("neurons", "experts", "random")]  # fmt: skip
    assert times == pytest.approx([6.0, 6.0, 6.0], abs=0.3)


def test_the_best_unit_of_every_checkpoint_rises_too_early_where_noise_is_large():
    series = Settled(noise=1.5, functions=30).series(0)
    scores = unit_scores(series)
    assert half_time(series.steps, best_course(scores).mean(1)).low == 0
    assert half_time(series.steps, course(scores).mean(1)).low > 5


def test_earlier_units_are_told():
    series = Settled(gathered=2.0, shared=Course(3.0), functions=40).series(0)
    neurons, experts = (half_time(series.steps, course(unit_scores(series, level)).mean(1)).low
                        for level in ("neurons", "experts"))  # fmt: skip
    assert neurons - experts > 0.2


def test_a_course_that_ends_at_chance_has_no_half():
    with pytest.raises(RunError, match="no half"):
        half_time([0, 1, 3], np.array([0.1, 0.1, 0.0]))
