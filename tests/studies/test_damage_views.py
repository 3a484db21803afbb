"""What the part ``damage`` says and draws of made-up harm."""

import numpy as np
import pytest
from matplotlib.figure import Figure as Canvas

from brodmann.config.studies import ModularitySettings
from brodmann.neurons.claims.evidence import not_measured
from brodmann.studies.evidence import row
from brodmann.studies.functions.estimates import over_functions
from brodmann.studies.modularity.chosen import OTHER_NOISES, Arm
from brodmann.studies.modularity.damage import evidence_em5a
from brodmann.studies.modularity.damage_views import dose_figure, summary
from brodmann.studies.modularity.harm import Harm

NOISE = "resample"
LOST = {("experts", "senses"): 0.9, ("neurons", "senses"): 0.8, ("random experts", "0"): 0.1,
        ("random experts", "1"): 0.3, ("matched neurons", "0"): 0.5,
        ("matched neurons", "1"): 0.7}  # fmt: skip


def harm(doses):
    """Three questions of one function under every arm; the damage is that of the arm."""
    arms = [Arm(kind, of, dose, NOISE) for kind, of in LOST for dose in range(doses)]
    arms += [Arm("experts", "senses", 0, other) for other in OTHER_NOISES[1:]]
    arms += [Arm("random experts", "0", 0, other) for other in OTHER_NOISES[1:]]
    damage = np.array([[LOST.get((arm.kind, arm.of), 0.0)] * 3 for arm in arms])
    return Harm("senses", list("abc"), [], arms, damage, np.full(3, 0.5))


def own(doses):
    return ModularitySettings(noise=NOISE, doses=doses, random_draws=2)


def told(em5a, em6):
    harms = {"senses": harm(1)}
    return summary(harms, own([0.2]), {"EM-5a": em5a, "EM-6": em6})


def test_the_effect_is_told_as_what_it_is():
    harms = {"senses": harm(1)}
    rows = evidence_em5a(harms, NOISE)
    beside = (0.1 + 0.3 + 0.5 + 0.7) / 4
    assert rows[0].effect == pytest.approx(0.9 - beside)
    said = told(rows, [row("pooled", over_functions({"a": [-0.1, -0.2]}), 2)])
    assert "random experts and by matched random neurons (the mean of the two): +0.500 nats" in said
    assert "each harm on average taken off: −0.150 of what is known" in said


def test_a_missing_effect_leaves_a_whole_sentence():
    missing = [not_measured("pooled", "nothing")]
    said = told(missing, missing)
    assert said.count("could not be judged.") == 2
    assert "judged nats" not in said


@pytest.mark.parametrize(("doses", "word"), [([0.2], "Strokes"), ([0.2, 0.4], "Bands")])
def test_at_one_dose_intervals_are_strokes(doses, word):
    figure = dose_figure(harm(len(doses)), own(doses))
    canvas = Canvas()
    figure.draw(canvas)
    assert figure.null.startswith(word)
    assert word.lower() in canvas.axes[0].get_title(loc="left")
    if len(doses) == 1:
        marked = [line for line in canvas.axes[0].get_lines() if line.get_marker() != "None"]
        assert len({line.get_color() for line in marked}) == 4
        strokes = [np.ptp(line.get_ydata()) for line in canvas.axes[0].get_lines()]
        assert sum(one == pytest.approx(0.19, abs=0.02) for one in strokes) == 2
        assert canvas.axes[0].get_ylim()[1] > LOST["experts", "senses"]
