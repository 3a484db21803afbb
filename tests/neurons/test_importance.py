import csv
from pathlib import Path

import numpy as np
import pytest

from brodmann.errors import RunError
from brodmann.neurons.statistics.importance import area, importance, share_lost, z_scores
from brodmann.neurons.statistics.matrices import type_effect

DATA = Path(__file__).parents[1] / "data"
TYPES = ["sentiment"] * 3 + ["inference"] * 2 + ["topic"] * 2


def published(name):
    with (DATA / name).open() as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


@pytest.fixture(scope="module")
def paper():
    """The paper's curves: sources by tasks by rates, the random order's, the rates."""
    rows = published("skill_neurons_fig4_fig11.csv")
    rates = [name for name in rows[0] if name.isdigit()]
    tasks = list(dict.fromkeys(row["task"] for row in rows))
    found = {(row["source"], row["task"]): [float(row[r]) for r in rates] for row in rows}
    curves = [[found[source, task] for task in tasks] for source in tasks]
    return np.array(curves), np.array([found["Random", task] for task in tasks]), np.array(
        rates, dtype=float
    )  # fmt: skip


def test_the_papers_curves_give_its_figure_6(paper):
    figure = [[float(v) for k, v in row.items() if k != "source"]
              for row in published("skill_neurons_fig6.csv")]  # fmt: skip
    assert np.abs(z_scores(importance(*paper)) - np.array(figure)).max() <= 0.05


def test_the_papers_raw_areas_are_those_known(paper):
    areas = importance(*paper)
    assert areas[:, 0] == pytest.approx([124, 109, 99, 73, -11, -6, -4], abs=1)
    assert areas[:, 4] == pytest.approx([-3, 1, 2, 24, 67, 10, 1], abs=1)


def test_the_paper_shows_the_type_and_not_the_task(paper):
    areas = importance(*paper)
    most = areas.argmax(axis=0)
    assert all(TYPES[source] == TYPES[task] for task, source in enumerate(most))
    assert sum(most == np.arange(7)) == 3
    assert type_effect(z_scores(areas), TYPES) > 1


def test_area_equals_a_sum_of_trapezoids():
    generator = np.random.default_rng(0)
    rates = np.array([0.0, 0.01, 0.03, 0.1])
    control, curve = generator.normal(size=(2, 4))
    gap = control - curve
    slow = sum((gap[i] + gap[i + 1]) / 2 * (rates[i + 1] - rates[i]) for i in range(3))
    assert area(control, curve, rates) == pytest.approx(slow)
    assert area(curve, control, rates) == pytest.approx(-slow)


@pytest.mark.parametrize("rates", [[0.0], [0.1, 0.0], [0.0, 0.0], [[0.0, 0.1]]])
def test_rates_must_ascend(rates):
    with pytest.raises(RunError, match="area"):
        area([1.0, 1.0], [1.0, 1.0], rates)


def test_z_scores_of_equal_sources_are_zero():
    assert z_scores([[1.0, 2.0], [1.0, 4.0]]).tolist() == [[0.0, -1.0], [0.0, 1.0]]


def test_share_lost_is_of_what_lies_above_the_majority():
    found = share_lost([0.5, 0.9, 0.4, 0.6], [0.9, 0.9, 0.8, 0.5], [0.5, 0.5, 0.6, 0.5])
    assert found[:3] == pytest.approx([1.0, 0.0, 2.0])
    assert np.isnan(found[3])
