"""Evidence and tales of MoEfication from made-up answers, against plain loops."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure as Canvas

from brodmann.config.studies import MoeficationSettings, StudyConfig
from brodmann.neurons.claims.moefication import CLAIMS
from brodmann.studies.measuring import Measured
from brodmann.studies.moefication.figures import figures
from brodmann.studies.moefication.judged import clustering, lacking, sparse_use
from brodmann.studies.moefication.settings import partition_names, routed_arguments
from brodmann.studies.moefication.speed import _summary as told_speed
from brodmann.studies.moefication.speed import in_turn, speed_table
from brodmann.studies.moefication.task import MoefiedTask
from brodmann.studies.moefication.told import accuracy_table, notes, routing_table, summary

N, S, SHARES = 60, 5, [0.1, 0.2, 0.5]
RATES = {
    ("clustering", "oracle"): 0.88, ("clustering", "mlp"): 0.85,
    ("coactivation", "oracle"): 0.86, ("coactivation", "mlp"): 0.84,
    ("random 0", "oracle"): 0.8, ("random 0", "mlp"): 0.6,
    ("random 1", "oracle"): 0.8, ("random 1", "mlp"): 0.65,
}  # fmt: skip
INFO = {
    "shape": [64, 8, 1], "zeros": False, "gated": True, "kind": "encoder_decoder",
    "share": "absolute",
}  # fmt: skip


def made(name="a", rates=RATES, seeds=S, seed=0, dense=0.9):
    random = np.random.default_rng(seed)
    right = {
        key: (random.random((len(SHARES), N, seeds)) < rate).astype(float)
        for key, rate in rates.items()
    }
    table = np.linspace(0.2, 0.9, len(SHARES))
    return MoefiedTask(
        name, 0.5, (random.random((N, seeds)) < dense).astype(float), right,
        dict.fromkeys(rates, table), dict.fromkeys(rates, table), SHARES, [1, 2, 4], 8,
    )  # fmt: skip


class StandIn:
    def __init__(self, competence):
        self.tasks = list(competence)
        self.config = StudyConfig(task=self.tasks, study=MoeficationSettings(shares=SHARES))
        self._competence = competence

    def competence(self, task):
        return self._competence[task]


def accuracy(one, name, router, place):
    hits = [one.right[name, router][place, n, s] for n in range(N) for s in range(S)]
    return sum(hits) / len(hits)


def test_relative_accuracy_and_lead_are_ratios_of_means():
    one = made()
    dense = one.dense.mean()
    assert one.relative("clustering", "mlp", 1).mean() == pytest.approx(
        accuracy(one, "clustering", "mlp", 1) / dense
    )
    random = (accuracy(one, "random 0", "mlp", 1) + accuracy(one, "random 1", "mlp", 1)) / 2
    assert one.relative("random", "mlp", 1).mean() == pytest.approx(random / dense)
    lead = (accuracy(one, "clustering", "mlp", 1) - random) / dense
    assert one.lead("clustering", "random", "mlp", 1).mean() == pytest.approx(lead)
    above = (accuracy(one, "clustering", "mlp", 1) - 0.5) / (dense - 0.5)
    assert one.above("clustering", "mlp", 1).mean() == pytest.approx(above)
    assert one.kind("random") == ["random 0", "random 1"]


def test_the_first_claim_has_a_row_per_task_and_the_paper_s_limit():
    suite = StandIn({"a": 0.3, "b": 0.02, "c": 0.4})
    found = [made("a"), made("c", seed=1)]
    rows = sparse_use(suite, found, 1)
    assert [one.scope for one in rows] == ["pooled", "a", "b", "c"]
    mean = np.mean([one.relative("clustering", "mlp", 1).mean() for one in found]) - 0.95
    assert rows[0].effect == pytest.approx(mean)
    assert "not competent" in rows[2].untestable[0]
    named = {other.name: other for other in rows[0].sensitivity}
    assert set(named) == {"accuracy above the majority's", "the oracle", "co-activation"}
    oracle = np.mean([one.relative("clustering", "oracle", 1).mean() for one in found]) - 0.95
    assert named["the oracle"].effect == pytest.approx(oracle)
    assert named["the oracle"].second
    assert not named["co-activation"].second


def test_the_second_claim_has_a_row_for_every_router():
    suite = StandIn({"a": 0.3, "c": 0.4})
    found = [made("a"), made("c", seed=1)]
    rows = clustering(suite, found, 1)
    assert [one.scope for one in rows] == ["pooled", "a", "c", "a, oracle", "c, oracle"]
    leads = [one.lead("clustering", "random", "oracle", 1).mean() for one in found]
    assert rows[3].effect == pytest.approx(leads[0])
    assert rows[0].sensitivity[0].effect == pytest.approx(np.mean(leads))
    assert rows[0].p_above(CLAIMS[1].delta) < 0.05


def test_equal_partitions_have_no_lead_and_random_ones_widen_the_interval():
    same = {key: 0.7 for key in RATES}
    one = made(rates=same)
    twin = one.right["clustering", "mlp"]
    right = {key: twin if key[1] == "mlp" else table for key, table in one.right.items()}
    equal = MoefiedTask("a", 0.5, one.dense, right, one.captured, one.recall, SHARES, [1, 2, 4], 8)
    suite = StandIn({"a": 0.3})
    row = clustering(suite, [equal], 1)[0]
    assert row.effect == 0
    assert row.p_above(CLAIMS[1].delta) == 1


def test_what_was_left_out_makes_claims_untestable():
    assert lacking(["random"], ["mlp"], "clustering") == "study.partitions lacks clustering"
    assert lacking(["clustering"], ["oracle"], "clustering") == "study.routers lacks mlp"
    assert lacking(["clustering", "random"], ["mlp"], "clustering", "random") == ""


def test_one_seed_gives_no_interval():
    suite = StandIn({"a": 0.3})
    rows = sparse_use(suite, [made("a", seeds=1)], 1)
    assert all(one.interval is None for one in rows)


def test_tables_say_what_was_run_and_what_it_costs():
    one = made()
    rows = accuracy_table([one], INFO).rows
    assert len(rows) == 6 * len(SHARES)
    row = next(r for r in rows if (r["partition"], r["router"]) == ("clustering", "mlp")
               and r["experts"] == "2 of 8")  # fmt: skip
    assert row["FLOPs"] == pytest.approx((2 * 2 * 8 * 8 * 2 + 2 * (8 * 8 + 64)) / (2 * 64 * 8 * 2))
    assert row["low"] < row["relative"] < row["high"]
    told = routing_table([
        Measured({}, {"validation": {"clustering/x": [0.2, 0.4], "random 0/x": [0.1, 0.3],
                                     "random 1/x": [0.3, 0.5]}}),
    ]).rows  # fmt: skip
    assert [tuple(r.values()) for r in told] == [
        ("clustering", "x", 0.2, 0.4), ("random", "x", pytest.approx(0.2), pytest.approx(0.4)),
    ]  # fmt: skip


@pytest.mark.parametrize("seeds", [1, S])
def test_figures_draw(seeds):
    found = [made("play/a", seeds=seeds), made("play/b", seeds=seeds, seed=1)]
    drawn = figures(found, 1)
    assert [figure.name for figure in drawn] == [
        "moefication_oracle", "moefication_mlp", "moefication_captured", "moefication_tasks",
    ]  # fmt: skip
    for figure in drawn:
        canvas = Canvas()
        figure.draw(canvas)
        assert canvas.axes[0].get_xlabel()
        assert figure.caption


def test_the_summary_and_the_notes_say_for_which_activations_it_holds():
    said = summary([made()], 1)
    assert "2 of 8 experts" in said
    assert "nothing was run" in summary([], 1)
    suite = StandIn({"a": 0.3, "b": 0.0})
    told = " ".join(notes(suite, ["a"], INFO))
    assert "no ReLU" in told
    assert "absolute activations" in told
    assert "act(gate) x up" in told
    assert "only the encoder" in told
    assert "not competent): b" in told
    relu = {**INFO, "zeros": True, "gated": False, "kind": "encoder", "share": "positive"}
    told = " ".join(notes(suite, ["a", "b"], relu))
    assert "exactly zero" in told
    assert "gate" not in told


def test_settings_become_arguments_of_the_measurement():
    own = MoeficationSettings(partitions=["random", "clustering"], random_partitions=2)
    assert partition_names(own) == ["random 0", "random 1", "clustering"]
    arguments = routed_arguments(SimpleNamespace(study=own))
    assert arguments["names"] == partition_names(own)
    assert arguments["router_epochs"] == own.router_epochs


def test_times_are_told_as_ratios_and_slower_is_said():
    seconds = torch.tensor([[2.0, 4.0, 8.0], [4.0, 8.0, 16.0]]) / 1000
    info = {"shape": [64, 8, 1], "experts": 8, "count": 2, "batches": ["1 token"],
            "tokens": {"1 token": 1}}  # fmt: skip
    row = speed_table(Measured({"1 token": seconds}, info)).rows[0]
    assert row["dense, ms"] == pytest.approx(4)
    assert row["sparse over dense"] == pytest.approx(2)
    assert row["verdict"] == "slower"
    done = []
    times = in_turn((lambda: done.append("a"), lambda: done.append("b")), pairs=4)
    assert times.shape == (2, 4)
    assert done == ["a", "b"] * 7


def test_the_time_is_told_in_times_and_the_share_is_the_one_that_ran():
    table = accuracy_table([made()], INFO)
    assert {row["experts"] for row in table.rows} == {"1 of 8", "2 of 8", "4 of 8"}
    row = {"sparse over dense": 3.63, "batch": "1 token"}
    assert "takes 3.63 times the dense FFN's time for 1 token" in told_speed(
        SimpleNamespace(rows=[row])
    )
