"""Values kept in memory: what was streamed, within the limit."""

import pytest
import torch
from tests.neurons.examining import LENGTHS, batch, subject
from torch.testing import assert_close

from brodmann.errors import RequestError, RunError
from brodmann.neurons.scores.columns import Columns
from brodmann.neurons.scores.pooled import Pooled, size_of
from brodmann.neurons.scores.ranking import auroc
from brodmann.neurons.sites import Site
from brodmann.neurons.stream import stream
from brodmann.neurons.tokens import Reading

SITE = Site("s", 0, "ffn", "out", "input", 3)
VALUES = torch.randn(8, 1, 3, generator=torch.Generator().manual_seed(0))


def listener(**settings):
    return Pooled(Reading("content", "max"), [SITE], rows=8, limit=1000, **settings)


def test_rows_come_back_in_the_data_sets_order():
    keep, order = listener(), torch.tensor([3, 0, 7, 1, 2, 6, 5, 4])
    for rows in order.split(3):
        keep.update("s", VALUES[rows], rows)
    assert torch.equal(keep.compute()["s"], VALUES)
    assert keep.size == size_of([SITE], 8) == 8 * 3 * 4


def test_processes_merge_to_the_whole():
    one, two = listener(dtype="float16"), listener(dtype="float16")
    one.update("s", VALUES[:3], torch.arange(3))
    two.update("s", VALUES[3:], torch.arange(3, 8))
    one.sums.merge(two.sums)
    assert torch.equal(one.compute()["s"], VALUES.half())


def test_it_feeds_the_ranks_of_a_model():
    examined = subject("bert")
    texts = batch(examined)
    texts["index"] = torch.arange(len(LENGTHS))
    keep = Pooled(Reading("content", "max"), examined.sites, len(LENGTHS), 10**6)
    stream(examined, [texts], [keep])
    labels = Columns(("x",), torch.tensor([[True], [False], [True], [False]]))
    values = keep.compute()[examined.sites[0].name][:, 0]
    pairs = [(values[a] > values[b]).float() for a in (0, 2) for b in (1, 3)]
    assert_close(auroc(values, labels)[:, 0], torch.stack(pairs).mean(0))


def test_more_than_the_limit_is_refused_before_anything_is_kept():
    with pytest.raises(RunError, match=r"8 rows of 1 site.* float32 takes 0\.0 MB, above"):
        Pooled(Reading(), [SITE], rows=8, limit=95)
    assert Pooled(Reading(), [SITE], rows=8, limit=96).size == 96


def test_what_does_not_fit_is_refused():
    with pytest.raises(RequestError, match="float16"):
        listener(dtype="float61")
    with pytest.raises(RunError, match="too large for torch.float16"):
        listener(dtype="float16").update("s", VALUES * 1e6, torch.arange(8))
    with pytest.raises(RunError, match="up to row 8"):
        listener().update("s", VALUES[:1], torch.tensor([8]))
    keep = listener()
    with pytest.raises(RunError, match="row 0 was heard 0 times"):
        keep.compute()
    keep.update("s", VALUES[:2], torch.arange(2))
    keep.update("s", VALUES[:2], torch.arange(2))
    with pytest.raises(RunError, match="row 0 was heard 2 times"):
        keep.compute()
