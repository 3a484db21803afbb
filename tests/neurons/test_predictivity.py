"""Predictivity against loops and scikit-learn; ties, constants, weights, both padding sides."""

import math

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, balanced_accuracy_score
from tests.neurons.examining import LENGTHS, batch, subject
from torch.testing import assert_close

from brodmann.errors import RequestError, RunError
from brodmann.neurons.scores import choice, indicators
from brodmann.neurons.scores.choice import choose
from brodmann.neurons.scores.columns import Columns, join, sub_task
from brodmann.neurons.scores.indicators import round_down
from brodmann.neurons.scores.moments import Baseline
from brodmann.neurons.scores.predictivity import Predictivity, predictivity
from brodmann.neurons.scores.resampling import bootstrap, permuted
from brodmann.neurons.stream import stream
from brodmann.neurons.tokens import Reading

SKLEARN = {"accuracy": accuracy_score, "balanced_accuracy": balanced_accuracy_score}
ROWS, POSITIONS, UNITS = 40, 3, 6


def inputs(seed=0):
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(ROWS, POSITIONS, UNITS, generator=generator)
    values[:, :, 1] = values[:, :, 1].clamp_min(0)  # ties at the floor, as after a ReLU
    values[:, :, 2] = 0.3  # a constant unit
    values[:, :, 3] = values[:, :, 3].round()  # many ties
    labels = torch.randint(3, (ROWS,), generator=generator)
    true = join(sub_task("a", labels, [0]), sub_task("b", labels, [0], [2]))
    everything = join(true, permuted(true, 4, 0), bootstrap(true, 3, 0))
    return values, everything, values.double().mean(0)


def naive(values, columns, threshold, metric):
    """Scikit-learn, one unit, position and column at a time."""
    weights = columns.row_weights().numpy()
    found = np.zeros((POSITIONS, UNITS, len(columns)))
    for p, u, k in np.ndindex(found.shape):
        said = [float(v) > float(threshold[p, u]) for v in values[:, p, u]]
        kept = weights[:, k] > 0
        found[p, u, k] = SKLEARN[metric](columns.values[:, k].numpy()[kept], np.array(said)[kept],
                                         sample_weight=weights[kept, k])  # fmt: skip
    return torch.from_numpy(found).float()


@pytest.mark.parametrize("metric", list(SKLEARN))
def test_every_unit_position_and_column_equals_scikit_learn(metric):
    values, columns, threshold = inputs()
    wanted = naive(values, columns, threshold, metric)
    assert_close(predictivity(values, columns, threshold, metric), wanted, rtol=0, atol=2e-6)


def listener_of(columns, threshold):
    return Predictivity(Reading(), ["s"], columns, {"s": threshold})


@pytest.mark.parametrize("sizes", [[1] * ROWS, [7, 33], [16, 16, 8]])
def test_any_batching_in_any_order_gives_the_same_counts(sizes):
    values, columns, threshold = inputs()
    listener = listener_of(columns, threshold)
    order = torch.randperm(ROWS, generator=torch.Generator().manual_seed(1))
    for rows in order.split(sizes):
        listener.update("s", values[rows], rows)
    found = listener.compute().of("s", "accuracy")
    assert torch.equal(found, predictivity(values, columns, threshold, "accuracy"))


def test_halves_merge_to_the_whole():
    values, columns, threshold = inputs()
    halves = [listener_of(columns, threshold) for _ in range(2)]
    for half, rows in zip(halves, torch.arange(ROWS).split([11, 29]), strict=True):
        half.update("s", values[rows], rows)
    halves[0].merge(halves[1])
    found = halves[0].compute().of("s", "accuracy")
    assert torch.equal(found, predictivity(values, columns, threshold, "accuracy"))


@pytest.mark.parametrize("held", [1, 24, 18 * 7])
def test_holding_back_changes_nothing(held, monkeypatch):
    values, columns, threshold = inputs()
    wanted = predictivity(values, columns, threshold)
    monkeypatch.setattr(indicators, "HELD", held)
    listener = listener_of(columns, threshold)
    for rows in torch.arange(ROWS).split([3, 9, 1, 20, 7]):
        listener.update("s", values[rows], rows)
    assert torch.equal(listener.compute().of("s"), wanted)


def test_rows_that_were_not_heard_do_not_count():
    values, columns, threshold = inputs()
    heard = torch.arange(0, ROWS, 2)
    listener = listener_of(columns.pick(["a"]), threshold)
    listener.update("s", values[heard], heard)
    half = Columns(("a",), columns.values[heard, :1])
    assert_close(listener.compute().of("s"), naive(values[heard], half, threshold,
                                                   "balanced_accuracy"))  # fmt: skip


