import json
from dataclasses import replace

import numpy as np
import pytest

from brodmann.errors import RunError
from brodmann.neurons.claims.claim import Claim
from brodmann.neurons.claims.collect import holds, judge_study
from brodmann.neurons.claims.evidence import Evidence, Sensitivity, not_measured
from brodmann.neurons.claims.judge import judge, judge_rows
from brodmann.neurons.claims.skill_neurons import CLAIMS, claims
from brodmann.neurons.statistics.intervals import Estimate, Part
from brodmann.neurons.statistics.permutation import smallest_p

CLAIM = Claim(
    id="X-1",
    paper="ours",
    statement="It is so.",
    estimand="a mean minus its null",
    null="permuted labels",
    delta=0.1,
    unit="points",
    inference_unit="seeds",
    why="a tenth",
)


def normal(effect, error):
    """An interval of known standard error."""
    return Estimate(effect, (Part(error**2, 1e9),))


def evidence(effect=0.5, error=0.05, p_value=0.001, **more):
    given = {"p_mirror": 1 - p_value, "smallest_p": 0.001, "n": 5, "seeds": 5, "scope": "pooled"}
    return Evidence(interval=normal(effect, error), p_value=p_value, **{**given, **more})


def word(row, claim=CLAIM):
    return judge([(claim, row)])[0].word


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (evidence(), "supported"),
        (evidence(effect=0.1), "inconclusive"),
        (evidence(effect=0.19, error=0.05), "inconclusive"),
        (evidence(effect=0.20, error=0.05), "supported"),
        (evidence(p_value=0.06), "inconclusive"),
        (evidence(effect=-0.5, p_value=0.999, p_mirror=0.001), "contradicted"),
        (evidence(effect=-0.5, p_value=0.9, p_mirror=0.1), "inconclusive"),
        (evidence(effect=-0.5, p_value=0.999, p_mirror=None), "inconclusive"),
        (evidence(effect=0.01, error=0.02, p_value=0.3), "negligible"),
        (evidence(effect=0.05, error=0.02, p_value=0.001), "negligible"),
        (evidence(effect=0.01, error=0.06, p_value=0.3), "inconclusive"),
        (evidence(effect=0.01, error=0.02, p_value=0.3, one_shot=True), "inconclusive"),
        (evidence(seeds=4), "untestable"),
        (evidence(competence=0.09), "untestable"),
        (evidence(competence=0.10), "supported"),
        (evidence(competence=float("nan")), "untestable"),
        (evidence(smallest_p=smallest_p(20) + 0.01, p_value=0.06), "untestable"),
        (evidence(untestable=("there is no LM head",)), "untestable"),
        (not_measured("pooled", "the model is missing"), "untestable"),
        (evidence(sensitivity=(Sensitivity("zero", -0.01),)), "inconclusive"),
        (evidence(sensitivity=(Sensitivity("zero", 0.01), Sensitivity("mean", 0.0))), "supported"),
        (evidence(0.01, 0.02, 0.3, sensitivity=(Sensitivity("zero", 0.2),)), "inconclusive"),
        (evidence(0.01, 0.02, 0.3, sensitivity=(Sensitivity("zero", -0.02),)), "negligible"),
        (evidence(0.15, 0.05, 0.02, sensitivity=(Sensitivity("zero", 9.0),)), "inconclusive"),
    ],
)
def test_the_rule_of_one_claim(row, expected):
    assert word(row) == expected


def test_every_verdict_says_why():
    rows = {
        "lies above 0.1, and the test agrees": evidence(),
        "lies within +-0.1": evidence(0.01, 0.02, 0.3),
        "lies below -0.1, and the test agrees": evidence(-0.5, 0.05, 0.999, p_mirror=0.001),
        "reaches from -0.1076 to 0.1276, across -0.1 and 0.1": evidence(0.01, 0.06, 0.3),
        "the test does not agree (p = 0.0600)": evidence(p_value=0.06),
        "the mirrored test does not agree": evidence(-0.5, 0.05, 0.9, p_mirror=0.1),
        "the sign differs by this reading: zero": evidence(
            sensitivity=(Sensitivity("zero", -0.01),)
        ),
        "the effect is larger by this reading: zero": evidence(
            0.01, 0.02, 0.3, sensitivity=(Sensitivity("zero", 0.2),)
        ),
        "single disturbances cannot show": evidence(0.01, 0.02, 0.3, one_shot=True),
        "4 seeds, 5 are needed": evidence(seeds=4),
        "9.0 points above the majority, 10 are needed": evidence(competence=0.09),
        "the smallest reachable p is 0.0600, above the level 0.0500": evidence(
            smallest_p=0.06, p_value=0.06
        ),
    }
    for reason, row in rows.items():
        assert reason in judge([(CLAIM, row)])[0].reason


