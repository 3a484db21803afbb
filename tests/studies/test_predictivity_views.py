"""Tables and histograms of tasks with two and more classes: every column is shown."""

import numpy as np
import pytest
from benchmarks.planted import suite_of

from brodmann.playground.planted import CASES
from brodmann.studies.skill_neurons import predictivity_views as views
from brodmann.studies.skill_neurons.settings import scans
from brodmann.studies.suite import grid

ROWS = {"train": 120, "val": 120, "test": 120}


@pytest.fixture(scope="module")
def suite():
    return suite_of(CASES["graded"](1), 2, ROWS, permutations=9)


@pytest.fixture(scope="module")
def found(suite):
    return scans(suite, grid(suite.config))


def of_task(suite, found, task):
    return [found[job] for job in grid(suite.config) if job.task == task]


@pytest.mark.parametrize(("task", "columns"), [("close 0", 1), ("three", 3)])
def test_counts_and_scores_are_means_over_the_columns(suite, found, task, columns):
    mine, cells = of_task(suite, found, task), views.best_row(suite, found, task)
    above, best = [], []
    for scan in mine:
        for column in range(columns):
            scores = np.concatenate([scan.tensors[f"dev/{s}"][:, column].numpy()
                                     for s in scan.info["sites"]])  # fmt: skip
            limit = np.quantile(scan.tensors["maxima"][column].numpy().astype(float), 0.95)
            above.append((scores > limit).sum())
            best.append(scores.max())
    assert cells["neurons"] == columns
    assert cells["neurons above null"] == pytest.approx(np.mean(above))
    assert cells["validation score"] == pytest.approx(np.mean(best))
    assert len(cells["where (first seed)"].split(", ")) == columns


def test_a_cell_names_three_neurons_and_counts_the_others(suite, found, monkeypatch):
    monkeypatch.setattr(views, "NAMED", 1)
    assert views.best_row(suite, found, "three")["where (first seed)"].endswith(", and 2 more")


def test_histograms_hold_every_neuron_once_for_each_class(suite, found):
    table = views.histogram_table(suite, found)
    units = sum(len(found[grid(suite.config)[0]].tensors[f"dev/{s}"])
                for s in found[grid(suite.config)[0]].info["sites"])  # fmt: skip
    assert {row["task"] for row in table.rows} == set(suite.tasks)
    for row in table.rows:
        counts = [value for name, value in row.items() if name not in ("task", "variant")]
        assert sum(counts) == pytest.approx(units)
    scan = of_task(suite, found, "three")[0]
    (row,) = [r for r in table.rows if (r["task"], r["variant"]) == ("three", "at the prompts")]
    low = [(s.tensors[f"dev/{site}"] < 0.55).sum() for s in of_task(suite, found, "three")
           for site in scan.info["sites"]]  # fmt: skip
    assert row["0.50-0.55"] == pytest.approx(float(sum(low)) / 6)


def test_a_figure_says_that_all_classes_are_in_it(suite, found):
    assert "each for all 3 classes" in views.histogram_figure(suite, found, "three").caption
    assert "classes" not in views.histogram_figure(suite, found, "close 0").caption
