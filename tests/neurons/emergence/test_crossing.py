import numpy as np
import pytest

from brodmann.errors import RunError
from brodmann.neurons.emergence.crossing import Crossing, crossing, lead

INF = float("inf")
NAN = float("nan")


def test_a_passage_is_interpolated_over_octaves():
    found = crossing([0, 1, 3, 7], [0.0, 0.2, 0.6, 1.0], 0.5)
    assert found.state == "reached"
    assert found.low == found.high == pytest.approx(1.75)
    assert found.step == pytest.approx(2**1.75 - 1)


@pytest.mark.parametrize(
    ("steps", "curve", "wanted"),
    [
        ([0, 1, 3], [0.95, 0.96, 0.99], Crossing("reached", 0.0, 0.0)),
        ([7, 15, 31], [0.95, 0.96, 0.99], Crossing("from the start", 0.0, 3.0)),
        ([0, 1, 3], [0.1, 0.2, 0.3], Crossing("never", 2.0, INF)),
        ([0, 1, 3], [0.1, 0.95, NAN], Crossing("reached", 0.8 / 0.85, 0.8 / 0.85)),
        ([0, 1, 3], [0.1, NAN, 0.95], Crossing("unknown before", 0.0, 2.0)),
        ([0, 1, 3, 7], [0.1, 0.2, NAN, 0.95], Crossing("unknown before", 1.0, 3.0)),
        ([0, 1, 3], [NAN, NAN, 0.95], Crossing("unknown before", 0.0, 2.0)),
        ([0, 1, 3], [NAN, 0.5, 0.6], Crossing("never", 2.0, INF)),
        ([0, 1, 3], [NAN, NAN, NAN], Crossing("unknown before", 0.0, INF)),
    ],
)
def test_what_is_not_known_is_said_with_bounds(steps, curve, wanted):
    found = crossing(steps, curve, 0.9)
    assert found.state == wanted.state
    assert (found.low, found.high) == (pytest.approx(wanted.low), pytest.approx(wanted.high))


def test_the_last_passage_counts_where_points_are_taken_as_they_are():
    steps, curve = [0, 1, 3, 7, 15], [0.0, 0.95, 0.8, 1.0, 1.0]
    assert crossing(steps, curve, 0.9, smooth=False).low == pytest.approx(2.5)
    assert crossing(steps, curve, 0.9).low < 3


def test_a_fall_before_the_lowest_point_is_left_as_it_is():
    """Nothing has moved at the start, so that neighbours agree before they learn."""
    curve = [1.0, 1.0, 0.3, 0.6, 1.0]
    assert crossing([0, 1, 3, 7, 15], curve, 0.8).low == pytest.approx(3.5)


def test_noise_moves_the_smoothed_passage_less_than_the_last_one():
    rng = np.random.default_rng(0)
    steps = 2 ** np.arange(12) - 1
    true = 1 / (1 + np.exp(6 - np.arange(12)))
    found = {smooth: np.array([crossing(steps, true + 0.06 * rng.normal(size=12), 0.9, smooth).low
                               for _ in range(300)]) for smooth in (True, False)}  # fmt: skip
    exact = crossing(steps, true, 0.9).low
    assert abs(found[True].mean() - exact) < 0.25
    assert found[False].mean() - exact > abs(found[True].mean() - exact) + 0.1


def test_a_lead_is_the_least_that_the_bounds_allow():
    at = lambda low, high=None: Crossing("reached", low, low if high is None else high)  # noqa: E731
    assert lead(at(3), at(5)) == 2
    assert lead(at(3), at(7, INF)) == 4
    assert lead(at(0, 3), at(7, INF)) == 4
    assert lead(at(7, INF), at(3)) == -4
    assert lead(at(0, 3), at(2)) is None
    assert lead(at(7, INF), at(7, INF)) is None


def test_points_and_steps_must_fit():
    with pytest.raises(RunError, match="2 points"):
        crossing([0, 1, 2], [0.1, 0.2], 0.5)
