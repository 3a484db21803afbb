import random
from types import SimpleNamespace

import numpy as np
import pytest
from tests.tiny import tokenizer

from brodmann.errors import RequestError
from brodmann.tasks import packing
from brodmann.tasks.packing import Frame, fills_one, frame_of, pack


@pytest.fixture
def documents():
    draw = random.Random(1)
    return [" ".join(f"w{draw.randrange(80)}" for _ in range(draw.randrange(1, 30)))
            for _ in range(57)]  # fmt: skip


def encode(texts):
    return [[int(word[1:]) + 10 for word in text.split()] for text in texts]


@pytest.mark.parametrize("frame", [Frame(2), Frame(2, 1, 3), Frame(2, 1)])
@pytest.mark.parametrize("length", [4, 9, 16])
def test_every_token_stands_in_one_sequence_once_and_in_order(
    documents, frame, length, monkeypatch
):
    monkeypatch.setattr(packing, "BLOCK", 5)
    stream = [t for row in encode(documents) for t in (*row, frame.separator)]
    found = pack(documents, encode, frame, length)
    assert found.dtype == np.int32
    assert found.shape[1] == length
    first, last = int(frame.start is not None), length - int(frame.end is not None)
    inner = found[:, first:last].reshape(-1).tolist()
    assert inner == stream[: len(inner)]
    assert len(stream) - len(inner) < length - frame.own, "only what fills no sequence is dropped"
    assert frame.start is None or (found[:, 0] == frame.start).all()
    assert frame.end is None or (found[:, -1] == frame.end).all()


def test_documents_too_short_for_one_sequence_give_none():
    assert pack(["w1 w2"], encode, Frame(2), 4).shape == (0, 4)
    assert pack([], encode, Frame(2), 4).shape == (0, 4)
    assert not fills_one(["w1 w2"], encode, 4)
    assert fills_one(["w1 w2", "w3"], encode, 4)


def test_encoders_and_decoders_have_frames_of_their_own():
    assert frame_of(tokenizer(), "encoder") == Frame(2, 1, 2)
    assert frame_of(tokenizer(), "decoder") == Frame(2)
    bare = SimpleNamespace(eos_token_id=None, sep_token_id=None, name_or_path="bare")
    with pytest.raises(RequestError, match="no end token"):
        frame_of(bare, "decoder")
