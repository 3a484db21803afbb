"""SN-3 and SN-8: both sides of the decisive test, and the draw of controls in the interval."""

import numpy as np
import pytest
import torch
from benchmarks.planted import verdicts
from tests.studies.stand_in import StandIn

from brodmann.neurons.claims.evidence import POOLED
from brodmann.neurons.statistics.crossed import crossed_mean
from brodmann.neurons.statistics.intervals import mean_of_seeds
from brodmann.studies.evidence import with_controls
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons import perturbation
from brodmann.studies.skill_neurons.origin import _shared
from brodmann.studies.skill_neurons.perturbation import NO_SURROGATE, ONE_CONTROL, harm
from brodmann.studies.skill_neurons.surrogate import Tails, tails
from brodmann.studies.suite import Job

N, K, RATES = 60, 6, [0.0, 0.1, 0.2]
FOR, AGAINST = Tails(0.001, 1.0, 0.001), Tails(1.0, 0.001, 0.001)


def disturbed(gap, seed, controls=K, spread=0.001):
    """Own orders cost ``gap`` nats more than controls, which differ by ``spread``."""
    random = np.random.default_rng(seed)
    of_order = np.random.default_rng(99).normal(0, spread, controls)
    loss = 1 + random.normal(0, 0.01, (1, 1 + controls, len(RATES), N))
    loss[0, 0] += gap
    loss[0, 1:] += of_order[:, None, None]
    right = np.zeros_like(loss)
    right[0, 0] = gap < 0
    right[0, 1:] = gap > 0
    return Measured(
        {"loss": torch.tensor(loss), "right": torch.tensor(right)},
        {"rates": RATES, "orders": ["own", *(f"null:{k}" for k in range(controls))]},
    )


def study(monkeypatch, gap, p_values, seeds=5, more=(), **told):
    """Rows of two tasks."""
    names = ("one", "two")
    suite = StandIn(dict.fromkeys(names, 0.3), range(seeds), {})
    monkeypatch.setattr(perturbation, "surrogate_p", lambda *_: p_values)
    found = {Job(t, s, more): disturbed(gap, 10 * i + s, **told)
             for i, t in enumerate(names) for s in range(seeds)}  # fmt: skip
    return suite, found


def everywhere(p):
    return dict.fromkeys(("one", "two", POOLED), p)


def by_claim(claim, rows):
    return {one.evidence.scope: one.word for one in verdicts({claim: rows})}


@pytest.mark.parametrize(
    ("gap", "p", "word"),
    [(-0.5, FOR, "inconclusive"), (-0.5, AGAINST, "contradicted"),
     (0.5, FOR, "supported"), (0.5, AGAINST, "inconclusive")],
)  # fmt: skip
def test_no_verdict_where_the_surrogate_says_the_opposite(monkeypatch, gap, p, word):
    suite, found = study(monkeypatch, gap, everywhere(p))
    assert by_claim("SN-3", harm(suite, found, suite.tasks)) == everywhere(word)


@pytest.mark.parametrize(("p", "word"), [(FOR, "inconclusive"), (AGAINST, "contradicted")])
def test_other_methods_are_contradicted_by_both_tests_only(monkeypatch, p, word):
    more = ("method=bitfit",)
    suite, found = study(monkeypatch, -0.5, everywhere(p), more=more)
    rows = _shared(suite, {"bitfit": found})
    assert by_claim("SN-8", rows)[POOLED] == word


def test_one_method_in_favour_keeps_the_others_from_contradicting(monkeypatch):
    suite, found = study(monkeypatch, -0.5, {}, more=("method=bitfit",))
    others = {"bitfit": found, "adapter": {Job(j.task, j.seed, ("method=adapter",)): one
                                           for j, one in found.items()}}  # fmt: skip
    of_method = {"method=bitfit": everywhere(AGAINST), "method=adapter": everywhere(FOR)}
    monkeypatch.setattr(perturbation, "surrogate_p", lambda *given: of_method[given[-1]])
    assert _shared(suite, others)[0].p_mirror == 1.0


def test_the_pooled_row_of_other_methods_tells_the_accuracy_gap(monkeypatch):
    suite, found = study(monkeypatch, 0.5, everywhere(FOR), more=("method=bitfit",))
    pooled, *rows = _shared(suite, {"bitfit": found})
    assert [one.effect for one in pooled.sensitivity] == [1.0]
    assert pooled.notes["control_orders"] == rows[0].notes["control_orders"] == K


def test_one_seed_gives_no_pooled_row(monkeypatch):
    suite, found = study(monkeypatch, 0.5, everywhere(FOR), seeds=1, more=("method=bitfit",))
    for rows in (_shared(suite, {"bitfit": found}),
                 harm(suite, found, suite.tasks, "method=bitfit")):  # fmt: skip
        assert [one.untestable for one in rows] == [("one seed gives no interval",)]


@pytest.mark.parametrize(("controls", "p", "why"), [(1, everywhere(FOR), ONE_CONTROL),
                                                    (K, {}, NO_SURROGATE)])  # fmt: skip
def test_what_cannot_be_tested_says_why(monkeypatch, controls, p, why):
    suite, found = study(monkeypatch, 0.5, p, controls=controls)
    assert {one.untestable for one in harm(suite, found, suite.tasks)} == {(why,)}


def test_the_draw_of_controls_is_a_part_of_its_own(monkeypatch):
    """Against the formula: variance of the means of the orders over K, K - 1 degrees."""
    suite, found = study(monkeypatch, 0.5, everywhere(FOR), spread=0.2)
    pooled, *rows = harm(suite, found, suite.tasks)
    means = {}
    for task in suite.tasks:
        losses = [found[Job(task, s)].tensors["loss"][0, :, 1:].numpy() for s in suite.seeds]
        means[task] = [np.mean([x[0] - x[1 + k] for x in losses]) for k in range(K)]
    means[POOLED] = np.mean(list(means.values()), 0)
    for one in (pooled, *rows):
        part, values = one.interval.parts[-1], np.array(means[one.scope])
        wanted = sum((values - values.mean()) ** 2) / (K - 1) / K
        assert (len(one.interval.parts), part.df) == (3, K - 1)
        assert part.variance == pytest.approx(wanted)
        assert one.effect == pytest.approx(values.mean())


def test_intervals_with_controls_drawn_anew_cover():
    """Orders differ by 0.3: without their part the interval would cover in far too few trials."""
    random, hits = np.random.default_rng(0), np.zeros(2)
    for _ in range(400):
        of_order = random.normal(0, 0.3, 5)
        cells = random.normal(0, 0.5, (40, 1)) + random.normal(0, 0.1, 5)
        values = cells[..., None] + of_order + random.normal(0, 0.3, (40, 5, 5))
        bare = crossed_mean(values.mean(2))
        for place, one in enumerate((bare, with_controls(bare, values.mean((0, 1))))):
            low, high = one.at_level(0.05)
            hits[place] += low < 0 < high
    bare, mended = hits / 400
    assert bare < 0.85
    assert mended >= 0.93


def test_fewer_than_two_controls_change_nothing():
    estimate = mean_of_seeds([0.1, 0.2, 0.4])
    assert with_controls(estimate, []) == with_controls(estimate, [0.3]) == estimate


def test_both_tails_count_the_own_order_and_ties():
    sums = np.array([2.0, 1.0, 2.0, 3.0, 4.0])
    assert tails(sums) == Tails(above=4 / 5, below=3 / 5, smallest=1 / 5)
