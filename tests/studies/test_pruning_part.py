"""Part ``pruning``: shares and leads against loops, rows, tables, and tasks left out."""

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure as Canvas
from tests.studies.stand_in import StandIn

from brodmann.errors import RequestError
from brodmann.neurons.claims.skill_neurons import claims
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons import pruning
from brodmann.studies.skill_neurons.pruned_task import PrunedTask
from brodmann.studies.skill_neurons.pruning import PRUNING, _beyond, _rows, find, jobs
from brodmann.studies.skill_neurons.pruning_told import (
    accuracy_figure,
    latency_table,
    selection_figure,
    selection_table,
    summary,
)
from brodmann.studies.suite import Job

N, S = 200, 5
RATES = {"skill": 0.85, "random": 0.8, "magnitude": 0.7, "activation": 0.75}


def pruned_task(rates=RATES, whole=0.9, seed=0, seeds=S, validation=None, task="play/one"):
    random = np.random.default_rng(seed)
    right = {name: (random.random((N, seeds)) < rate).astype(float) for name, rate in rates.items()}
    table = (random.random((N, seeds)) < whole).astype(float)
    return PrunedTask(task, 0.5, table, right, validation or dict(rates), (1000, 660))


def test_shares_are_those_of_accuracies():
    one = pruned_task()
    for name, right in one.pruned.items():
        hits, whole = 0.0, 0.0
        for row in range(N):
            for seed in range(S):
                hits += right[row, seed]
                whole += one.whole[row, seed]
        wanted = (hits / N / S - 0.5) / (whole / N / S - 0.5)
        assert one.share(name).mean() == pytest.approx(wanted)
        assert one.lead(name).mean() == pytest.approx(
            one.share("skill").mean() - one.share(name).mean()
        )
    assert one.share("skill").shape == (N, S)


def test_the_spread_of_a_share_is_that_of_a_jackknife_over_examples():
    one = pruned_task(seeds=1)
    values = one.share("skill")[:, 0]
    left = []
    for row in range(N):
        stay = np.arange(N) != row
        up = one.pruned["skill"][stay].mean() - 0.5
        left.append(up / (one.whole[stay].mean() - 0.5))
    jackknife = (N - 1) / N * np.sum((np.array(left) - np.mean(left)) ** 2)
    assert values.var(ddof=1) / N == pytest.approx(jackknife, rel=0.02)


def test_validation_names_the_control_and_the_test_can_only_take_away():
    validation = {"skill": 0.9, "random": 0.6, "magnitude": 0.8, "activation": 0.7}
    one = pruned_task(validation=validation)
    assert one.best_control() == "magnitude"
    table, (other,) = _beyond(one)
    assert table.mean() == pytest.approx(one.lead("magnitude").mean())
    assert other.effect == pytest.approx(one.lead("random").mean())
    assert other.effect < table.mean()


def test_rows_hold_the_pooled_one_and_every_task():
    suite = StandIn({"a": 0.3, "b": 0.02, "c": 0.4}, range(S), {})
    found = [pruned_task(task="a"), pruned_task(task="c", seed=1)]
    rows = _rows(suite, {one.task: (one.share("skill") - 0.9, ()) for one in found})
    assert [one.scope for one in rows] == ["pooled", "a", "b", "c"]
    assert "not competent" in rows[2].untestable[0]
    mean = np.mean([one.share("skill").mean() - 0.9 for one in found])
    assert rows[0].effect == pytest.approx(mean)
    assert rows[0].notes["tasks"] == "a, c"
    assert rows[1].competence == 0.3


def test_the_same_selection_everywhere_has_no_lead():
    one = pruned_task()
    same = {name: one.pruned["skill"] for name in one.pruned}
    twin = PrunedTask("a", 0.5, one.whole, same, one.validation, (10, 5))
    (claim,) = claims(("SN-9b",))
    suite = StandIn({"a": 0.3}, range(S), {})
    rows = _rows(suite, {"a": _beyond(twin)})
    assert rows[1].effect == 0
    assert rows[0].p_above(claim.delta) == 1.0


