"""What the study ``emergence`` says and draws of made-up runs."""

from types import SimpleNamespace

from brodmann.neurons.claims.evidence import not_measured
from brodmann.studies.emergence.stabilisation_views import summary
from brodmann.studies.evidence import row
from brodmann.studies.functions.estimates import over_functions


def test_a_lead_that_cannot_be_told_leaves_a_whole_sentence():
    runs = [SimpleNamespace(steps=(0, 1, 8))]
    said = summary(runs, not_measured("pooled", "nothing"))
    assert said.endswith("; it could not be told which of the two settles first.")
    known = summary(runs, row("pooled", over_functions({"a": [-1.0, -2.0]}), 2))
    assert known.endswith("; experts lead neurons by −1.500 octaves (doublings of steps).")
