import json

import numpy as np
import pytest

from brodmann.errors import RunError
from brodmann.lab.files import replacing, write_csv, write_json, write_tensors


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})
    with pytest.raises(TypeError):
        write_json(path, {"a": object()})
    with pytest.raises(KeyError):  # noqa: PT012, SIM117
        with replacing(path) as part:
            part.write_text("half")
            raise KeyError
    assert json.loads(path.read_text()) == {"a": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_a_full_disk_is_said(tmp_path):
    with pytest.raises(RunError, match="No space left"):  # noqa: PT012, SIM117
        with replacing(tmp_path / "a"):
            raise OSError(28, "No space left on device")


def test_columns_are_the_union(tmp_path):
    write_csv(tmp_path / "a.csv", [{"a": 1}, {"b": 2}])
    assert (tmp_path / "a.csv").read_text() == "a,b\n1,\n,2\n"


def test_equal_tensors_give_equal_bytes(tmp_path):
    one, two = tmp_path / "1", tmp_path / "2"
    tensors = {"b": np.arange(3), "a": np.ones((2, 2))}
    write_tensors(one, tensors, kind="numpy")
    write_tensors(two, dict(reversed(tensors.items())), kind="numpy")
    assert one.read_bytes() == two.read_bytes()
