"""Signs of the gap under four ablations, from made losses."""

import numpy as np
import pytest
import torch
from tests.studies.toys import ToySuite, everyone, rng

from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons import ablations as module
from brodmann.studies.skill_neurons.ablations import OTHERS, agreement, evidence_ab1
from brodmann.studies.suite import Job

ROWS, ORDERS, RATES = 30, ["own", "null:0", "null:1"], [0.08, 0.17]


def made(effects, seed=0):
    """A damage whose own order costs ``effects`` more than the controls, by ablation."""
    loss = rng(seed).random((4, len(ORDERS), len(RATES), ROWS))
    loss -= loss.mean(-1, keepdims=True)
    loss[:, 0] += np.array(effects)[:, None, None]
    tensors = {"loss": torch.tensor(loss), "right": torch.tensor(loss) < 0,
               "labels": torch.zeros(ROWS, dtype=torch.long)}  # fmt: skip
    tensors |= {name: torch.zeros(ROWS, 2) for name in ("clean", "idle", "emptied")}
    kinds = [["noise", 1.0, "relative"], *([kind, 1.0, "absolute"] for kind in OTHERS)]
    return Measured(tensors, {"orders": ORDERS, "rates": RATES, "kinds": kinds})


@pytest.mark.parametrize(
    ("effects", "wanted"),
    [([1, 1, 2, 3], 1), ([-1, -1, -2, -3], 1), ([1, -1, -1, -1], 0), ([1, 1, -1, 1], 2 / 3)],
)
def test_agreement_is_the_share_of_equal_signs(effects, wanted):
    assert agreement(made(effects)) == pytest.approx(wanted)


def test_no_sign_counts_half():
    one = made([1, 1, 1, 1])
    one.tensors["loss"][1] = 0.0
    assert agreement(one) == pytest.approx((0.5 + 1 + 1) / 3)


class Own:
    perturb_rows, scope, rates, draws = 30, "layer", [0.0, 0.08, 0.17], "example"
    strength, sigma, null_orders, permutations = 1.0, "relative", 2, 5


@pytest.fixture
def suite(monkeypatch):
    tasks, seeds = ["a", "b", "weak"], range(5)
    runs = {job: made([1, 1, 1, -1] if job == Job("a", 0) else [1, 1, 1, 1], n)
            for n, job in enumerate(everyone(tasks, seeds))}  # fmt: skip
    runs |= {Job("weak", s): made([1, -1, -1, -1], s) for s in seeds}
    scan = Measured(
        {"dev/s": torch.rand(9, 1), "null/s": torch.rand(5, 9, 1), "std/s": torch.rand(9),
           "norm/s": torch.rand(9), "mean/s": torch.rand(9)},
        {"sites": ["s"], "seed": 0},
    )  # fmt: skip
    monkeypatch.setattr(module, "scans", lambda suite, jobs: dict.fromkeys(jobs, scan))
    return ToySuite(tasks, seeds, {"damage": runs}, Own(), {"weak": 0.0})


def test_evidence_counts_competent_tasks(suite):
    rows, (table, controls), (figure,) = evidence_ab1(suite)
    pooled, *others = rows
    assert pooled.effect == pytest.approx((9 + 2 / 3) / 10 - 0.5)
    assert (pooled.n, pooled.p_value) == (2, pytest.approx(0.5**2))
    assert [row.effect for row in others[:2]] == pytest.approx([(4 + 2 / 3) / 5 - 0.5, 0.5])
    assert others[1].p_value == pytest.approx(0.5**5)
    assert (others[2].scope, others[2].effect) == ("weak", None)
    assert "0.0 points" in others[2].untestable[0]
    assert len(table.rows) == 2 * 4
    assert table.rows[3]["seeds with noise's sign"] == pytest.approx(0.8)
    assert table.rows[0]["gap (nats)"] == pytest.approx(1)
    assert [row["task"] for row in controls.rows] == ["a", "b"]
    assert figure.claim == "AB-1"


def test_four_ablations_of_own_and_matched_orders_are_asked_for(suite):
    evidence_ab1(suite)
    (_, arguments, inputs) = suite.asked[0]
    assert [kind for kind, *_ in arguments[0]["kinds"]] == ["noise", "zero", "mean", "resample"]
    assert arguments[0]["orders"] == ["own", "null:0", "null:1"]
    assert arguments[0]["rates"] == [0.17]
    assert set(inputs[0]) == {"own/s", "null:0/s", "null:1/s", "std/s", "mean/s"}


def test_nothing_is_pooled_where_no_task_can_be_done(suite):
    suite._competence = dict.fromkeys(suite.tasks, 0.0)
    rows, tables, figures = evidence_ab1(suite)
    assert rows[0].untestable == ("the method is competent at no task",)
    assert [row.scope for row in rows[1:]] == suite.tasks
    assert (tables, figures) == ([], [])
