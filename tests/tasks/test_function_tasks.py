"""Questions of functions: sources, splits, spans, refusals."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from brodmann.config.compose import compose_train
from brodmann.config.schema import DataConfig, FunctionsTask
from brodmann.errors import RequestError, RunError
from brodmann.tasks import load_task
from brodmann.tasks.functions import Question, load_functions
from brodmann.tasks.functions.build import build
from brodmann.tasks.functions.sources import span_of

TASK = dict(name="functions/mine", source="tasks", least=4, per_label=10, test_share=0.3)


def question(name, count, groups=None, seed=0):
    random = np.random.default_rng(seed)
    labels = [int(y) for y in random.permutation(np.arange(count) % 2)]
    texts = [(f"{name} text {i}",) for i in range(count)]
    return Question(name, texts, labels, [None] * count, groups or list(range(count)))


def made(asked, **more):
    return build(FunctionsTask(**{**TASK, **more}), DataConfig(), asked)


def test_both_answers_are_equally_many_in_every_question_and_split():
    data = made([question("a", 30), question("b", 18, seed=1)])
    for split in ("train", "test"):
        labels = getattr(data, split).labels
        for k in range(2):
            mine = labels[data.asked[split].question == k]
            assert mine.sum() * 2 == len(mine) > 0


def test_groups_never_part():
    groups = [i // 2 for i in range(40)]
    data = made([question("a", 40, groups)], per_label=20)
    texts = {split: {int(t[0].split()[-1]) // 2 for t in getattr(data, split).inputs}
             for split in ("train", "test")}  # fmt: skip
    assert texts["train"]
    assert texts["test"]
    assert not texts["train"] & texts["test"]


def test_groups_of_two_questions_have_numbers_of_their_own():
    data = made([question("a", 20), question("b", 20)])
    asked = data.asked["train"]
    assert not set(asked.group[asked.question == 0]) & set(asked.group[asked.question == 1])


def test_small_questions_are_left_out_and_named():
    data = made([question("large", 20), question("small", 4)])
    assert data.questions == ("large",)
    assert "small" in data.notes[1]


def test_no_question_with_enough_examples_is_a_wrong_request():
    with pytest.raises(RequestError, match="none of the 1 questions.*the largest has 2"):
        made([question("small", 4)])


def test_the_largest_questions_are_kept():
    sizes = {"a": 12, "b": 40, "c": 20}
    data = made([question(name, size) for name, size in sizes.items()], questions=2)
    assert data.questions == ("b", "c")


def test_held_out_examples_stay_held_out():
    one = question("a", 20)
    told = Question(
        "a", one.texts, one.labels, one.targets, one.groups, [i >= 12 for i in range(20)]
    )
    data = made([told])
    assert all(int(text[0].split()[-1]) >= 12 for text in data.test.inputs)
    assert all(int(text[0].split()[-1]) < 12 for text in data.train.inputs)


def test_another_split_seed_gives_other_rows_and_the_same_digest():
    questions = [question("a", 60)]
    one = build(FunctionsTask(**TASK), DataConfig(split_seed=0), questions)
    other = build(FunctionsTask(**TASK), DataConfig(split_seed=1), questions)
    assert one.digest == other.digest
    assert one.train.inputs != other.train.inputs


def test_changed_texts_change_the_digest():
    assert made([question("a", 20)]).digest != made([question("b", 20)]).digest


def test_columns_of_unequal_length_are_refused():
    with pytest.raises(RunError, match="differ in length"):
        Question("a", (("x",),), (1, 0), (None,), (0,))


@pytest.mark.parametrize(
    ("word", "text", "last", "wanted"),
    [
        ("bank", "The Bank by the bank.", False, (4, 8)),
        ("bank", "The Bank by the bank.", True, (16, 20)),
        ("bank", "bankers only", False, None),
        ("a.b", "axb a.b", False, (4, 7)),
    ],
)
def test_words_are_found_whole(word, text, last, wanted):
    assert span_of(word, text, last) == wanted


@pytest.fixture
def mirror(tmp_path):
    """A mirror with a few senses and relations."""
    senses = [
        {"lemma": "bank", "sense": f"bank%{s}", "word": "banks", "sentence": f"The banks {s} {i}"}
        for s in "12" for i in range(12)
    ]  # fmt: skip
    relations = [
        {"relation": "kind_of/x", "subject": f"s{i}", "object": "o", "label": label,
         "sentence": f"A s{i} is a kind of o{label}."}
        for i in range(12) for label in (1, 0)
    ]  # fmt: skip
    for name, rows in (("semcor/word_senses", senses), ("wordnet/relations", relations)):
        folder = tmp_path / name / "default"
        folder.mkdir(parents=True)
        pq.write_table(pa.Table.from_pylist(rows), folder / "train-0.parquet")
        (tmp_path / name / "README.md").write_text(
            "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n"
            "    path: default/train-*.parquet\n  default: true\n---\n"
        )
    return tmp_path


def loaded(name, mirror, *more):
    config = compose_train([f"task=functions/{name}", f"data.mirror={mirror}", "task.least=4",
                            "task.per_label=9", *more])  # fmt: skip
    return load_task(config.task, config.data)


def test_senses_tell_where_the_word_is(mirror):
    data = loaded("senses", mirror)
    assert data.questions == ("bank",)
    assert {text[0][slice(*span)] for text, span in zip(
        data.train.inputs, data.asked["train"].targets, strict=True)} == {"banks"}  # fmt: skip


def test_a_subject_and_its_corrupted_statement_stay_together(mirror):
    data = loaded("relations", mirror)
    halves = [{text[0].split()[1] for text in getattr(data, split).inputs}
              for split in ("train", "test")]  # fmt: skip
    assert not halves[0] & halves[1]
    assert len(data.train) == 2 * len(halves[0])


def test_tasks_become_questions_and_keep_their_test_split():
    config = compose_train(["task=functions/playground/tasks", "model=nano", "task.per_label=6",
                            "task.least=2"])  # fmt: skip
    data = load_task(config.task, config.data)
    assert len(data.questions) == 7
    single = load_task(compose_train(["task=playground/sentiment"]).task, config.data)
    mine = data.asked["test"].question == data.questions.index("playground/sentiment")
    texts = [data.test.inputs[i] for i in np.flatnonzero(mine)]
    assert set(texts) <= set(single.test.inputs)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"source": "sences"}, "did you mean senses"),
        ({"source": "tasks"}, "names no task"),
        ({"source": "senses"}, "give its id"),
        ({"per_label": 1}, "give 2 or more"),
    ],
)
def test_wrong_requests_say_what_to_type(more, words):
    with pytest.raises(RequestError, match=words):
        load_functions(FunctionsTask(**{**TASK, **more}), DataConfig())


def test_a_split_that_is_not_there(mirror):
    with pytest.raises(RequestError, match="it has: train"):
        loaded("senses", mirror, "task.split=test")
