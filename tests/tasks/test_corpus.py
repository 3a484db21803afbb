import pytest
from tests.tasks.conftest import write_splits

from brodmann.config.schema import CorpusTask, DataConfig
from brodmann.errors import RequestError
from brodmann.playground.documents import DOCUMENTS, documents
from brodmann.tasks import load_task

TEXTS = [f"document number {i} of many" for i in range(100)]


def task(source, **settings):
    return CorpusTask(name="c", backbone="nano", source=source, **settings)


def texts(examples):
    return {text for (text,) in examples.inputs}


def test_documents_of_a_text_file_are_divided_in_three_whole(tmp_path):
    path = tmp_path / "all.txt"
    path.write_text("\n\n".join([*TEXTS, "two\nlines", "   "]) + "\n")
    found = load_task(task("file", val_share=0.1, test_share=0.2), DataConfig(path=str(path)))
    parts = [texts(part) for part in (found.train, found.val, found.test)]
    assert set.union(*parts) == {*TEXTS, "two\nlines"}
    assert sum(map(len, parts)) == 101
    assert [len(part) for part in parts[1:]] == [11, 21]
    assert found.goal == "tokens"
    again = load_task(task("file", val_share=0.1, test_share=0.2), DataConfig(path=str(path)))
    assert found.digest == again.digest
    assert found.indices["val"].tolist() == again.indices["val"].tolist()


def test_a_column_of_a_table_and_caps(tmp_path):
    path = tmp_path / "all.csv"
    path.write_text("body\n" + "\n".join(TEXTS) + "\n")
    data = DataConfig(path=str(path), text=["body"], max_train=30, max_test=1)
    found = load_task(task("file"), data)
    assert (len(found.train), len(found.val), len(found.test)) == (30, 1, 1)
    with pytest.raises(RequestError, match="data.text=text: all.csv has no such column"):
        load_task(task("file"), DataConfig(path=str(path)))


def test_a_hub_copy_keeps_its_own_validation(mirror):
    splits = {"train": {"text": TEXTS}, "validation": {"text": ["held out", TEXTS[3], "more"]}}
    write_splits(mirror, "owner/wiki", "default", splits)
    wanted = task("hub", id="owner/wiki", val="validation", test_share=0.1)
    found = load_task(wanted, DataConfig(mirror=str(mirror)))
    assert texts(found.val) >= {"held out", "more"}
    assert len(found.test) == 10
    assert not texts(found.train) & (texts(found.val) | texts(found.test))
    assert "exact duplicates across splits dropped" in found.notes[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "the corpus is empty: it holds no document"),
        (" \n\n \n", "the corpus is empty: it holds no document"),
        ("one\ntext", r"documents: 1\): 1 for [a-z]*, none for [a-z]* and [a-z]*; .* blank"),
        ("one\n\ntwo", r"too small \(documents: 2\): .*, none for [a-z]*; .* blank lines"),
        ("one\n\none\n\none", r"too small \(documents: 3\)"),
    ],
)
def test_a_corpus_without_documents_for_a_split_is_refused(tmp_path, content, said):
    path = tmp_path / "all.txt"
    path.write_text(content)
    with pytest.raises(RequestError, match=f"data.path=.*{said}"):
        load_task(task("file"), DataConfig(path=str(path)))


@pytest.mark.parametrize(
    ("settings", "data", "said"),
    [
        ({"source": "hug"}, {}, "task.source=hug"),
        ({"source": "file"}, {}, "data.path=null: task=c needs a file"),
        ({"source": "hub"}, {}, "task.id=null"),
        ({"source": "playground", "corpus": "corpse"}, {}, "did you mean corpus"),
        ({"source": "playground", "size": 0}, {}, "task.size=0"),
        ({"source": "playground", "size": 50}, {"labels": "control"}, "a corpus has no labels"),
    ],
)
def test_what_cannot_be_read_is_refused(settings, data, said):
    with pytest.raises(RequestError, match=said):
        load_task(task(**settings), DataConfig(**data))


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_generated_corpora_depend_on_their_seed_alone(name):
    assert documents(name, 40, 0) == documents(name, 40, 0)
    assert documents(name, 40, 0) != documents(name, 40, 1)
    assert all(text.strip() for text in documents(name, 40, 0))
