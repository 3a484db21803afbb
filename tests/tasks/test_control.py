"""Control labels: one word, one label, in every split, whoever asks."""

import collections
import subprocess
import sys

import numpy as np
import pytest

from brodmann.config.schema import CsvTask, DataConfig, ImageTask, PlaygroundTask
from brodmann.errors import RequestError
from brodmann.tasks import load_task
from brodmann.tasks.control import (
    DRAWS,
    PLACES,
    control_words,
    effective_number,
    hashed_classes,
    with_control_labels,
    word_at,
)
from brodmann.tasks.data import Examples, TaskData

FEELING = PlaygroundTask(
    name="playground/feeling", factor="feeling", backbone="nano",
    classes=["negative", "positive"], train=400, val=100, test=100,
)  # fmt: skip


def load(**settings):
    return load_task(FEELING, DataConfig(**settings))


def labels_by_word(data):
    found = collections.defaultdict(set)
    _, words = control_words(data)
    for split, known in zip((data.train, data.val, data.test), words, strict=True):
        for word, label in zip(known, split.labels, strict=True):
            found[word].add(int(label))
    return found


def made(words, labels):
    """A task with the same words and labels in every split."""
    part = Examples([(f"{word} x",) for word in words], np.array(labels))
    return TaskData(part, part, part, ("a", "b", "c")[: max(labels) + 1], {}, "digest")


def test_a_word_has_one_label_in_all_splits():
    table = labels_by_word(load(labels="control"))
    assert len(table) > 10
    assert all(len(labels) == 1 for labels in table.values())
    assert {label for labels in table.values() for label in labels} == {0, 1}


def test_texts_stay_and_true_labels_stay_where_nothing_else_is_asked_for():
    true, control = load(), load(labels="control")
    for name in ("train", "val", "test"):
        assert getattr(true, name).inputs == getattr(control, name).inputs
    again = load(labels="True", label_seed=7)
    assert again.digest == true.digest
    assert np.array_equal(again.train.labels, true.train.labels)
    assert control.digest != true.digest
    assert load(labels="control", label_seed=1).digest != control.digest
    assert any("control labels" in note for note in control.notes)


def test_seeds_give_other_labels_and_equal_ones_the_same():
    one, two = load(labels="control"), load(labels="control", label_seed=1)
    assert not np.array_equal(one.train.labels, two.train.labels)
    assert np.array_equal(one.train.labels, load(labels="control").train.labels)


def test_another_process_gives_the_same_labels():
    code = (
        "from brodmann.tasks.control import hashed_classes; import numpy as np\n"
        "print(hashed_classes(['the', 'a', 'film'], np.array([.3, .7]), 2)[:, :20].tolist())"
    )
    said = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                       env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)}).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(said) == 1


def test_the_shares_are_the_nearest_of_all_draws():
    random = np.random.default_rng(0)
    words = [f"w{i}" for i in random.zipf(1.6, 500).clip(max=60)]
    labels = random.choice(3, 500, p=[0.5, 0.3, 0.2]).tolist()
    control = with_control_labels(made(words, labels), seed=3)
    shares = np.bincount(labels) / len(labels)
    known = sorted(set(words))
    drawn = hashed_classes(known, shares, 3)
    distances = []
    for draw in range(DRAWS):
        table = dict(zip(known, drawn[:, draw].tolist(), strict=True))
        counts = collections.Counter(table[word] for word in words)
        found = [counts[c] / len(words) for c in range(3)]
        gap = sum(abs(a - b) for a, b in zip(found, shares, strict=True))
        distances.append(gap if min(found) > 0 else np.inf)
    got = np.bincount(control.train.labels, minlength=3) / len(words)
    assert np.abs(got - shares).sum() == pytest.approx(min(distances))
    assert min(distances) < 0.1


def test_hashes_are_uniform():
    drawn = hashed_classes([f"w{i}" for i in range(400)], np.array([0.25, 0.5, 0.25]), 0)
    shares = np.bincount(drawn.ravel(), minlength=3) / drawn.size
    assert shares == pytest.approx([0.25, 0.5, 0.25], abs=0.005)
    assert abs(np.corrcoef(drawn[:, 0], drawn[:, 1])[0, 1]) < 0.2


def test_words_of_odd_texts():
    assert word_at(("  The film",), 0) == "the"
    assert word_at(("The  Film",), 1) == "film"
    assert word_at(("", "second"), 0) == ""
    assert word_at((" \t ",), 0) == ""
    assert word_at(("one two",), 2) == ""


def test_the_word_is_at_the_place_where_training_texts_vary_most():
    inputs = [(f"the {a} was {b} or so",) for a in "xyz" for b in ("good", "bad")]
    part = Examples(inputs, np.array([0, 1] * 3))
    place, words = control_words(TaskData(part, part, part, ("a", "b"), {}, "digest"))
    assert place == 1
    assert words[2] == ["x", "x", "y", "y", "z", "z"]
    long = Examples([(f"{'a ' * PLACES}{word}",) for word in "wxyz"], np.array([0, 1, 0, 1]))
    assert control_words(TaskData(long, long, long, ("a", "b"), {}, "digest"))[0] == 0


def test_the_effective_number_is_that_of_equally_frequent_words():
    assert effective_number(list("abcd") * 3) == pytest.approx(4)
    assert effective_number(["a"] * 99 + ["b"]) == pytest.approx(1 / (0.99**2 + 0.01**2))


def test_empty_texts_share_a_label():
    data = made(["", "", "b", "c", "b", "c"], [0, 1, 0, 1, 0, 1])
    labels = with_control_labels(data, 0).train.labels
    assert labels[2] == labels[4]
    assert set(labels.tolist()) == {0, 1}


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"labels": "controls"}, "data.labels"),
        ({"labels": "control", "label_seed": -1}, "data.label_seed"),
    ],
)
def test_bad_values_name_their_key(settings, key):
    with pytest.raises(RequestError) as error:
        load(**settings)
    assert error.value.key == key


def test_images_are_refused():
    task = ImageTask(name="digits", source="digits", backbone="vit")
    with pytest.raises(RequestError, match="images have no words") as error:
        load_task(task, DataConfig(labels="control"))
    assert error.value.key == "data.labels"


def test_a_single_word_is_refused(tmp_path):
    table = tmp_path / "t.csv"
    rows = [f"{'the ' * PLACES}w{i},{'ab'[i % 2]}" for i in range(60)]
    table.write_text("text,label\n" + "\n".join(rows))
    with pytest.raises(RequestError, match="have 1 words to tell by, too few for 2 classes"):
        load_task(CsvTask(name="csv"), DataConfig(path=str(table), labels="control"))
