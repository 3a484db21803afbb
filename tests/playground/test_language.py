import subprocess
import sys

import pytest

from brodmann.playground import TASKS, generate, lexicon


@pytest.mark.parametrize("factor", TASKS)
def test_splits_are_balanced_and_share_no_text(factor):
    splits = {
        split: generate(factor, split, size, 0)
        for split, size in (("train", 2000), ("val", 300), ("test", 500))
    }
    seen = [set(texts) for texts, _ in splits.values()]
    assert not seen[0] & seen[1]
    assert not seen[0] & seen[2]
    assert not seen[1] & seen[2]
    for texts, labels in splits.values():
        assert len(set(texts)) == len(texts)
        assert sum(labels) * 2 == len(labels)


@pytest.mark.parametrize("factor", TASKS)
def test_held_out_words_are_in_the_test_split_only(factor):
    content = (lexicon.ADJECTIVES, lexicon.FEELINGS, lexicon.ADVICE, lexicon.TOPICS)
    held = {
        word
        for table in content
        for words in table.values()
        for word in lexicon.split_words(words, held_out=True)
    }

    def words(split):
        return {
            w for texts in generate(factor, split, 1000, 0)[0] for t in texts for w in t.split()
        }

    assert not words("train") & held
    assert not words("val") & held
    assert words("test") & held


def test_every_word_is_in_the_vocabulary():
    known = set(lexicon.vocabulary())
    for factor in TASKS:
        for split in ("train", "test"):
            for texts in generate(factor, split, 500, 1)[0]:
                assert set(" ".join(texts).split()) <= known


def test_families():
    families = [spec.family for spec in TASKS.values()]
    assert {f: families.count(f) for f in families} == {"polarity": 3, "inference": 2, "topic": 2}


def test_texts_do_not_depend_on_the_hash_seed():
    code = "from brodmann.playground import *; print([generate(t, 'test', 5, 0) for t in TASKS])"
    said = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True,
            text=True, check=True,
        ).stdout
        for seed in ("0", "7")
    }  # fmt: skip
    assert len(said) == 1


@pytest.mark.parametrize("factor", ["sentiment", "feeling", "advice"])
def test_single_words_do_not_solve_polarity(factor):
    """A bag of words stays clearly below what composition allows (docs/playground.md)."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    train, test = generate(factor, "train", 4000, 0), generate(factor, "test", 1000, 0)
    bag = CountVectorizer(token_pattern=r"\S+")
    model = LogisticRegression(max_iter=500).fit(
        bag.fit_transform([t for (t,) in train[0]]), train[1]
    )
    assert model.score(bag.transform([t for (t,) in test[0]]), test[1]) < 0.75