def test_a_constant_unit_is_at_chance():
    values, columns, threshold = inputs()
    assert (predictivity(values, columns, threshold)[:, 2] == 0.5).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_a_rounded_threshold_separates_as_the_exact_one(dtype):
    near = torch.linspace(-0.2, 0.2, 400, dtype=torch.float64)
    values = torch.cat([near.to(dtype), (near + 1e-9).to(dtype)])
    for mean in (*near[::7].tolist(), 0.0, -0.1, float(values[3])):
        exact = torch.tensor([mean], dtype=torch.float64)
        low = round_down(exact, dtype)
        assert low.dtype == dtype
        assert torch.equal(values > low, values.double() > exact)


@pytest.mark.parametrize("side", ["left", "right"])
def test_both_padding_sides_and_single_examples_agree(side):
    examined = subject("bert")
    site, rows = examined.sites[0].name, torch.arange(len(LENGTHS) + 10)
    columns = Columns(("x",), (rows % 2 == 0)[:, None])
    found = {}
    for reading in (Reading("content", "max"), Reading("prompt"), Reading("all", "mean")):
        base = Baseline(reading, [site])
        stream(examined, [batch(examined, "right")], [base])
        thresholds = base.compute().mean
        listener = Predictivity(reading, [site], columns, thresholds)
        stream(examined, [batch(examined, side)], [listener])
        alone = Predictivity(reading, [site], columns, thresholds)
        texts = batch(examined, side)
        for row in range(len(LENGTHS)):
            stream(examined, [{n: v[row : row + 1] for n, v in texts.items()}], [alone])
        found[reading] = listener.compute().of(site)
        assert_close(alone.compute().of(site), found[reading], rtol=0, atol=0)


def test_memory_does_not_grow_with_examples():
    values, columns, threshold = inputs()
    many = Columns(("x",), (torch.arange(ROWS * 50) % 2 == 0)[:, None])
    sizes = []
    listener = listener_of(many, threshold)
    for start in range(0, ROWS * 50, ROWS):
        listener.update("s", values, torch.arange(start, start + ROWS))
        sizes.append(sum(tensor.numel() for tensor in listener.sums.compute().values()))
    assert len(set(sizes)) == 1


def test_a_row_heard_twice_is_refused():
    values, columns, threshold = inputs()
    listener = listener_of(columns, threshold)
    listener.update("s", values, torch.arange(ROWS))
    listener.update("s", values[:1], torch.tensor([7]))
    with pytest.raises(RunError, match="row 7 was heard 2 times"):
        listener.compute()


def test_constant_labels_are_refused():
    values, columns, threshold = inputs()
    with pytest.raises(RunError, match="none is constant"):
        predictivity(values, Columns(("none",), torch.zeros(ROWS, 1, dtype=torch.bool)), threshold)
    listener = listener_of(columns, threshold)
    with pytest.raises(RunError, match="no example"):
        listener.compute()


def test_rows_and_shapes_that_do_not_fit_are_refused():
    values, columns, threshold = inputs()
    with pytest.raises(RunError, match=f"row {ROWS}, but the columns have {ROWS} rows"):
        listener_of(columns, threshold).update("s", values[:1], torch.tensor([ROWS]))
    with pytest.raises(RunError, match=r"s has \[2, 6\].*baseline \[3, 6\]"):
        listener_of(columns, threshold).update("s", values[:, :2], torch.arange(ROWS))
    with pytest.raises(RunError, match="t has no threshold"):
        Predictivity(Reading(), ["s", "t"], columns, {"s": threshold})
    with pytest.raises(RequestError, match="accuracy"):
        predictivity(values, columns, threshold, "acuracy")


def test_counts_are_exact_integers():
    values, columns, threshold = inputs()
    listener = listener_of(columns, threshold)
    listener.update("s", values, torch.arange(ROWS))
    counts = listener.compute().hits["s"]
    assert torch.equal(counts, counts.round())
    assert math.isclose(float(counts.max()), float(counts.max().round()))


def test_counts_that_were_handed_out_stay_as_they_were():
    values, columns, threshold = inputs()
    heard = listener_of(columns, threshold)
    heard.update("s", values[:30], torch.arange(30))
    first = heard.compute()
    before = {name: first.hits[name].clone() for name in first.hits}
    heard.update("s", values[30:], torch.arange(30, ROWS))
    whole = heard.compute()
    assert_close(first.hits["s"], before["s"], rtol=0, atol=0)
    assert_close(whole.of("s"), predictivity(values, columns, threshold), rtol=0, atol=0)


def test_some_columns_are_the_same_as_in_all(monkeypatch):
    values, columns, threshold = inputs()
    heard = listener_of(columns, threshold)
    heard.update("s", values, torch.arange(ROWS))
    found = heard.compute()
    assert_close(found.of("s", columns=[3, 0]), found.of("s")[:, :, [3, 0]], rtol=0, atol=0)
    whole = choose(found)
    monkeypatch.setattr(choice, "AT_ONCE", 2 * POSITIONS * UNITS)
    parts = choose(found)
    for kind in ("position", "sign", "score"):
        assert torch.equal(getattr(whole, kind)["s"], getattr(parts, kind)["s"])
