import subprocess
import sys
import time

import pytest
import torch

from brodmann.playground.corpus import corpus
from brodmann.playground.masking import encode
from brodmann.playground.nano import cached_nano, ensure_nano, ensure_nano_shape, nano_folder
from brodmann.playground.recipe import Recipe
from brodmann.playground.tokenizer import build_tokenizer

TINY = Recipe(layers=1, width=16, heads=2, steps=5, batch=4)
CODE = (
    "from tests.playground.test_nano import TINY;"
    "from brodmann.playground.nano import ensure_nano;"
    "print(ensure_nano(0, recipe=TINY))"
)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BRODMANN_CACHE", str(tmp_path))
    return tmp_path


def start():
    return subprocess.Popen([sys.executable, "-c", CODE], stdout=subprocess.PIPE, text=True)


def test_two_processes_want_it_at_once(cache):
    said = {process.communicate(timeout=120)[0].strip() for process in (start(), start())}
    assert said == {str(nano_folder(0, TINY))}
    assert [p.name for p in cache.iterdir() if p.is_dir()] == [nano_folder(0, TINY).name]


def test_a_killed_one_leaves_nothing_that_reads_as_whole(cache):
    process = start()
    while not any(cache.glob(".nano-*")) and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.communicate()
    folder = cached_nano(0, TINY)
    assert folder is None or (folder / "model.safetensors").is_file()
    assert ensure_nano(0, recipe=TINY).is_dir()


def test_the_same_recipe_gives_the_same_bytes(cache, monkeypatch):
    first = (ensure_nano(0, recipe=TINY) / "model.safetensors").read_bytes()
    monkeypatch.setenv("BRODMANN_CACHE", str(cache / "other"))
    assert (ensure_nano(0, recipe=TINY) / "model.safetensors").read_bytes() == first
    assert nano_folder(1, TINY) != nano_folder(0, TINY)


def test_it_is_an_ordinary_checkpoint():
    from transformers import AutoModelForMaskedLM, AutoTokenizer

    folder = ensure_nano(0, recipe=TINY)
    ids = AutoTokenizer.from_pretrained(folder)("the match was not dull", return_tensors="pt")
    assert AutoModelForMaskedLM.from_pretrained(folder)(**ids).logits.shape[:2] == (1, 7)
    assert isinstance(ids["token_type_ids"], torch.Tensor)


def test_tokens_round_trip_and_summaries_are_what_is_masked():
    tokenizer = build_tokenizer()
    text = "although the loan felt fresh , the camera looked hardly really great"
    assert tokenizer.decode(tokenizer(text, add_special_tokens=False)["input_ids"]) == text
    recipe = Recipe()
    for document in corpus(200, 0):
        ids, types, rates = encode(document, recipe)
        assert len(ids) == len(types) == len(rates)
        masked = {tokenizer.decode([i]) for i, rate in zip(ids, rates, strict=True) if rate > 0.5}
        assert document.summary in masked


def test_the_shape_is_the_backbone_without_its_weights(cache):
    shape, whole = ensure_nano_shape(TINY), ensure_nano(0, recipe=TINY)
    names = {path.name for path in whole.iterdir()} - {"model.safetensors"}
    assert {path.name for path in shape.iterdir()} == names
    for name in names:
        assert (shape / name).read_bytes() == (whole / name).read_bytes()
