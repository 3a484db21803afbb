"""Sensitivity rows in another unit, second conditions, and what reasons say of them."""

from dataclasses import replace

import pytest

from brodmann.neurons.claims.claim import Claim
from brodmann.neurons.claims.evidence import Evidence, Sensitivity
from brodmann.neurons.claims.judge import judge
from brodmann.neurons.statistics.intervals import Estimate, Part
from brodmann.studies.evidence import row

CLAIM = Claim(
    id="X-1", paper="ours", statement="It is so.", estimand="a mean minus its null",
    null="permuted labels", delta=0.1, unit="points", inference_unit="seeds", why="a tenth",
)  # fmt: skip


def judged(effect, error=0.02, *others, **more):
    interval = Estimate(effect, (Part(error**2, 1e9),))
    p = 0.001 if effect > 0.1 else 0.999
    given = Evidence("pooled", interval, p, 0.001, 5, p_mirror=1 - p, seeds=5, sensitivity=others,
                     **more)  # fmt: skip
    return judge([(CLAIM, given)])[0]


@pytest.mark.parametrize(
    ("effect", "other", "plain", "other_unit", "second"),
    [
        (0.5, -9.0, "inconclusive", "inconclusive", "inconclusive"),
        (0.5, 9.0, "supported", "supported", "supported"),
        (-0.5, 9.0, "inconclusive", "inconclusive", "contradicted"),
        (-0.5, -9.0, "contradicted", "contradicted", "contradicted"),
        (0.01, 9.0, "inconclusive", "negligible", "negligible"),
        (0.01, -9.0, "inconclusive", "negligible", "negligible"),
    ],
)
def test_what_another_reading_takes_away(effect, other, plain, other_unit, second):
    kinds = [({}, plain), ({"other_unit": True}, other_unit), ({"second": True}, second)]
    for more, expected in kinds:
        assert judged(effect, 0.02, Sensitivity("it", other, **more)).word == expected


def test_a_second_condition_is_no_doubt_where_nothing_was_to_be_supported():
    other = Sensitivity("it", 9.0, second=True)
    assert "sign differs" not in judged(-0.15, 0.05, other).reason
    assert "sign differs" in judged(-0.15, 0.05, Sensitivity("it", 9.0)).reason


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (judged(0.5), "the interval at level 0.0500 lies above 0.1, and the test agrees"),
        (
            judged(0.5, own_test=True),
            "the interval at level 0.0500 lies above 0.1, and its t test agrees",
        ),
        (
            judged(0.5, 0.02, Sensitivity("accuracy instead of log-loss", -1.0)),
            "the sign differs by this reading: accuracy instead of log-loss",
        ),
        (
            judged(0.5, 0.02, Sensitivity("one", -1.0), Sensitivity("two", -1.0)),
            "the sign differs by these readings: one, two",
        ),
        (
            judged(0.0, 0.02, one_shot=True),
            "single disturbances cannot show that an effect is negligible; the interval at level"
            " 0.0500 reaches from -0.0392 to 0.0392, within +-0.1",
        ),
        (
            judged(0.0, 0.2),
            "the interval at level 0.0500 reaches from -0.392 to 0.392, across -0.1 and 0.1",
        ),
    ],
)
def test_reasons_read_well(verdict, reason):
    assert verdict.reason == reason


@pytest.mark.parametrize(("p_value", "own"), [(None, True), (0.01, False)])
def test_a_row_without_a_sharper_test_says_so(p_value, own):
    estimate = Estimate(0.5, (Part(0.01, 4.0),))
    assert row("pooled", estimate, 5, p_value).own_test is own


def test_low_reliability_is_a_reason_only_where_the_claim_asks():
    verdict = judged(0.5, reliabilities={"sst2": 0.4})
    assert verdict.word == "supported"
    verdict = judge([(replace(CLAIM, reliability=0.5), verdict.evidence)])[0]
    assert (verdict.word, verdict.reason) == (
        "untestable",
        "the reliability (sst2) is 0.40, below 0.50",
    )
