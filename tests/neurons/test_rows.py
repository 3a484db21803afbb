import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from brodmann.errors import RunError
from brodmann.neurons.statistics.crossed import crossed_mean
from brodmann.neurons.statistics.rows import balanced_rows, cluster_rows, ratio_rows

rng = np.random.default_rng


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


def test_ratio_rows_average_to_the_ratio_of_the_means():
    one, two = rng(0).uniform(size=(2, 20, 3))
    assert ratio_rows(one, two).mean() == pytest.approx(one.mean() / two.mean())
    assert ratio_rows(0.9 * two, two) == pytest.approx(np.full((20, 3), 0.9))


def test_a_share_of_accuracy_above_the_majority_is_covered():
    """A neuron right in .74 and a method right in .80 of cases, the majority in .5: .24 of .30."""
    generator, miss, majority = rng(0), 0, np.arange(300) < 150
    for _ in range(1000):
        ease = generator.uniform(size=(300, 1))
        seeds = 0.02 * generator.normal(size=(1, 5))
        method, neuron = ease < 0.80 + seeds, ease < 0.74 + seeds * 0.8
        base = majority[generator.permutation(300)][:, None]
        rows = ratio_rows(neuron * 1.0 - base, method * 1.0 - base)
        low, high = crossed_mean(rows).at_level(0.05)
        miss += not low <= 0.8 <= high
    assert miss / 1000 <= 0.07


def test_a_method_that_knows_nothing_has_no_share():
    with pytest.raises(RunError, match="no ratio"):
        ratio_rows(np.ones((3, 2)), np.zeros((3, 2)))
    with pytest.raises(RunError, match="no ratio"):
        ratio_rows(np.ones((3, 2)), np.ones((4, 2)))
