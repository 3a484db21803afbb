"""The nano backbones of the world, pre-trained for a few steps."""

import pytest
import torch
from torch.nn import functional

import brodmann
from brodmann.backbones.source import resolve_model
from brodmann.config.schema import ModelConfig
from brodmann.errors import RequestError
from brodmann.playground import world
from brodmann.playground.functions import FUNCTIONS, draw
from brodmann.playground.masking import encode_text
from brodmann.playground.nano import ensure_nano, nano_folder
from brodmann.playground.pretrain import (
    causal_tokenizer,
    next_token_loss,
    pretrain,
    world_tokenizer,
)
from brodmann.playground.recipe import RECIPES, Recipe, WorldRecipe
from brodmann.playground.shapes import build_model

SIZES = {"layers": 2, "width": 16, "heads": 2, "steps": 5, "batch": 4}
TINY = {
    "nano": Recipe(**SIZES),
    "nano_causal": WorldRecipe("causal", **SIZES),
    "nano_world": WorldRecipe("masked", **SIZES),
}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BRODMANN_CACHE", str(tmp_path / "cache"))
    for name, recipe in TINY.items():
        monkeypatch.setitem(RECIPES, name, recipe)


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_gives_an_ordinary_checkpoint_of_its_own_folder(name):
    source = resolve_model(ModelConfig(name=name, library="nano"), None)
    assert source.folder == nano_folder(0, TINY[name])
    assert source.folder.name.startswith(f"{'nano_masked' if name == 'nano_world' else name}-")
    assert source.family.name == ("opt" if name == "nano_causal" else "bert")
    assert source.readouts[0] == ("next_token" if name == "nano_causal" else "label_words")


def test_the_folder_of_the_first_nano_is_what_it_was(monkeypatch):
    """Figures in the docs stand on this corpus, this vocabulary and these weights."""
    assert nano_folder(0).name == "nano-a807a99d46556117"


@pytest.mark.parametrize("objective", ["causal", "masked"])
def test_the_same_recipe_gives_the_same_bytes(objective, tmp_path, monkeypatch):
    recipe = WorldRecipe(objective, **SIZES)
    first = (ensure_nano(0, recipe=recipe) / "model.safetensors").read_bytes()
    monkeypatch.setenv("BRODMANN_CACHE", str(tmp_path / "other"))
    assert (ensure_nano(0, recipe=recipe) / "model.safetensors").read_bytes() == first
    assert nano_folder(1, recipe) != nano_folder(0, recipe)


def test_training_tells_of_its_progress_and_learns():
    told = []
    recipe = WorldRecipe("causal", **(SIZES | {"steps": 40, "batch": 8}))
    model = pretrain(recipe, 0, lambda *at: told.append(at))
    assert told == [(step, 40) for step in range(1, 41)]
    ids = causal_tokenizer()(world.documents(32, 9), padding=True, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        start = build_model(recipe, 0, model.config.vocab_size)
        weights = (ids > 0).float()
        assert next_token_loss(model, ids, weights) < next_token_loss(start, ids, weights) - 0.5


def test_the_next_token_loss_is_that_of_each_text_alone():
    model = build_model(TINY["nano_causal"], 0, 40).eval()
    texts, counts = [[2, 7, 9, 30, 3], [2, 11, 3], [2, 8, 8, 3]], {8: 5.0}
    ids = torch.tensor([row + [0] * (5 - len(row)) for row in texts])
    weights = torch.tensor([[counts.get(i, float(i > 0)) for i in row] for row in ids.tolist()])
    total, losses = 0.0, 0.0
    for row in texts:
        logits = model(torch.tensor([row])).logits[0, :-1]
        for token, loss in zip(
            row[1:], functional.cross_entropy(logits, torch.tensor(row[1:]), reduction="none"),
            strict=True,
        ):  # fmt: skip
            total += counts.get(token, 1.0)
            losses += counts.get(token, 1.0) * loss.item()
    assert next_token_loss(model, ids, weights).item() == pytest.approx(losses / total, rel=1e-5)


@pytest.mark.parametrize("build", [causal_tokenizer, world_tokenizer])
def test_one_token_per_word_and_no_unknown_one(build):
    tokenizer = build()
    for function in FUNCTIONS:
        for drawn in draw(function, per_label=20):
            for texts in drawn.texts:
                ids = tokenizer(*texts, add_special_tokens=False)["input_ids"]
                words = " ".join(texts).split()
                assert [t for t in tokenizer.convert_ids_to_tokens(ids) if t != "|"] == words
                assert tokenizer.unk_token_id not in ids


def test_texts_are_tokenised_as_they_were_in_pre_training():
    causal, masked = causal_tokenizer(), world_tokenizer()
    assert causal.decode(causal("a loan", "no loan")["input_ids"]) == "<s> a loan | no loan"
    row, types, rates = encode_text("a loan | no loan", masked.get_vocab(), 0.1, {"no": 5.0}, "|")
    encoded = masked("a loan", "no loan")
    assert encoded["input_ids"] == row
    assert encoded["token_type_ids"] == types
    assert rates == [0.0, 0.1, 0.1, 0.0, 0.5, 0.1, 0.0]


@pytest.mark.parametrize("architecture", ["causal", "masked"])
def test_neurons_are_rectified(architecture):
    config = build_model(WorldRecipe(architecture, **SIZES), 0, 40).config
    assert "relu" in (getattr(config, "activation_function", ""), getattr(config, "hidden_act", ""))


@pytest.mark.parametrize("task", ["sentiment", "entailment"])
@pytest.mark.parametrize("name", ["nano_causal", "nano_world"])
def test_prompts_are_trained_on_the_playground(name, task, tmp_path):
    done = brodmann.train([
        f"task=playground/{task}", f"model={name}", "method=prompt", "method.length=3",
        "trainer=cpu", "trainer.threads=1", "logger=none", f"runs_dir={tmp_path / 'runs'}",
        "training.max_steps=3", "training.eval_every=3", "data.max_train=40", "data.max_test=20",
    ])  # fmt: skip
    assert done.metrics["train/steps"] == 3
    assert done.folder.name.split("-")[1] == name


def test_another_name_is_refused():
    with pytest.raises(RequestError, match="nano_causal"):
        resolve_model(ModelConfig(name="nano_casual", library="nano"), None)
