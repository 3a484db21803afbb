import pytest
import torch

from brodmann.errors import RequestError
from brodmann.neurons.moe.buffer import Buffer


class Stream:
    def __init__(self, *sizes):
        self.sizes, self.started = sizes, 0

    def __call__(self):
        self.started += 1
        start = 0
        for size in self.sizes:
            rows = torch.arange(start, start + size)
            yield {"a": rows, "b": rows[:, None].float().expand(-1, 2)}
            start += size


def epoch(buffer):
    batches = list(buffer)
    for batch in batches:
        assert torch.equal(batch["b"][:, 0].long(), batch["a"])
    return batches


@pytest.mark.parametrize(("rows", "restarts"), [(100, 1), (4, 3), (7, 3), (1, 3)])
def test_every_row_comes_once_an_epoch(rows, restarts):
    stream = Stream(5, 9, 3)
    buffer = Buffer(stream, rows=rows, size=4)
    orders = []
    for _ in range(3):
        batches = epoch(buffer)
        assert all(1 <= len(batch["a"]) <= min(4, rows) for batch in batches)
        orders.append(torch.cat([batch["a"] for batch in batches]).tolist())
        assert sorted(orders[-1]) == list(range(17))
    assert stream.started == restarts
    if rows > 1:
        assert len(set(map(tuple, orders))) == 3


def test_no_more_rows_are_held_than_asked_for():
    buffer = Buffer(Stream(50, 50), rows=8, size=4)
    epoch(buffer)
    assert all(len(values) == 8 for values in buffer._held.values())


def test_an_epoch_that_was_left_early_does_not_leak_into_the_next():
    buffer = Buffer(Stream(5, 9, 3), rows=4, size=2)
    next(iter(buffer))
    assert sorted(torch.cat([b["a"] for b in epoch(buffer)]).tolist()) == list(range(17))


def test_equal_seeds_give_equal_orders():
    first, second, other = (
        [b["a"].tolist() for b in Buffer(Stream(30), 100, 8, seed)] for seed in (1, 1, 2)
    )
    assert first == second != other


def test_a_buffer_of_no_rows_is_refused():
    with pytest.raises(RequestError, match="buffer_mib"):
        Buffer(Stream(3), rows=0, size=1)
