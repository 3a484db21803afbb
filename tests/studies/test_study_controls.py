"""How the controls are joined to one part."""

import pytest
from tests.studies.toys import ToySuite

from brodmann.neurons.claims.evidence import Evidence, not_measured
from brodmann.neurons.statistics.intervals import mean_of_seeds
from brodmann.report.findings import Table
from brodmann.studies.skill_neurons import controls as module
from brodmann.studies.skill_neurons.controls import CONTROLS, CONTROLS_BY_CLAIM, find, said


class Own:
    rotations = 19


def of_effect(effect):
    return Evidence("pooled", mean_of_seeds([effect - 0.01, effect + 0.01]), 0.5, 0.0, n=2)


def test_the_part_judges_what_its_table_holds():
    assert CONTROLS.claims == tuple(CONTROLS_BY_CLAIM)
    assert {"AB-1", "PB-1"} <= set(CONTROLS.claims)


def test_rows_tables_and_sentences_are_joined_in_order(monkeypatch):
    made = {
        "AB-1": lambda suite: ([of_effect(0.4)], [Table("one", "", "", [])], []),
        "PB-1": lambda suite: ([of_effect(-0.03)], [Table("two", "", "", [])], []),
        "CT-1": lambda suite: ([not_measured("pooled", "no prompts")], [], []),
    }
    monkeypatch.setattr(module, "CONTROLS_BY_CLAIM", made)
    outcome = find(ToySuite(["a"], [0], {}, Own()))
    assert list(outcome.evidence) == ["AB-1", "PB-1", "CT-1"]
    assert [table.name for table in outcome.finding.tables] == ["one", "two"]
    assert "90 %" in outcome.finding.summary
    assert "-3.0 points" in outcome.finding.summary
    assert "CT-1 was not measured: no prompts." in outcome.finding.summary
    assert "no p below 0.050" in " ".join(outcome.finding.notes)


@pytest.mark.parametrize(
    ("claim", "effect", "words"),
    [("AB-1", 0.5, "100 %"), ("PB-1", 0.012, "+1.2 points"), ("XX-1", 0.1, "+0.100")],
)
def test_a_sentence_per_claim(claim, effect, words):
    assert words in said(claim, of_effect(effect))
