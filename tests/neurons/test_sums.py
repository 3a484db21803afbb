"""Sums by name: batches, merging, and two processes that equal one."""

import os

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from brodmann.errors import RunError
from brodmann.neurons.scores.choice import choose
from brodmann.neurons.scores.coactivation import Coactivation
from brodmann.neurons.scores.columns import Columns
from brodmann.neurons.scores.importance import Importance
from brodmann.neurons.scores.moments import Baseline
from brodmann.neurons.scores.pooled import Pooled
from brodmann.neurons.scores.predictivity import Predictivity
from brodmann.neurons.scores.sums import Sums
from brodmann.neurons.sites import Site
from brodmann.neurons.tokens import Reading

ROWS = 30


def test_sums_add_up_merge_and_start_over():
    one, two = Sums(), Sums()
    one.update("a", torch.tensor([1.0, 2.0]))
    one.update("a", torch.tensor([1.0, 2.0]))
    two.update("a", torch.tensor([5.0, 5.0]))
    two.update("b", torch.tensor(3, dtype=torch.long))
    one.merge(two)
    assert {name: value.tolist() for name, value in one.compute().items()} == {
        "a": [7.0, 9.0],
        "b": 3,
    }
    one.reset()
    one.update("a", torch.ones(2))
    assert one.compute()["a"].tolist() == [1.0, 1.0]


def test_sums_made_in_inference_mode_can_be_added_to_outside():
    sums = Sums()
    with torch.inference_mode():
        sums.update("a", torch.ones(2))
    sums.update("a", torch.ones(2))
    assert sums.compute()["a"].tolist() == [2.0, 2.0]


def test_another_shape_is_refused():
    sums = Sums()
    sums.update("a", torch.ones(2))
    with pytest.raises(RunError, match=r"a is \[2\], but a batch brought \[3\]"):
        sums.update("a", torch.ones(3))


def heard(rows):
    """Every listener over some of the rows; results are over all processes."""
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(ROWS, 2, 4, generator=generator)
    columns = Columns(("x", "y"), torch.rand(ROWS, 2, generator=generator) > 0.5)
    base = Baseline(Reading(), ["s.0", "s.1"])
    for site in base.sites if len(rows) else ():
        base.update(site, values[rows], rows)
    means = base.compute().mean
    listener = Predictivity(Reading(), ["s.0", "s.1"], columns, means)
    for site in listener.sites if len(rows) else ():
        listener.update(site, values[rows], rows)
    others = [
        Importance(Reading(), ["s.0"], torch.arange(ROWS) % 3, ("a", "b", "c")),
        Coactivation(Reading(), ["s.0"], "indicator"),
        Pooled(Reading(), [Site("s.0", 0, "ffn", "out", "input", 4)], ROWS, 10**6, positions=2),
    ]
    for other in others if len(rows) else ():
        other.update("s.0", values[rows], rows)
    importance, together, pooled = (other.compute() for other in others)
    found = listener.compute()
    return {
        "means": means["s.1"],
        "hits": found.hits["s.1"],
        "scores": choose(found).score["s.0"],
        "importance": importance.of("s.0", "std"),
        "gram": together.gram["s.0"],
        "pooled": pooled["s.0"],
    }


def process(rank, folder, share):
    os.environ |= {"GLOO_SOCKET_IFNAME": "lo"}
    dist.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=2)
    rows = torch.arange(ROWS).split([share, ROWS - share])[rank]
    torch.save(heard(rows), f"{folder}/{rank}.pt")
    dist.destroy_process_group()


@pytest.mark.slow
@pytest.mark.parametrize("share", [13, 0])
def test_two_processes_equal_one_even_if_one_saw_nothing(tmp_path, share):
    mp.spawn(process, (str(tmp_path), share), nprocs=2)
    whole = heard(torch.arange(ROWS))
    for rank in range(2):
        found = torch.load(tmp_path / f"{rank}.pt")
        assert found.keys() == whole.keys()
        for name in ("means", "importance"):
            torch.testing.assert_close(found.pop(name), whole[name], rtol=1e-12, atol=1e-14)
        for name, value in found.items():
            assert torch.equal(value, whole[name]), name