def test_one_seed_gives_no_interval():
    suite = StandIn({"a": 0.3}, [0], {})
    rows = _rows(suite, {"a": _beyond(pruned_task(seeds=1, task="a"))})
    assert all(one.interval is None for one in rows)
    assert "one seed" in rows[1].untestable[0]


def test_without_a_competent_task_nothing_is_trained():
    suite = StandIn({"a": 0.01}, range(S), {})
    outcome = find(suite)
    assert suite.trained == []
    assert set(outcome.evidence) == set(PRUNING.claims)
    assert all(rows[0].untestable for rows in outcome.evidence.values())
    assert "nothing to prune" in outcome.finding.summary
    assert outcome.finding.tables == []


def test_the_runs_known_beforehand_are_the_whole_ones():
    suite = StandIn({"a": 0.3, "b": 0.3}, [0, 1], {})
    assert jobs(suite.config) == [Job(t, s) for t in "ab" for s in (0, 1)]


def test_an_unknown_start_is_refused_before_anything_runs():
    suite = StandIn({"a": 0.3}, [0, 1], {})
    suite.config.study.retune_from = "tune"
    with pytest.raises(RequestError, match="did you mean tuned") as error:
        jobs(suite.config)
    assert error.value.key == "study.retune_from"


def test_a_table_says_what_was_kept():
    one = pruned_task()
    rows = selection_table([one]).rows
    assert [row["kept neurons"] for row in rows] == ["skill", "random", "magnitude", "activation"]
    assert rows[0]["share of parameters"] == 0.66
    assert rows[0]["low"] < rows[0]["pruned"] < rows[0]["high"]
    assert rows[1]["share kept"] == pytest.approx(
        (rows[1]["pruned"] - 0.5) / (rows[1]["whole model"] - 0.5)
    )


def test_latency_has_a_row_per_device_and_size_and_says_what_was_not_run():
    seconds = torch.stack([torch.linspace(0.02, 0.04, 21), torch.linspace(0.01, 0.02, 21)])
    timed = Measured({"cpu/1": seconds, "cpu/32": 2 * seconds}, {"batch_sizes": [1, 32]})
    rows = latency_table(timed).rows
    assert [(r["device"], r["batch size"]) for r in rows] == [
        ("CPU, one thread", 1), ("CPU, one thread", 32), ("GPU", 1), ("GPU", 32),
    ]  # fmt: skip
    assert rows[0]["whole p50, ms"] == pytest.approx(30)
    assert rows[0]["whole p95, ms"] == pytest.approx(39)
    assert rows[1]["pruned p50, ms"] == pytest.approx(30)
    assert rows[0]["speed-up"] == pytest.approx(2)
    assert set(rows[2].values()) == {"GPU", 1, "not run"}


@pytest.mark.parametrize("draw", [accuracy_figure, selection_figure])
@pytest.mark.parametrize("seeds", [1, S])
def test_figures_draw(draw, seeds):
    figure = draw([pruned_task(seeds=seeds)])
    canvas = Canvas()
    figure.draw(canvas)
    assert canvas.axes[0].get_xlabel()
    assert figure.caption


def test_the_summary_gives_the_lead_over_the_control_that_validation_names():
    one = pruned_task(validation={**RATES, "magnitude": 0.99})
    said = summary([one], 0.02)
    assert f"{100 * one.lead('magnitude').mean():+.1f}" in said
    assert "66 % of the parameters" in said
    assert "(magnitude)" in said


def test_answers_become_tables_of_right_and_wrong():
    labels = torch.tensor([0, 1, 1])
    logits = [torch.tensor([[1.0, 0], [0, 1], [1, 0]]), torch.tensor([[0.0, 1], [0, 1], [0, 1]])]
    told = {
        Job("a", s): Measured({"logits": x, "labels": labels}, {}) for s, x in enumerate(logits)
    }
    table = pruning._right(told, [Job("a", 0), Job("a", 1)])
    assert table.tolist() == [[1, 0], [1, 1], [0, 1]]
