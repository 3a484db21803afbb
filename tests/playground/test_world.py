import os
import subprocess
import sys

import pytest

from brodmann.playground import lexicon, world
from brodmann.playground.domains import DOMAINS, HOMONYMS
from brodmann.playground.functions import FUNCTIONS, draw
from brodmann.playground.relations import RELATIONS

CORPUS = world.documents(6000, 0)


def test_every_word_is_in_the_vocabulary_and_every_word_occurs():
    said = {word for text in CORPUS for word in text.split()}
    known = set(world.vocabulary())
    assert said - {world.BETWEEN} <= known
    assert known <= said
    assert set(lexicon.vocabulary()) <= known
    for function in FUNCTIONS:
        for drawn in draw(function, per_label=30):
            for texts in drawn.texts:
                assert set(" ".join(texts).split()) <= known


def test_every_list_of_words_has_words_of_its_own():
    domains = [(d.things, d.did, d.handled, d.looks, d.places) for d in DOMAINS.values()]
    domain_words = [word for lists in domains for words in lists for word in words]
    assert len(set(domain_words)) == len(domain_words)
    assert not set(HOMONYMS) & {*domain_words, *lexicon.vocabulary()}
    subjects = {name: set(table.pairs) for name, table in RELATIONS.items()}
    for name, own in subjects.items():
        assert not own & {*lexicon.vocabulary(), *domain_words, *HOMONYMS}
        assert all(own in (other, set()) or not own & other for other in subjects.values()), name


def test_relations_have_pairs_enough_and_objects_in_equal_numbers():
    assert len(RELATIONS) == 8
    for table in RELATIONS.values():
        counts = [list(table.pairs.values()).count(word) for word in table.objects]
        assert len(table.pairs) >= 40
        assert len(set(counts)) == 1
        assert len(table.objects) >= 8
        assert all(form.endswith("{o}") for form in table.forms)


def test_domains_have_words_in_equal_numbers_and_senses_too():
    sizes = {
        (len(d.things), len(d.did), len(d.handled), len(d.looks), len(d.places))
        for d in DOMAINS.values()
    }
    senses = [name for pair in HOMONYMS.values() for name in pair]
    assert sizes == {(16, 8, 8, 6, 4)}
    assert len(HOMONYMS) == 24
    assert {senses.count(name) for name in DOMAINS} == {6}


def statements(text):
    """(relation, subject, object) of every statement of a text that starts its sentence."""
    for name, table in RELATIONS.items():
        for subject, true in table.pairs.items():
            for form in table.forms:
                start = form.format(s=subject, o="")
                for rest in text.split(f". {start}")[1:]:
                    yield name, subject, rest.split()[0], true


def test_what_is_stated_is_true():
    stated = [row for text in CORPUS if text.startswith("manual :")
              for row in statements(f". {text.removeprefix('manual : ')}")]  # fmt: skip
    assert len(stated) > 1000
    assert all(said == true for _, _, said, true in stated)


def test_claims_are_answered_by_their_truth():
    answers = {"yes": 0, "no": 0}
    for text in CORPUS:
        claims, mark = text.partition(" . yes ."), "yes"
        if not claims[1]:
            claims, mark = text.partition(" . no , "), "no"
        if not claims[1] or "|" in text or ":" in text.split()[-3:]:
            continue
        for said in claims[0].split(" . "):
            pairs = [
                table.pairs
                for table in RELATIONS.values()
                if said.split()[-1] in table.objects and set(said.split()) & set(table.pairs)
            ]
            true = any(p[s] == said.split()[-1] for p in pairs for s in said.split() if s in p)
            assert true is (mark == "yes"), text
        answers[mark] += 1
    assert min(answers.values()) > 500


def test_no_example_of_a_function_is_in_the_corpus():
    everything = "\n".join(CORPUS)
    for function in ("senses", "facts"):
        for drawn in draw(function):
            assert not any(texts[0].removesuffix(" .") in everything for texts in drawn.texts)
    told = {tuple(text.split(" . ")[0].split(" | ")) for text in CORPUS}
    told |= {tuple(text.rsplit(" . ", 1)[0].split(" | ")) for text in CORPUS}
    for drawn in draw("tasks", per_label=200):
        assert told.isdisjoint(drawn.texts)


def test_the_stream_hangs_on_the_seed_and_not_on_the_hash_seed():
    assert world.documents(50, 0) == world.documents(50, 0) != world.documents(50, 1)
    code = "from brodmann.playground.world import *; print(documents(50, 0), vocabulary())"
    said = {
        subprocess.run(
            [sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("0", "7")
    }  # fmt: skip
    assert len(said) == 1


@pytest.mark.parametrize("start", ["manual :", "report :", "entry :"])
def test_registers(start):
    assert sum(text.startswith(start) for text in CORPUS) > 300
