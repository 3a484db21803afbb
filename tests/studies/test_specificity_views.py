"""What the part ``specificity`` says and shows of tasks that can and cannot be done."""

import numpy as np
import pytest
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure as Canvas

from brodmann.neurons.claims.evidence import Evidence
from brodmann.neurons.statistics.intervals import Estimate, Part
from brodmann.neurons.statistics.matrices import type_effect
from brodmann.studies.skill_neurons.specificity_views import effect_figure, summary


class Typed:
    """A suite of tasks of two types, not all of which can be done."""

    def __init__(self, unable=()):
        self.tasks, self.seeds = list("abcde"), [0, 1, 2]
        self._unable = unable

    def competent(self):
        return [task for task in self.tasks if task not in self._unable]

    def types(self):
        return dict(zip(self.tasks, "stsst", strict=True))


@pytest.fixture
def lost():
    return np.random.default_rng(0).normal(size=(5, 5, 3))


def shown(suite, lost):
    canvas = Canvas()
    found = effect_figure(suite, lost)
    found.draw(canvas)
    (mesh,) = [one for one in canvas.axes[0].collections if isinstance(one, QuadMesh)]
    return found, mesh


def test_tasks_that_cannot_be_done_do_not_rule_the_colours(lost):
    lost[1] = 1000.0
    found, mesh = shown(Typed("b"), lost)
    order = ["a", "c", "d", "b", "e"]
    hidden = np.ma.getmaskarray(mesh.get_array()).reshape(5, 5)
    assert hidden.tolist() == [[task == "b"] * 5 for task in order]
    assert mesh.norm.vmax == pytest.approx(np.abs(np.delete(lost, 1, 0).mean(-1)).max())
    assert "cannot do" in found.caption
    assert (lost[1] == 1000.0).all()


def test_a_matrix_of_tasks_that_can_be_done_is_whole(lost):
    found, mesh = shown(Typed(), lost)
    assert not np.ma.getmaskarray(mesh.get_array()).any()
    assert "cannot do" not in found.caption


def row(effect):
    return Evidence("pooled", Estimate(effect, (Part(0.01, 4.0),)), 0.2, 0.1, 5)


def test_the_summary_tells_judged_effects_from_raw_ones(lost):
    ranks = np.random.default_rng(1).normal(size=(5, 5, 3, 3, 2))
    said = summary(Typed(), ranks, lost, {"SN-4": [row(0.123)], "SN-5": [row(-0.0456)]})
    judged, raw = said.split("Raw, not judged: ")
    assert "+0.12 higher" in judged
    assert "costs -4.6 %" in judged
    assert f"{100 * type_effect(lost.mean(-1), list('stsst')):+.1f} %" in raw
    off = ~np.eye(3, dtype=bool)
    alike = ranks.mean(-1)[:, :, off].mean(-1)
    assert raw.startswith(f"{type_effect(alike, list('stsst')):+.2f} ")
