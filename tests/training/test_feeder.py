"""Texts are tokenised once, and only those that are asked for."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from tests.tiny import tokenizer

from brodmann.tasks.data import Examples
from brodmann.tasks.encode import collate_text, encode_texts
from brodmann.training import feeder as module
from brodmann.training.feeder import TextFeeder

TEXTS = [("the film was good",), ("dull",), ("a very great film but not fine",), ("no",)]


@pytest.fixture
def asked(monkeypatch):
    """Texts that were tokenised, call by call."""
    calls = []

    def counted(inputs, **settings):
        calls.append(list(inputs))
        return encode_texts(inputs, **settings)

    monkeypatch.setattr(module, "encode_texts", counted)
    return calls


@pytest.fixture
def feeder(asked):
    backbone = SimpleNamespace(tokenizer=tokenizer(), kind="encoder")
    return TextFeeder(Examples(TEXTS, np.array([1, 0, 1, 0])), backbone, 16, "pair")


def test_lengths_of_some_leave_the_others_alone(feeder, asked):
    assert asked == []
    some = feeder.lengths_of(np.array([2, 1]))
    assert asked == [[TEXTS[2], TEXTS[1]]]
    assert feeder.lengths == tuple(len(row.input_ids) for row in _rows())
    assert some == (feeder.lengths[2], feeder.lengths[1])
    assert sum(map(len, asked)) == len(TEXTS)


def test_batches_are_those_of_all_texts_tokenised_together(feeder, asked):
    found = feeder.batch(np.array([3, 0]))
    rows = _rows()
    wanted = collate_text([rows[3], rows[0]], tokenizer().pad_token_id, "right")
    for name, tensor in wanted.items():
        assert torch.equal(found[name], tensor)
    assert (found["label"].tolist(), found["index"].tolist()) == ([0, 1], [3, 0])
    feeder.batch(np.array([0, 3]))
    assert sum(map(len, asked)) == 2


def _rows():
    return encode_texts(TEXTS, tokenizer(), 16, "pair")
