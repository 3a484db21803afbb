"""What the study ``emergence`` says and draws of made-up runs."""

from types import SimpleNamespace

import numpy as np
import pytest

from brodmann.neurons.claims.evidence import not_measured
from brodmann.studies.emergence.appearance_views import _scaled
from brodmann.studies.emergence.stabilisation_views import summary
from brodmann.studies.emergence.told import ROOM, ticks
from brodmann.studies.evidence import row
from brodmann.studies.functions.estimates import over_functions


def test_a_lead_that_cannot_be_told_leaves_a_whole_sentence():
    runs = [SimpleNamespace(steps=(0, 1, 8))]
    said = summary(runs, not_measured("pooled", "nothing"))
    assert said.endswith("; it could not be told which of the two settles first.")
    known = summary(runs, row("pooled", over_functions({"a": [-1.0, -2.0]}), 2))
    assert known.endswith("; experts lead neurons by −1.500 octaves (doublings of steps).")


def test_lines_that_sink_are_scaled_by_their_size():
    assert _scaled(np.array([0.01, -0.4, 0.2])).tolist() == pytest.approx([0.025, -1.0, 0.5])
    assert _scaled(np.zeros(2)).tolist() == [0.0, 0.0]


def test_ticks_name_steps_that_have_room():
    named = ticks([0, *(2**k for k in range(15)), 16380])
    places, last = list(named), np.log2(16381)
    assert (named[0.0], named[places[-1]], places[-1]) == ("0", "16,380", pytest.approx(last))
    assert np.diff(places).min() >= last / ROOM - 1e-9
    assert len(places) > 5
