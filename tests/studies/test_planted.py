"""The study's verdicts on planted models: real weights, selection included."""

import numpy as np
import pytest
from benchmarks.calibrating.verdicts import TRIALS, tried
from benchmarks.planted import of_damage, of_scans, pooled, suite_of, verdicts
from scipy.stats import spearmanr

from brodmann.errors import RunError
from brodmann.neurons.statistics.matrices import type_effect
from brodmann.playground.planted import CASES
from brodmann.studies.skill_neurons import perturbation
from brodmann.studies.skill_neurons.orders import matched_nulls, own_order
from brodmann.studies.skill_neurons.settings import scans
from brodmann.studies.skill_neurons.surrogate import sensitivities, surrogate_p
from brodmann.studies.skill_neurons.type_ranks import between, correlations, floors
from brodmann.studies.suite import Job, grid

ROWS = {"train": 150, "val": 150, "test": 150}
LIGHT = {"rates": [0.0, 0.1], "perturb_rows": 48, "null_orders": 2, "random_orders": 1,
         "permutations": 39}  # fmt: skip


def suite(case, seeds=3, seed=0, world=None, **settings):
    return suite_of(CASES[case](seed, **(world or {})), seeds, ROWS, **{**LIGHT, **settings})


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0])
@pytest.mark.parametrize("name", TRIALS)
def test_planted_cases_get_the_verdict_that_the_claims_state(name, seed):
    """One world each; ``python -m benchmarks.calibration`` has five."""
    for claim, (word, _) in tried(TRIALS[name], seed).items():
        assert word in TRIALS[name].expected[claim], claim


def test_copies_of_the_label_predict_but_are_not_needed():
    """Case 1 on one task and five seeds."""
    made = suite("copying", 5, world={"tasks": 1}, permutations=399)
    found = pooled(verdicts(of_scans(made) | of_damage(made)))
    assert found["SN-1a"].word == "supported"
    assert found["SN-3"].word != "supported"


@pytest.mark.parametrize(("kind", "word"), [("noise", "inconclusive"), ("zero", "untestable")])
def test_a_dormant_backup_is_never_called_negligible(kind, word):
    """Case 4: nothing happens when the selected neurons are disturbed, and that proves nothing."""
    made = suite("backup", 5, world={"tasks": 1}, intervention=kind)
    found = verdicts(of_damage(made))
    low, high = found[0].evidence.at_level(0.05)
    assert -0.02 < low <= high < 0.02
    assert {one.word for one in found} == {word}


def test_the_surrogate_tells_carriers_from_every_matched_control():
    """Its p is that of the sums, computed anew: own neurons above all the controls."""
    made = suite("plain", 1, world={"tasks": 1})
    (job,) = grid(made.config)
    scan, rates = scans(made, [job])[job], made.config.study.rates
    squared = sensitivities(made._of(job), 48)
    sums = []
    for ranks in [own_order(scan, "layer"), *matched_nulls(scan, "layer", 39)]:
        weights = {s: squared[s] * scan.tensors[f"std/{s}"] ** 2 for s in ranks}
        sums.append(sum(float(weights[s][r < int(rates[1] * 96)].sum()) for s, r in ranks.items()))
    beaten = sum(value >= sums[0] for value in sums[1:])
    found = surrogate_p(made, made.tasks, made.tasks)
    assert found["task 0"] == found["pooled"]
    assert found["task 0"].above == pytest.approx((1 + beaten) / 40)
    assert found["task 0"].above == found["task 0"].smallest == 1 / 40
    assert found["task 0"].below == 1


def test_an_incompetent_task_is_untestable_and_left_out():
    """Case 8: the row is there, with its reason, and the pooled row names it."""
    made = suite("graded", 2, permutations=9)
    found = [one for one in verdicts(of_scans(made)) if one.claim.id == "SN-1a"]
    rows = {one.evidence.scope: one for one in found}
    assert set(rows) == {"pooled", *made.tasks}
    assert rows["unsolved"].word == "untestable"
    assert "not competent" in rows["unsolved"].reason
    assert "unsolved" in rows["pooled"].evidence.notes["left_out"]
    assert all(np.isfinite(one.evidence.effect) for one in found)


def test_what_is_given_is_measured_once_and_what_is_not_is_refused():
    made = suite("plain", 1, world={"tasks": 1})
    first, second = (scans(made, grid(made.config)) for _ in range(2))
    assert first[Job("task 0", 0)] is second[Job("task 0", 0)]
    made.train(grid(made.config))
    with pytest.raises(RunError, match="nothing was given for task 0, seed 7"):
        made.train([Job("task 0", 7)])


def test_the_part_runs_to_its_finding_on_what_is_given():
    made = suite("plain", 2, world={"tasks": 2})
    outcome = perturbation.find(made)
    assert {figure.name for figure in outcome.finding.figures} >= {"perturbation_task 0"}
    controls = next(t for t in outcome.finding.tables if t.name == "perturbation_controls")
    assert all(row["largest logit change at 0"] < 1e-4 for row in controls.rows)
    assert all(row["all neurons zeroed"] < 0.7 for row in controls.rows)


def test_the_floor_of_the_ranks_is_the_plain_correlation_under_permuted_labels():
    made = suite("shared_inputs", 2, world={"families": (2, 1)})
    known = scans(made, grid(made.config))
    found = floors(made, known)
    one, two = known[Job("task 0", 0)], known[Job("task 2", 1)]
    site = one.info["sites"][1]
    first, second = (s.tensors[f"null/{site}"][:, :, 0].double().numpy() for s in (one, two))
    plain = [spearmanr(first[d], second[d + 1]).statistic for d in range(16)]
    assert found[0, 2, 0, 1, 1] == pytest.approx(np.mean(plain))
    assert found.shape == (3, 3, 2, 2, 2)


def test_a_format_that_turns_neurons_off_is_no_family_of_neurons():
    """Case 6, extreme: same-type tasks rank neurons alike for any labels; most of it is floor."""
    made = suite("shared_inputs", 2, world={"shift": 3.0}, permutations=9)
    known = scans(made, grid(made.config))
    types, seeds = list(made.types().values()), range(2)
    ranks, floor = between(correlations(made, known), seeds), between(floors(made, known), seeds)
    raw, left = type_effect(ranks, types), type_effect(ranks - floor, types)
    assert raw > 0.2
    assert abs(left) < 0.25 * raw
