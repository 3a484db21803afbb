import os
import subprocess
import sys

import pytest

from brodmann.errors import RequestError
from brodmann.playground.domains import DOMAINS, HOMONYMS
from brodmann.playground.functions import FUNCTIONS, draw
from brodmann.playground.held_out import held_out
from brodmann.playground.relations import RELATIONS

LEAST = {"senses": 24, "facts": 8, "tasks": 7}
EVERY = [(function, drawn) for function in LEAST for drawn in draw(function)]
IDS = [f"{function}-{drawn.name}" for function, drawn in EVERY]


@pytest.mark.parametrize("function", LEAST)
def test_there_are_enough_sub_functions(function):
    names = [drawn.name for drawn in draw(function, per_label=2)]
    assert len(set(names)) == len(names) >= LEAST[function]


@pytest.mark.parametrize(("function", "drawn"), EVERY, ids=IDS)
def test_labels_are_balanced_and_no_text_comes_twice(function, drawn):
    assert drawn.labels == (0, 1) * 60
    assert len(set(drawn.texts)) == 120
    assert len(drawn.targets) == len(drawn.groups) == 120


@pytest.mark.parametrize(("function", "drawn"), EVERY, ids=IDS)
def test_targets_are_the_word_that_is_asked_about(function, drawn):
    objects = RELATIONS[drawn.name].objects if function == "facts" else (drawn.name,)
    for texts, target in zip(drawn.texts, drawn.targets, strict=True):
        if function == "tasks":
            assert target is None
            continue
        start, end = target
        assert texts[0][start:end] in objects
        assert texts[0][:start][-1:] in ("", " ")
        assert texts[0][end] == " "


@pytest.mark.parametrize("drawn", draw("facts"), ids=list(RELATIONS))
def test_facts_are_true_or_corrupted_and_words_alone_do_not_tell(drawn):
    pairs = RELATIONS[drawn.name].pairs
    said = {0: [], 1: []}
    for (text,), label, (start, end) in zip(drawn.texts, drawn.labels, drawn.targets, strict=True):
        (subject,) = [word for word in text[:start].split() if word in pairs]
        assert (pairs[subject] == text[start:end]) is bool(label)
        said[label].append((subject, text[start:end], text[:start]))
    subjects, objects, rest = (
        [sorted(row[column] for row in said[label]) for label in (0, 1)] for column in range(3)
    )
    assert subjects[0] == subjects[1]
    assert rest[0] == rest[1]
    uneven = [word for word in set(objects[1]) if objects[0].count(word) != objects[1].count(word)]
    assert sum(abs(objects[0].count(w) - objects[1].count(w)) for w in uneven) <= 24


@pytest.mark.parametrize("drawn", draw("facts"), ids=list(RELATIONS))
def test_groups_of_facts_are_their_entities(drawn):
    pairs = RELATIONS[drawn.name].pairs
    groups = {}
    for (text,), group, (start, _) in zip(drawn.texts, drawn.groups, drawn.targets, strict=True):
        (subject,) = [word for word in text[:start].split() if word in pairs]
        assert groups.setdefault(subject, group) == group
    for subject, group in groups.items():
        other = groups.get(pairs[subject])
        assert other in (None, group)
    assert len(set(groups.values())) == (24 if drawn.name == "opposite" else 48)


@pytest.mark.parametrize("drawn", draw("senses"), ids=list(HOMONYMS))
def test_senses_come_in_pairs_of_one_form_each_in_words_of_its_domain(drawn):
    own = [
        {w for words in (d.did, d.handled, d.looks) for w in words}
        for d in (DOMAINS[name] for name in HOMONYMS[drawn.name])
    ]
    for index in range(0, 120, 2):
        zero, one = (drawn.texts[index + label][0].split() for label in (0, 1))
        assert drawn.groups[index] == drawn.groups[index + 1]
        assert len(zero) == len(one)
        assert own[0] & set(zero)
        assert own[1] & set(one)


@pytest.mark.parametrize("drawn", draw("senses"), ids=list(HOMONYMS))
def test_no_single_word_tells_the_sense(drawn):
    words = {word for (text,) in drawn.texts for word in text.split()}
    labels = drawn.labels
    for word in words:
        has = [word in text.split() for (text,) in drawn.texts]
        agree = sum(h == bool(label) for h, label in zip(has, labels, strict=True)) / len(labels)
        assert max(agree, 1 - agree) < 0.7


def test_every_example_is_of_the_kept_texts():
    for drawn in draw("tasks"):
        assert all(held_out(*texts) for texts in drawn.texts)


def test_draws_hang_on_the_seed_and_not_on_the_hash_seed():
    assert draw("senses", 0, 5) != draw("senses", 1, 5)
    assert draw("facts", 3, 5) == draw("facts", 3, 5)
    code = (
        "from brodmann.playground.functions import *;"
        "print([draw(name, 1, 5) for name in FUNCTIONS])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("0", "7")
    }  # fmt: skip
    assert len(said) == 1


def test_more_examples_than_one_round_of_subjects():
    for name in FUNCTIONS:
        for drawn in draw(name, per_label=200):
            assert len(set(drawn.texts)) == 400


def test_an_unknown_function_is_refused():
    with pytest.raises(RequestError, match="senses"):
        draw("sense")
