"""What a card says of where a neuron is read, and of which side means what."""

import pytest

from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons.cards import _read


@pytest.mark.parametrize(
    ("classes", "columns", "sign", "column", "wanted"),
    [(["bad", "good"], ["t"], 1, 0, "good"), (["bad", "good"], ["t"], -1, 0, "not good"),
     (["x", "y", "z"], ["x", "y", "z"], 1, 2, "z")],
)  # fmt: skip
def test_facts_name_position_and_class(classes, columns, sign, column, wanted):
    info = {"positions": 17, "policy": "prompt_and_mask", "classes": classes, "columns": columns}
    facts = _read(Measured({}, info), {"position": 16, "sign": sign, "threshold": 0.5}, column)
    assert facts["read at position"] == "17 of 17 (prompt_and_mask)"
    assert facts["above it means"] == wanted
