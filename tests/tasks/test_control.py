"""Control labels: one word, one label, in every split, whoever asks."""

import collections
import subprocess
import sys

import numpy as np
import pytest

from brodmann.config.schema import CsvTask, DataConfig, ImageTask, PlaygroundTask
from brodmann.errors import RequestError
from brodmann.tasks import load_task
from brodmann.tasks.control import DRAWS, first_word, hashed_classes, with_control_labels
from brodmann.tasks.data import Examples, TaskData

FEELING = PlaygroundTask(
    name="playground/feeling", factor="feeling", backbone="nano",
    classes=["negative", "positive"], train=400, val=100, test=100,
)  # fmt: skip


def load(**settings):
    return load_task(FEELING, DataConfig(**settings))


def labels_by_word(data):
    found = collections.defaultdict(set)
    for split in (data.train, data.val, data.test):
        for texts, label in zip(split.inputs, split.labels, strict=True):
            found[texts[0].split()[0].lower()].add(int(label))
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


def test_first_words_of_odd_texts():
    assert first_word(("  The film",)) == "the"
    assert first_word(("", "second")) == ""
    assert first_word((" \t ",)) == ""


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
    with pytest.raises(RequestError, match="images have no first word") as error:
        load_task(task, DataConfig(labels="control"))
    assert error.value.key == "data.labels"


def test_a_single_first_word_is_refused(tmp_path):
    table = tmp_path / "t.csv"
    rows = [f"the w{i},{'ab'[i % 2]}" for i in range(60)]
    table.write_text("text,label\n" + "\n".join(rows))
    with pytest.raises(RequestError, match="begin with 1 words, too few for 2 classes"):
        load_task(CsvTask(name="csv"), DataConfig(path=str(table), labels="control"))
