"""Average precision and AUROC against scikit-learn: ties, constants, weights, permuted rows."""

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score, roc_auc_score
from torch.testing import assert_close

from brodmann.errors import RequestError, RunError
from brodmann.neurons.scores import sorting
from brodmann.neurons.scores.columns import Columns, join, sub_task
from brodmann.neurons.scores.ranking import auroc, average_precision, chance_precision, rankings
from brodmann.neurons.scores.resampling import bootstrap, permuted

ROWS = 90


def values(seed=0):
    """Plain, ReLU-like, rounded, constant, bfloat16, signed zeros, perfect, reversed units."""
    made = torch.randn(ROWS, 10, generator=torch.Generator().manual_seed(seed))
    made[:, 1] = made[:, 1].clamp_min(0)
    made[:, 2] = made[:, 2].round()
    made[:, 3] = 0.7
    made[:, 4] = made[:, 4].bfloat16().float()
    made[:, 5] = made[:, 5].sign() * 0.0
    made[:, 6] = labels().float()
    made[:, 7] = -labels().float()
    made[:, 8] *= 1e-38
    made[:, 9] = torch.where(made[:, 9] > 1, torch.inf, -torch.inf)
    return made


def labels():
    return torch.randint(4, (ROWS,), generator=torch.Generator().manual_seed(9))


def columns():
    truth = join(sub_task("a", labels(), [0]), sub_task("b", labels(), [0, 1], [2]))
    single = Columns(("one",), (torch.arange(ROWS) == 17)[:, None])
    return join(truth, single, permuted(truth, 3, 0), bootstrap(truth, 3, 0))


def reference(score, given, asked):
    weights, found = asked.row_weights().numpy(), np.zeros((given.shape[1], len(asked)))
    for u, k in np.ndindex(found.shape):
        finite = np.nan_to_num(given[:, u].numpy(), posinf=1e30, neginf=-1e30)
        found[u, k] = score(asked.values[:, k].numpy(), finite, weights[:, k], k)
    return torch.from_numpy(found).float()


def sklearn_precision(truth, score, weight, _):
    return average_precision_score(truth, score, sample_weight=weight)


def sklearn_auroc(truth, score, weight, _):
    return roc_auc_score(truth, score, sample_weight=weight)


def sklearn_standardised(share):
    def score(truth, given, weight, _):
        ratio = share / (1 - share) * weight[~truth].sum() / weight[truth].sum()
        return average_precision_score(
            truth, given, sample_weight=weight * (1 + truth * (ratio - 1))
        )

    return score


@pytest.mark.parametrize("chunk", [1, 200, 2**20])
def test_all_measures_equal_scikit_learn(chunk, monkeypatch):
    monkeypatch.setitem(sorting.CHUNK, "cpu", chunk)
    found = rankings(values(), columns(), 0.3)
    close = {"rtol": 0, "atol": 1e-6}
    assert_close(found.precision, reference(sklearn_precision, values(), columns()), **close)
    assert_close(found.auroc, reference(sklearn_auroc, values(), columns()), **close)
    wanted = reference(sklearn_standardised(0.3), values(), columns())
    assert_close(found.standardised, wanted, **close)


def test_unweighted_columns_equal_scikit_learn():
    plain = columns().pick(["a", "one"])
    plain = Columns(plain.names, plain.values)
    found = reference(sklearn_precision, values(), plain)
    assert_close(average_precision(values(), plain), found, rtol=0, atol=1e-6)
    assert_close(
        auroc(values(), plain), reference(sklearn_auroc, values(), plain), rtol=0, atol=1e-6
    )


def test_the_order_of_rows_and_columns_does_not_matter():
    moved = torch.randperm(ROWS, generator=torch.Generator().manual_seed(1))
    asked = columns().pick(["b", "a"])
    shuffled = Columns(asked.names, asked.values[moved], None, asked.valid[moved])
    one, other = rankings(values(), asked), rankings(values()[moved], shuffled)
    assert_close(one.precision, other.precision, rtol=0, atol=1e-6)
    assert_close(one.auroc, other.auroc, rtol=0, atol=1e-6)
    assert_close(one.precision[:, :1], average_precision(values(), columns().pick(["b"])))


def test_a_constant_unit_has_the_chance_level():
    plain = sub_task("a", labels(), [0])
    found = rankings(values(), plain)
    assert found.precision[3].item() == pytest.approx(plain.values.float().mean().item())
    assert found.standardised[3].item() == pytest.approx(0.5)
    assert found.auroc[3].item() == 0.5
    assert found.auroc[[6, 7], 0].tolist() == [roc_auc_score(labels() == 0, labels()),
                                               roc_auc_score(labels() == 0, -labels())]  # fmt: skip


def test_half_precision_values_equal_their_float32_twins():
    narrow = values()[:, :9].bfloat16()
    assert torch.equal(auroc(narrow, columns()), auroc(narrow.float(), columns()))


def test_chance_precision_equals_a_simulation():
    truth = Columns(("x",), (torch.arange(40) < 12)[:, None])
    noise = torch.rand(40, 20000, generator=torch.Generator().manual_seed(0))
    simulated = average_precision(noise, truth).mean().item()
    assert simulated == pytest.approx(chance_precision(12, 40), abs=0.003)


def test_what_cannot_be_ranked_is_refused():
    broken = values()
    broken[3, 2] = torch.nan
    with pytest.raises(RunError, match="not numbers"):
        rankings(broken, columns())
    with pytest.raises(RunError, match="89 rows of values, but 90 rows of labels"):
        auroc(values()[:-1], columns())
    with pytest.raises(RunError, match="x is constant"):
        auroc(values(), Columns(("x",), torch.ones(ROWS, 1, dtype=torch.bool)))
    with pytest.raises(RequestError, match=r"prevalence=1\.0"):
        rankings(values(), columns(), 1.0)
    with pytest.raises(RunError, match="rows, units"):
        sorting.over_units(torch.empty(0, 3), print)


def test_the_callers_threads_are_left_alone():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        draw = torch.Generator().manual_seed(0)
        labels = Columns(("label",), torch.arange(1000)[:, None] % 3 == 0)
        average_precision(torch.randn(1000, 700, generator=draw), labels)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