def test_a_limit_as_estimand_has_no_negligible():
    limit = replace(CLAIM, delta=0.0)
    assert word(evidence(0.05, 0.01), limit) == "supported"
    assert word(evidence(-0.05, 0.01, 0.999, p_mirror=0.001), limit) == "contradicted"
    assert word(evidence(0.0, 0.01, 0.4), limit) == "inconclusive"


def slow_holm(cases, level):
    """Step down by hand: judge at level / left, take out what is supported, go on."""
    left, found = list(range(len(cases))), []
    while left:
        passing = []
        for place in left:
            claim, row = cases[place]
            low, _ = row.interval.at_level(level / len(left))
            if low > claim.delta and row.p_value <= level / len(left):
                passing.append(place)
        if not passing:
            break
        found += passing[:1]
        left.remove(passing[0])
    return set(found)


@pytest.mark.parametrize("seed", range(20))
def test_many_claims_are_judged_as_holm_would_by_hand(seed):
    generator = np.random.default_rng(seed)
    cases = [
        (
            replace(CLAIM, id=f"X-{place}"),
            evidence(generator.normal(0.2, 0.1), 0.05, float(generator.uniform() ** 5)),
        )
        for place in range(8)
    ]
    verdicts = judge(cases)
    fast = {place for place, verdict in enumerate(verdicts) if verdict.word == "supported"}
    assert fast == slow_holm(cases, 0.05)
    for place in fast:
        low, _ = verdicts[place].evidence.at_level(verdicts[place].level)
        assert low > CLAIM.delta
        assert verdicts[place].evidence.p_value <= verdicts[place].level


def test_claims_that_admit_no_verdict_still_count():
    strong = evidence(p_value=0.03)
    missing = not_measured("pooled", "no data")
    assert word(strong) == "supported"
    both = judge([(CLAIM, strong), (replace(CLAIM, id="X-2"), missing)])
    assert [verdict.word for verdict in both] == ["inconclusive", "untestable"]
    assert both[0].level == pytest.approx(0.025)


def test_seven_tasks_of_three_types_are_too_few_when_many_claims_are_asked():
    row = evidence(p_value=1 / 105, smallest_p=smallest_p(labelings=105))
    alone = judge([(CLAIM, row)])[0]
    among = judge([(replace(CLAIM, id=f"X-{i}"), row if i == 0 else evidence(0.0, 1.0, 0.5))
                   for i in range(10)])[0]  # fmt: skip
    assert (alone.word, among.word) == ("supported", "untestable")
    assert "smallest reachable p is 0.0095, above the level 0.0050" in among.reason


def test_a_claim_is_judged_once():
    with pytest.raises(RunError, match="judged once"):
        judge([(CLAIM, evidence()), (CLAIM, evidence())])


def test_rows_are_judged_within_the_claim_and_counted():
    rows = [evidence(p_value=p, scope=f"t{p}") for p in (0.001, 0.012, 0.035, 0.2)]
    words = [verdict.word for verdict in judge_rows(CLAIM, rows)]
    assert words == ["supported", "supported", "supported", "inconclusive"]
    summary = holds(CLAIM, rows)
    assert (summary["holds_in"], summary["holds_of"]) == (2, 4)
    assert summary["holds"] == "holds in at least 2 of 4"
    assert holds(CLAIM, []) == {}


def test_the_interval_of_a_found_row_is_beyond_delta_at_its_level():
    rows = [evidence(effect, 0.05, 0.001, scope=str(effect)) for effect in (0.22, 0.25, 0.4, 0.05)]
    for verdict in judge_rows(CLAIM, rows):
        low, high = verdict.evidence.at_level(verdict.level)
        assert (low > CLAIM.delta) == (verdict.word == "supported")
        assert high > low


