from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.tasks.conftest import rows, write_splits

from brodmann.config.schema import DataConfig, TextTask
from brodmann.errors import RequestError, RunError
from brodmann.tasks import load_task

Toy = Callable[..., TextTask]


def data(mirror: Path, **settings: object) -> DataConfig:
    return DataConfig(mirror=str(mirror), **settings)


def test_validation_is_the_test_and_a_fifth_of_train_validates(toy: Toy, mirror: Path) -> None:
    found = load_task(toy(), data(mirror))
    assert (len(found.train), len(found.val), len(found.test)) == (80, 20, 20)
    assert found.test.inputs[3] == ("held out 3",)
    assert found.test.labels.tolist() == [i % 2 for i in range(20)]
    assert found.train.labels.dtype == np.int64
    assert (found.classes, found.modality, found.notes) == (("no", "yes"), "text", ())


def test_indices_point_to_the_rows_of_the_source(toy: Toy, mirror: Path) -> None:
    found = load_task(toy(), data(mirror, max_train=30))
    for role in ("train", "val"):
        index, examples = found.indices[role], getattr(found, role)
        assert index.dtype == np.int64
        assert [(f"text {i}",) for i in index] == examples.inputs
    assert not set(found.indices["train"]) & set(found.indices["val"])


def test_seed_of_splits_and_of_nothing_else_moves_rows(toy: Toy, mirror: Path) -> None:
    one, same, other = (
        load_task(toy(), data(mirror, split_seed=seed)).indices["val"] for seed in (0, 0, 1)
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_official_splits_are_used_as_they_are(toy: Toy, mirror: Path) -> None:
    splits = {"train": rows(10), "dev": rows(6, "dev"), "test": rows(8, "test")}
    found = load_task(toy(splits, val="dev", test="test"), data(mirror))
    assert found.val.inputs == [(f"dev {i}",) for i in range(6)]
    assert len(found.train) == 10


def test_a_source_with_train_only_is_divided_in_three_and_says_so(toy: Toy, mirror: Path) -> None:
    found = load_task(toy({"train": rows(50)}), data(mirror))
    assert (len(found.train), len(found.val), len(found.test)) == (30, 10, 10)
    (note,) = found.notes
    assert "only the split train" in note
    assert "30 train, 10 validation, 10 test" in note


def test_a_missing_split_beside_others_is_refused(toy: Toy, mirror: Path) -> None:
    task = toy({"train": rows(50), "testing": rows(50)})
    with pytest.raises(RequestError, match=r"task.test=validation: .*testing"):
        load_task(task, data(mirror))


def test_classes_are_left_out_after_splitting(toy: Toy, mirror: Path) -> None:
    splits = {"train": rows(400, classes=4), "validation": rows(40, "held out", classes=4)}
    task = toy(splits, keep=[2, 1], classes=["two", "one"])
    found = load_task(task, data(mirror))
    whole = toy(splits, classes=list("abcd"), label_words=[])
    unfiltered = load_task(whole, data(mirror)).indices
    for role in ("train", "val", "test"):
        kept = [i for i in unfiltered[role] if i % 4 in (1, 2)]
        assert found.indices[role].tolist() == kept
        labels = getattr(found, role).labels
        assert labels.tolist() == [{2: 0, 1: 1}[i % 4] for i in kept]


def test_exact_duplicates_across_splits_are_dropped_and_said(toy: Toy, mirror: Path) -> None:
    train, dev, held_out = rows(20), rows(10, "dev"), rows(10, "held out")
    train["sentence"][0] = train["sentence"][1] = "held out 4"
    train["sentence"][2] = "dev 3"
    train["sentence"][4] = train["sentence"][3]
    dev["sentence"][5] = "held out 1"
    task = toy({"train": train, "dev": dev, "validation": held_out}, val="dev")
    found = load_task(task, data(mirror))
    assert (len(found.train), len(found.val), len(found.test)) == (17, 9, 10)
    texts = [set(part.inputs) for part in (found.train, found.val, found.test)]
    assert len(set.union(*texts)) == sum(map(len, texts))
    (note,) = found.notes
    assert "3 from train, 1 from validation; 17 train, 9 validation, 10 test" in note


def test_pairs_are_duplicates_only_if_both_texts_are(toy: Toy, mirror: Path) -> None:
    pairs = {"a": ["x", "x", "y", "z"], "b": ["1", "2", "3", "4"], "label": [0, 1, 0, 1]}
    held_out = {"a": ["x", "v"], "b": ["2", "9"], "label": [1, 0]}
    task = toy({"train": pairs, "dev": {**held_out, "a": ["p", "q"]}, "validation": held_out},
               text=["a", "b"], val="dev")  # fmt: skip
    found = load_task(task, data(mirror))
    assert found.train.inputs == [("x", "1"), ("y", "3"), ("z", "4")]


def test_caps_are_exact_and_stratified(toy: Toy, mirror: Path) -> None:
    found = load_task(toy(), data(mirror, max_train=40, max_test=10))
    counts = [np.bincount(part.labels).tolist() for part in (found.train, found.val, found.test)]
    assert counts == [[20, 20], [5, 5], [5, 5]]
    whole = load_task(toy(), data(mirror))
    assert found.digest == whole.digest
    assert set(found.indices["train"]) < set(whole.indices["train"])


def test_missing_texts_are_empty_texts(toy: Toy, mirror: Path) -> None:
    held_out = {"sentence": [None, ""], "label": [0, 1]}
    found = load_task(toy({"train": rows(10), "validation": held_out}), data(mirror))
    assert found.test.inputs == [("",), ("",)]


@pytest.mark.parametrize(
    ("settings", "limits", "message"),
    [
        ({"text": ["sentense"]}, {}, "task.text=sentense: .*did you mean sentence"),
        ({"label": "lable"}, {}, "task.label=lable: .*did you mean label"),
        ({"text": ["label"]}, {}, "task.text=label: this column holds int"),
        ({"config": "mian"}, {}, "task.config=mian: .*did you mean main"),
        ({"test": "train"}, {}, "two purposes"),
        ({"classes": ["a"], "label_words": []}, {}, r"outside the declared classes .*1 \(n = 50\)"),
        ({"classes": ["a", "b", "c"], "label_words": []}, {}, "no example of class c"),
        ({"label_words": ["one"]}, {}, "task.label_words=.*1 words for 2 classes"),
        ({"keep": [1]}, {}, r"task.keep=\[1\]: there are 2 classes"),
        ({"title": "drop"}, {}, "task.title=drop"),
        ({"kind": "tekst"}, {}, "task.kind=tekst: .*did you mean text"),
        ({"val_share": 1.5}, {}, "task.val_share=1.5"),
        ({"val_share": 0.6, "test_share": 0.5}, {}, "nothing is left for train"),
        ({}, {"max_train": 0}, "data.max_train=0: .*give 1 or more"),
        ({}, {"max_test": -1}, "data.max_test=-1"),
        ({}, {"max_train": 1}, "data.max_train=1: .*2 classes"),
        ({}, {"split_seed": -1}, "data.split_seed=-1"),
        ({"id": "owner/tyo"}, {}, "data.mirror=.*no folder owner/tyo; .*owner/toy"),
    ],
)
def test_wrong_requests(toy: Toy, mirror: Path, settings: dict, limits: dict, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        load_task(toy(**settings), data(mirror, **limits))


def test_an_empty_class_names_its_split(toy: Toy, mirror: Path) -> None:
    held_out = {"sentence": ["a", "b"], "label": [1, 1]}
    with pytest.raises(RequestError, match="the test split has no example of class no"):
        load_task(toy({"train": rows(20), "validation": held_out}), data(mirror))


def test_a_damaged_copy_is_refused(toy: Toy, mirror: Path) -> None:
    task = toy()
    next(mirror.glob("owner/toy/main/train-*")).write_bytes(b"PAR1 and nothing else")
    with pytest.raises(RequestError, match=r"data.mirror=.*owner/toy \(main\) cannot be read"):
        load_task(task, data(mirror))


def test_a_copy_without_files_is_refused(toy: Toy, mirror: Path) -> None:
    task = toy()
    for file in mirror.glob("owner/toy/main/*"):
        file.unlink()
    with pytest.raises(RequestError, match="data.mirror=.*no data files"):
        load_task(task, data(mirror))


def test_a_cache_that_cannot_be_written_is_not_blamed_on_the_data(
    toy: Toy, mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("BRODMANN_CACHE", str(tmp_path / "file"))
    with pytest.raises(RunError, match="could not be cached"):
        load_task(toy(), data(mirror))


def test_a_copy_changed_in_place_is_seen_and_the_mirror_is_left_clean(
    toy: Toy, mirror: Path
) -> None:
    task = toy()
    before = load_task(task, data(mirror))
    files = sorted(path for path in mirror.rglob("*") if path.is_file())
    stamps = [path.stat().st_mtime_ns for path in files]
    held_out = {"train": rows(100), "validation": rows(20, "kept out")}
    write_splits(mirror, "owner/toy", "main", held_out)
    for path, stamp in zip(files, stamps, strict=True):
        os.utime(path, ns=(stamp, stamp))
    after = load_task(task, data(mirror))
    assert after.test.inputs[0] == ("kept out 0",)
    assert before.digest != after.digest
    assert sorted(path for path in mirror.rglob("*") if path.is_file()) == files


def test_the_digest_is_of_content_not_of_files(toy: Toy, mirror: Path, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    task = toy()
    first = load_task(task, data(mirror)).digest
    folder = write_splits(
        tmp_path / "other", "owner/toy", "main",
        {"train": rows(100), "validation": rows(20, "held out")},
    )  # fmt: skip
    table = pa.table({**rows(100), "more": [0.5] * 100})
    pq.write_table(table, folder / "main/train-00000-of-00001.parquet", row_group_size=7)
    held_out = pa.table({**rows(20, "held out"), "more": [0.5] * 20})
    pq.write_table(held_out, folder / "main/validation-00000-of-00001.parquet")
    assert load_task(task, data(tmp_path / "other")).digest == first


def test_class_names_of_the_source_serve_when_none_are_declared(toy: Toy, mirror: Path) -> None:
    import datasets

    names = datasets.ClassLabel(names=["bad", "good"])
    features = datasets.Features({"sentence": datasets.Value("string"), "label": names})
    made = {
        split: datasets.Dataset.from_dict(rows(n, split), features=features).data.table
        for split, n in (("train", 20), ("validation", 10))
    }
    assert load_task(toy(made, classes=[]), data(mirror)).classes == ("bad", "good")


SCRIPT = """
import hashlib, sys
from brodmann.config.schema import DataConfig, TextTask
from brodmann.tasks import load_task
task = TextTask(name="toy", backbone="nano", id="owner/toy", config="main", text=["sentence"],
                test="validation", classes=["no", "yes"])
found = load_task(task, DataConfig(mirror=sys.argv[1], max_train=40, max_test=9))
rows = b"".join(found.indices[role].tobytes() for role in sorted(found.indices))
print(found.digest, hashlib.sha256(rows).hexdigest(), "torch" in sys.modules)
"""


def test_rows_do_not_depend_on_pythons_string_hash_and_torch_is_not_needed(
    toy: Toy, mirror: Path
) -> None:
    toy()
    said = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT, str(mirror)], check=True, capture_output=True, text=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(said) == 1
    assert said.pop().split()[2] == "False"
