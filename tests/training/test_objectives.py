"""Which tokens are predicted, and from what, against naive loops and expected rates."""

import numpy as np
import pytest
import torch
from tests.tiny import source, tokenizer

from brodmann.backbones.backbone import load_backbone
from brodmann.backbones.readouts import Vocabulary
from brodmann.config.schema import ModelConfig, PretrainConfig
from brodmann.methods.pretrain import Pretrain
from brodmann.methods.tuned import TunedModel
from brodmann.training.objectives import Causal, Masked, build_objective

SPECIAL = 5
WORDS = np.arange(SPECIAL, 105)


@pytest.fixture
def ids():
    drawn = np.random.default_rng(0).integers(SPECIAL, 105, (400, 60))
    drawn[:, 0], drawn[:, -1], drawn[::3, 20] = 1, 2, 2
    return drawn


@pytest.fixture
def masked():
    return Masked(WORDS, mask=4, rate=0.15, seed=7)


def test_the_rates_are_those_of_the_recipe(ids, masked):
    posed = masked(ids, np.arange(400), step=0)
    ordinary = (ids >= SPECIAL).sum(1)
    counts = np.bincount(posed.predicted // 60, minlength=400)
    np.testing.assert_array_equal(counts, np.rint(0.15 * ordinary))
    np.testing.assert_array_equal(posed.labels, ids.reshape(-1)[posed.predicted])
    assert (posed.labels >= SPECIAL).all(), "special tokens are never predicted"
    shown = posed.inputs.reshape(-1)[posed.predicted]
    shares = [(shown == 4).mean(), ((shown != 4) & (shown != posed.labels)).mean(),
              (shown == posed.labels).mean()]  # fmt: skip
    spread = 4 * np.sqrt(0.1 * 0.9 / len(shown))
    np.testing.assert_allclose(shares, [0.8, 0.1 * 99 / 100, 0.1 + 0.1 / 100], atol=1.5 * spread)
    rest = np.setdiff1d(np.arange(ids.size), posed.predicted)
    np.testing.assert_array_equal(posed.inputs.reshape(-1)[rest], ids.reshape(-1)[rest])
    places = np.bincount(posed.predicted % 60, minlength=60)[1:-1]
    assert places.min() > 0.5 * places.mean(), "all places are drawn alike"


def test_chance_depends_on_seed_step_and_sequence_alone(ids, masked):
    whole = masked(ids[:8], np.arange(8), step=3)
    half = masked(ids[4:8], np.arange(4, 8), step=3)
    np.testing.assert_array_equal(whole.inputs[4:], half.inputs)
    others = [masked(ids[:8], np.arange(8), step=4), masked(ids[:8], np.arange(8) + 8, step=3),
              Masked(WORDS, 4, 0.15, seed=8)(ids[:8], np.arange(8), step=3)]  # fmt: skip
    for other in others:
        assert not np.array_equal(other.inputs, whole.inputs)


def test_an_evaluation_asks_the_same_whatever_the_seed(ids, masked):
    other = Masked(WORDS, 4, 0.15, seed=8)
    for left, right in zip(masked(ids, np.arange(400), None), other(ids, np.arange(400), None),
                           strict=True):  # fmt: skip
        np.testing.assert_array_equal(left, right)


def test_short_sequences_predict_one_token_and_empty_ones_none(masked):
    few = np.array([[1, 9, 2, 2], [1, 2, 2, 2]])
    posed = masked(few, np.arange(2), step=0)
    assert posed.predicted.tolist() == [1]
    assert posed.labels.tolist() == [9]


def test_the_next_token_against_a_naive_loop(ids):
    posed = Causal()(ids[:3], np.arange(3), step=0)
    pairs = [(row * 60 + place, ids[row, place + 1]) for row in range(3) for place in range(59)]
    assert list(zip(posed.predicted, posed.labels, strict=True)) == pairs
    np.testing.assert_array_equal(posed.inputs, ids[:3])
    assert len(Causal().labels(ids)) == 400 * 59


def test_special_tokens_are_the_tokenizers():
    found = build_objective("mlm", tokenizer(), 1000, PretrainConfig(), seed=0)
    assert found.mask == tokenizer().mask_token_id
    assert set(found.words) == set(range(5, len(tokenizer())))


FAMILIES = (
    "bert", "roberta", "electra", "deberta-v2", "modernbert", "gpt2", "opt", "gpt_neox", "llama",
    "qwen3", "gemma",
)  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES)
def test_logits_are_those_of_the_library_at_the_predicted_positions(family):
    """The whole way (embeddings in, chosen rows of the head out) against the stock forward pass."""
    config = ModelConfig(name=family, path="")
    backbone = load_backbone(source(family), config, "vocabulary")
    method = Pretrain(PretrainConfig(backbone_mode="eval"), backbone, torch.Generator())
    tuned = TunedModel(backbone, method, Vocabulary(backbone)).eval()
    ids = torch.randint(5, 80, (3, 12), generator=torch.Generator().manual_seed(0))
    places = torch.tensor([0, 5, 17, 30])
    batch = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "predicted": places}
    with torch.no_grad():
        stock = backbone.model(input_ids=ids).logits.flatten(0, 1)[places]
        torch.testing.assert_close(tuned(batch), stock, rtol=1e-4, atol=1e-5)