def test_a_study_lists_the_pooled_row_first_and_leaves_out_what_was_known_beforehand():
    other, free = replace(CLAIM, id="X-2"), replace(CLAIM, id="X-3", primary=False)
    found = {
        "X-1": [evidence(scope="sst2"), evidence(p_value=0.04), evidence(scope="imdb")],
        "X-3": [evidence(p_value=0.04)],
    }
    verdicts = judge_study([CLAIM, other, free], found, {"X-2": "there is no LM head"})
    listed = [(v.claim.id, v.evidence.scope, v.word) for v in verdicts]
    assert listed == [
        ("X-1", "pooled", "supported"),
        ("X-1", "sst2", "supported"),
        ("X-1", "imdb", "supported"),
        ("X-2", "pooled", "untestable"),
        ("X-3", "pooled", "supported"),
    ]
    assert verdicts[0].row()["holds"] == "holds in at least 2 of 2"
    assert verdicts[3].row()["reason"] == "there is no LM head"
    assert [verdicts[0].row()["primary"], verdicts[4].row()["primary"]] == [True, False]


@pytest.mark.parametrize(
    ("found", "match"),
    [
        ({}, "one pooled row, it has 0"),
        ({"X-1": [evidence(), evidence()]}, "one pooled row, it has 2"),
        ({"X-1": [evidence()], "X-9": [evidence()]}, "not frozen"),
    ],
)
def test_a_study_needs_one_pooled_row_for_each_claim(found, match):
    with pytest.raises(RunError, match=match):
        judge_study([CLAIM], found)


def test_a_row_has_the_fields_of_the_contract_in_plain_json():
    fields = ["id", "paper", "statement", "effect", "unit", "ci_low", "ci_high", "null", "p_value",
              "n", "verdict", "reason", "scope"]  # fmt: skip
    row = evidence(n=np.int64(5), p_value=np.float64(0.001), notes={"generalises": "these tasks"})
    for given in (row, not_measured("pooled", "no data")):
        found = judge([(CLAIM, given)])[0].row()
        assert list(found)[: len(fields)] == fields
        assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["effect"] is found["ci_low"] is found["p_value"] is None
    assert judge([(CLAIM, row)])[0].row()["generalises"] == "these tasks"


def test_notes_cannot_overwrite_a_verdict():
    row = evidence(effect=0.0, error=1.0, p_value=0.5, notes={"verdict": "supported"})
    assert judge([(CLAIM, row)])[0].row()["verdict"] == "inconclusive"


@pytest.mark.parametrize(
    "given",
    [
        {"p_value": 1.5},
        {"p_value": float("nan")},
        {"p_mirror": -0.1},
        {"effect": float("nan")},
    ],
)
def test_evidence_that_is_none_is_refused(given):
    with pytest.raises(RunError):
        evidence(**{"p_mirror": 0.5, **given})


def test_evidence_without_an_interval_needs_a_reason():
    with pytest.raises(RunError, match="no reason"):
        Evidence("pooled", None, 1.0, 0.0, 0)


@pytest.mark.parametrize("given", [{"delta": -0.1}, {"delta": float("nan")}, {"why": ""}])
def test_a_claim_must_be_whole(given):
    with pytest.raises(RunError, match="X-1"):
        replace(CLAIM, **given)


def test_the_table_of_skill_neurons_has_every_claim_once():
    ids = [claim.id for claim in CLAIMS]
    assert ids == ["SN-1a", "SN-1b", "SN-2", "SN-3", "SN-4", "SN-5", "SN-6", "SN-7", "SN-8",
                   "SN-9a", "SN-9b", "SN-10", "CT-1", "AB-1", "PB-1"]  # fmt: skip
    assert all(claim.seeds == 5 and claim.primary for claim in CLAIMS)
    assert claims(("SN-6",))[0].delta == 0.0


def test_an_unknown_claim_is_not_passed_over():
    with pytest.raises(RunError, match="SN-66"):
        claims(("SN-66",))


def test_undecided_claims_show_an_interval_that_explains_them():
    """Many supported claims loosen Holm's level of support, not that of negligibility."""
    strong = [(replace(CLAIM, id=f"Y-{i}"), evidence(9.0)) for i in range(11)]
    close = evidence(0.01, 0.04, 0.4)
    verdict = judge([*strong, (CLAIM, close)])[-1]
    low, high = close.at_level(0.05)
    assert -CLAIM.delta < low < high < CLAIM.delta
    assert verdict.word == "inconclusive"
    assert verdict.level == pytest.approx(0.05 / 12)
    assert verdict.reason.endswith("across -0.1 and 0.1")


def test_an_undecided_claim_always_says_why():
    generator = np.random.default_rng(0)
    for _ in range(50):
        cases = [
            (
                replace(CLAIM, id=f"X-{i}"),
                evidence(generator.normal(0, 0.2), generator.uniform(0, 0.1), generator.uniform()),
            )
            for i in range(12)
        ]
        for verdict in judge(cases):
            assert verdict.reason
            assert "no limit" not in verdict.reason
