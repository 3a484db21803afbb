import json
from dataclasses import replace

import pytest

from brodmann.errors import RunError
from brodmann.neurons.claims.evidence import not_measured
from brodmann.neurons.claims.ledger import Ledger, freeze
from brodmann.neurons.claims.skill_neurons import claims

LEDGER = Ledger(
    "skill_neurons",
    claims(("SN-1a", "SN-6")),
    {"tasks": ["sst2", "imdb"], "seeds": 5, "rates": [0.0, 0.1]},
    {"SN-6": "there is no LM head"},
)


def test_an_analysis_is_frozen_before_the_run_and_attempts_are_counted(tmp_path):
    path = tmp_path / "analysis.json"
    assert freeze(path, LEDGER).attempts == 1
    assert freeze(path, LEDGER).attempts == 2
    content = json.loads(path.read_text())
    assert content["attempts"] == 2
    assert content["sha256"] == LEDGER.sha256
    assert [claim["delta"] for claim in content["analysis"]["claims"]] == [0.1, 0.0]
    assert [file.name for file in tmp_path.iterdir()] == ["analysis.json"]


def test_the_order_of_settings_is_no_change():
    other = replace(LEDGER, settings=dict(reversed(LEDGER.settings.items())))
    assert other.sha256 == LEDGER.sha256


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"settings": {"seeds": 3}}, "settings"),
        ({"level": 0.1}, "level"),
        ({"claims": (replace(LEDGER.claims[0], delta=0.01), LEDGER.claims[1])}, "claims"),
        ({"beforehand": {}}, "beforehand"),
    ],
)
def test_a_changed_analysis_is_refused(tmp_path, change, named):
    freeze(tmp_path / "analysis.json", LEDGER)
    with pytest.raises(RunError, match=f"differs in {named}\\)"):
        freeze(tmp_path / "analysis.json", replace(LEDGER, **change))
    assert freeze(tmp_path / "analysis.json", LEDGER).attempts == 2


def lower_delta(content):
    content["analysis"]["claims"][0]["delta"] = 0.01


def fewer_attempts(content):
    content["attempts"] = 0


def other_hash(content):
    content["sha256"] = "0" * 64


@pytest.mark.parametrize("alter", [lower_delta, fewer_attempts, other_hash])
def test_an_altered_file_is_refused(tmp_path, alter):
    path = tmp_path / "analysis.json"
    freeze(path, LEDGER)
    content = json.loads(path.read_text())
    alter(content)
    path.write_text(json.dumps(content))
    with pytest.raises(RunError, match="was altered"):
        freeze(path, LEDGER)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"analysis": {}}'])
def test_a_broken_file_is_refused_and_kept(tmp_path, text):
    path = tmp_path / "analysis.json"
    path.write_text(text)
    with pytest.raises(RunError, match="cannot be read"):
        freeze(path, LEDGER)
    assert path.read_text() == text


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, object()])
def test_settings_are_plain_values(tmp_path, value):
    with pytest.raises(RunError, match="plain values"):
        freeze(tmp_path / "analysis.json", replace(LEDGER, settings={"value": value}))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(RunError, match="could not be written"):
        freeze(tmp_path / "no" / "analysis.json", LEDGER)


def test_rows_carry_the_hash_and_the_attempt():
    verdicts = LEDGER.judge({"SN-1a": [not_measured("pooled", "no data")]})
    rows = LEDGER.rows(verdicts)
    assert [row["id"] for row in rows] == ["SN-1a", "SN-6"]
    assert {row["analysis"] for row in rows} == {LEDGER.sha256}
    assert [row["reason"] for row in rows] == ["no data", "there is no LM head"]


def frozen_in(folder, judged=True, **change):
    folder.mkdir()
    ledger = freeze(folder / "analysis.json", replace(LEDGER, **change))
    if judged:
        (folder / "claims.json").write_text("[]")
    return ledger


def test_analyses_that_were_refused_or_stopped_are_not_counted(tmp_path):
    assert frozen_in(tmp_path / "stopped", judged=False, settings={"task": ["a"]}).others == 0
    assert frozen_in(tmp_path / "done", settings={"task": ["a"], "rate": 0.1}).others == 0
    assert frozen_in(tmp_path / "last", settings={"task": ["a"], "rate": 0.2}).others == 1


def test_other_analyses_of_a_task_are_counted_and_those_of_other_tasks_are_not(tmp_path):
    assert frozen_in(tmp_path / "first", settings={"task": ["a", "b"], "rate": 0.1}).others == 0
    assert frozen_in(tmp_path / "again", settings={"task": ["b"], "rate": 0.2}).others == 1
    assert frozen_in(tmp_path / "apart", settings={"task": ["c"]}).others == 0
    assert frozen_in(tmp_path / "study", study="another", settings={"task": ["a"]}).others == 0
    (tmp_path / "first" / "analysis.json").write_text("{}")
    assert frozen_in(tmp_path / "last", settings={"task": ["a"]}).others == 1
