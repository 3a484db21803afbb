from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from brodmann.config.schema import CsvTask, DataConfig
from brodmann.errors import RequestError
from brodmann.tasks import load_task

TASK = CsvTask(name="csv", backbone="roberta_base")
N = 30
FRAME = pd.DataFrame(
    {
        "review": [f"text {i}" for i in range(N - 1)] + ["NA"],
        "stars": [[1, 2, 10][i % 3] for i in range(N)],
    }
)
WRITERS = {
    "reviews.csv": lambda path: FRAME.to_csv(path, index=False, encoding="utf-8-sig"),
    "reviews.tsv": lambda path: FRAME.to_csv(path, index=False, sep="\t"),
    "reviews.jsonl": lambda path: FRAME.to_json(path, orient="records", lines=True),
    "reviews.parquet": lambda path: FRAME.to_parquet(path),
}


def settings(file: Path, **more: object) -> DataConfig:
    return DataConfig(**{"path": str(file), "text": ["review"], "label": "stars", **more})


def test_every_format_gives_the_same_rows(tmp_path: Path) -> None:
    digests = set()
    for name, write in WRITERS.items():
        write(tmp_path / name)
        found = load_task(TASK, settings(tmp_path / name))
        digests.add(found.digest)
        assert found.classes == ("1", "2", "10")
        assert (len(found.train), len(found.val), len(found.test)) == (18, 6, 6)
        texts = [text for part in (found.train, found.val, found.test) for (text,) in part.inputs]
        assert sorted(texts) == sorted(FRAME["review"])
        assert f"{name} has no splits of its own" in found.notes[0]
    assert len(digests) == 1


def test_string_labels_two_texts_and_declared_classes(tmp_path: Path) -> None:
    frame = FRAME.assign(label=["spam" if i % 2 else "ham" for i in range(N)])
    frame.to_csv(tmp_path / "mails.csv", index=False)
    two = settings(tmp_path / "mails.csv", text=["review", "stars"], label="label")
    found = load_task(TASK, two)
    assert found.classes == ("ham", "spam")
    row = found.indices["test"][0]
    assert found.test.inputs[0] == (f"text {row}", str(FRAME["stars"][row]))
    declared = CsvTask(name="csv", backbone="roberta_base", classes=["spam", "ham"])
    assert load_task(declared, two).classes == ("spam", "ham")
    with pytest.raises(RequestError, match="outside the declared classes in mails.csv: ham"):
        load_task(CsvTask(name="csv", backbone="x", classes=["spam", "eggs"]), two)


@pytest.mark.parametrize(
    ("name", "more", "message"),
    [
        ("reviews.csv", {"text": ["reviwe"]}, "data.text=reviwe: .*did you mean review"),
        ("reviews.csv", {"label": "star"}, "data.label=star: .*did you mean stars"),
        ("review.csv", {}, "data.path=.*no such file; did you mean reviews.csv"),
        ("reviews.xlsx", {}, "data.path=.*.xlsx are not read"),
        ("reviews.csv", {"path": None}, "task=csv needs a file"),
        ("one.csv", {}, "fewer than two classes"),
        ("hole.csv", {}, r"1 rows have no label \(first: row 2\)"),
        ("bad.parquet", {}, "data.path=.*cannot be read"),
        ("empty.csv", {}, "data.path=.*cannot be read"),
        ("latin.csv", {}, "data.path=.*cannot be read"),
        ("rare.csv", {}, "no example of class c"),
    ],
)
def test_wrong_requests(tmp_path: Path, name: str, more: dict, message: str) -> None:
    FRAME.to_csv(tmp_path / "reviews.csv", index=False)
    (tmp_path / "reviews.xlsx").touch()
    (tmp_path / "empty.csv").touch()
    (tmp_path / "one.csv").write_text("review,stars\na,1\nb,1\n")
    (tmp_path / "hole.csv").write_text("review,stars\na,1\nb,\nc,2\n")
    (tmp_path / "latin.csv").write_bytes("review,stars\ncafé,1\nb,2\n".encode("latin-1"))
    (tmp_path / "bad.parquet").write_bytes(b"nothing of the kind")
    lines = [f"t{i},{'ab'[i % 2]}" for i in range(20)]
    (tmp_path / "rare.csv").write_text("\n".join(["review,stars", *lines, "x,c"]) + "\n")
    with pytest.raises(RequestError, match=message):
        load_task(TASK, settings(tmp_path / name, **more))
