"""Selections and scores on disk: what comes back, and what is refused."""

import pytest
import torch
from safetensors.torch import save_file

from brodmann.errors import RunError
from brodmann.neurons.files import (
    MadeFrom,
    Scores,
    load_scores,
    load_selection,
    save_scores,
    save_selection,
    selected,
)
from brodmann.neurons.selection import order_by

HERE = MadeFrom("revision-1", "words-1")
SCORES = Scores({"a": torch.rand(6, 2), "b": torch.rand(3, 4, 2)}, ("x", "y"), {"metric": "ap"})


def selection():
    return order_by({"a": torch.arange(10.0), "b": torch.arange(4.0)}, "layer", 3).top(0.5)


def test_selections_come_back(tmp_path):
    path = tmp_path / "deep" / "top.safetensors"
    save_selection(path, selection(), HERE)
    found = load_selection(path, HERE, {"a": 10, "b": 4})
    assert found.info == selection().info
    assert all(torch.equal(found.masks[n], m) for n, m in selection().masks.items())
    assert [file.name for file in path.parent.iterdir()] == ["top.safetensors"]


def test_scores_come_back_and_equal_scores_give_equal_bytes(tmp_path):
    for name in ("one", "two"):
        save_scores(tmp_path / name, SCORES, HERE)
    found = load_scores(tmp_path / "one", HERE)
    assert (found.columns, found.info) == (SCORES.columns, SCORES.info)
    assert all(torch.equal(found.values[n], v) for n, v in SCORES.values.items())
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_another_backbone_or_tokenizer_is_refused_with_both_names(tmp_path):
    save_scores(tmp_path / "s", SCORES, HERE)
    with pytest.raises(RunError, match="backbone revision-1, but this is revision-2"):
        load_scores(tmp_path / "s", MadeFrom("revision-2", "words-1"))
    with pytest.raises(RunError, match="tokenizer words-1, but this is words-2"):
        load_scores(tmp_path / "s", MadeFrom("revision-1", "words-2"))


def test_other_files_are_refused(tmp_path):
    save_scores(tmp_path / "s", SCORES, HERE)
    with pytest.raises(RunError, match="holds scores, not selection"):
        load_selection(tmp_path / "s", HERE)
    save_file({"a": torch.ones(2)}, tmp_path / "plain")
    with pytest.raises(RunError, match="holds something else, not scores"):
        load_scores(tmp_path / "plain", HERE)
    (tmp_path / "broken").write_bytes((tmp_path / "s").read_bytes()[:-9])
    for name in ("broken", "missing"):
        with pytest.raises(RunError, match=f"{name} cannot be read"):
            load_scores(tmp_path / name, HERE)


def test_a_selection_of_other_widths_is_refused(tmp_path):
    save_selection(tmp_path / "s", selection(), HERE)
    with pytest.raises(RunError, match="among 10 units of a, which has 9"):
        load_selection(tmp_path / "s", HERE, {"a": 9, "b": 4})
    with pytest.raises(RunError, match="of b, which has no such site"):
        load_selection(tmp_path / "s", HERE, {"a": 10})


def test_units_by_number_must_be_in_their_layer():
    assert selected({"a": [1, 3]}, {"a": 5, "b": 2}).counts() == {"a": 2, "b": 0}
    with pytest.raises(RunError, match="3 units of a are selected, but it has 2"):
        selected({"a": [0, 1, 1]}, {"a": 2})
    with pytest.raises(RunError, match="a has no unit 2: it has 2"):
        selected({"a": [2]}, {"a": 2})
    with pytest.raises(RunError, match="names c"):
        selected({"c": [0]}, {"a": 2})


def test_scores_without_their_columns_are_refused(tmp_path):
    with pytest.raises(RunError, match="a has 2 scores a unit for 1 columns"):
        save_scores(tmp_path / "s", Scores({"a": torch.rand(6, 2)}, ("x",), {}), HERE)
    assert not list(tmp_path.iterdir())
