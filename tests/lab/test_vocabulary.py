"""Words that a tokenizer does not know: said from a tenth on, refused where nothing is left."""

import itertools

import pytest
from tests.tiny import checkpoint, worldly

from brodmann.config.compose import compose_train
from brodmann.errors import RequestError
from brodmann.lab.prepare import prepare


def asked(tmp_path, task, folder, *more):
    method = "pretrain" if task.startswith("corpus/") else "frozen"
    return prepare(compose_train([
        f"task={task}", f"method={method}", "model=hf", f"model.path={folder}", "preset=quick",
        "data.max_length=16", f"runs_dir={tmp_path}", *more,
    ]))  # fmt: skip


def corpus(tmp_path, known):
    """Documents of ten words, of which the tiny tokenizer knows so many."""
    words = [f"w{i}" if i < known else f"strange{i}" for i in range(10)]
    path = tmp_path / "all.txt"
    orders = itertools.islice(itertools.permutations(words), 200)
    path.write_text("\n\n".join(map(" ".join, orders)))
    return f"data.path={path}", "task.val_share=0.2", "task.test_share=0.2"


@pytest.mark.parametrize("name", ["senses", "facts"])
def test_a_function_whose_words_are_unknown_is_refused(tmp_path, name):
    task = f"functions/playground/{name}"
    said = rf"functions=\[playground/{name}\]: the tokenizer of model=hf.* \d+ of \d+ questions"
    with pytest.raises(RequestError, match=said) as error:
        asked(tmp_path, task, checkpoint("bert"))
    assert "model=nano_causal" in error.value.hint
    assert not asked(tmp_path, task, worldly("bert")).data.notes


def test_words_in_question_count_though_most_others_are_known(tmp_path):
    with pytest.raises(RequestError, match="24 of 24 questions are about .bar, bark, bass"):
        prepare(compose_train(["task=functions/playground/senses", "method=frozen", "model=nano",
                               f"runs_dir={tmp_path}"]))  # fmt: skip


def test_texts_that_are_about_no_word_are_refused_by_their_share(tmp_path):
    said = r"\[playground/tasks\]: .* not know \d\d% of the tokens"
    with pytest.raises(RequestError, match=said):
        asked(tmp_path, "functions/playground/tasks", checkpoint("bert"))


@pytest.mark.parametrize(("known", "told"), [(10, ()), (7, ("said",)), (3, None)])
def test_a_corpus_is_refused_above_one_half_and_noted_above_a_tenth(tmp_path, known, told):
    more = corpus(tmp_path, known)
    if told is None:
        with pytest.raises(RequestError, match=r"data\.path=.*not know \d\d% of the tokens"):
            asked(tmp_path, "corpus/text", checkpoint("bert"), *more)
        return
    notes = asked(tmp_path, "corpus/text", checkpoint("bert"), *more).data.notes
    said = [note for note in notes if "unknown to the tokenizer of model=hf" in note]
    assert len(said) == len(told)


def test_a_classification_is_only_noted(tmp_path):
    more = ("method=prompt", "trainer=cpu")
    notes = asked(tmp_path, "playground/sentiment", checkpoint("bert"), *more).data.notes
    assert any("unknown to the tokenizer" in note for note in notes)
