"""Leads of levels, their evidence and verdicts, on scores that settle at known times."""

from dataclasses import replace

import numpy as np
import pytest
from drawn import small

from brodmann.errors import RunError
from brodmann.neurons.claims.emergence import EM_8
from brodmann.neurons.claims.judge import judge
from brodmann.neurons.emergence.evidence import ONE_RUN, evidence_em8
from brodmann.neurons.emergence.settling import (
    Settling,
    over_functions,
    readings,
    settle,
)
from brodmann.neurons.statistics.intervals import Draws, Estimate, mean_of_seeds
from brodmann.playground.planted.settling import Course, Settled

EQUAL = Settled(gathered=1.5, noise=1.2)
EARLY = Settled(gathered=1.5, noise=0.8, shared=Course(3.0))


@pytest.fixture(scope="module")
def equal():
    return [readings(EQUAL.series(seed), draws=2) for seed in range(5)]


@pytest.fixture(scope="module")
def early():
    return [readings(EARLY.series(seed), draws=2) for seed in range(5)]


def test_equal_times_are_told_as_equal_whatever_the_reliabilities(equal):
    found = evidence_em8(equal)
    plain = [run["primary"].uncorrected_lead() for run in equal]
    assert min(plain) > 0.5, "the paper's measure takes noise for lateness"
    assert found.effect == pytest.approx(0, abs=0.25)
    (verdict,) = judge([(EM_8, found)])
    assert verdict.word == "negligible"
    assert found.notes["lead_uncorrected"] == pytest.approx(np.mean(plain))


def test_modules_that_settle_first_are_found(early):
    (verdict,) = judge([(EM_8, evidence_em8(early))])
    assert verdict.word == "supported"
    assert {one.name for one in verdict.evidence.sensitivity} == {
        "lead over random groups", "last partition", "tau 0.8"
    }  # fmt: skip
    late = Settled(gathered=0.5, noise=0.4, own=Course(2.0))
    back = [{"primary": settle(late.series(seed), draws=3)} for seed in range(5)]
    assert judge([(EM_8, evidence_em8(back))])[0].word == "contradicted"


def test_the_interval_is_students_over_runs(early):
    found, leads = evidence_em8(early), [run["primary"].lead() for run in early]
    assert found.at_level(0.05) == pytest.approx(mean_of_seeds(leads).at_level(0.05))
    assert found.p_value == pytest.approx(mean_of_seeds(leads).p_value(), rel=1e-5)
    assert (found.n, found.seeds) == (5, 5)


def test_one_run_is_descriptive_and_three_are_too_few(early):
    one = evidence_em8(early[:1])
    (verdict,) = judge([(EM_8, one)])
    assert (verdict.word, one.untestable) == ("untestable", (ONE_RUN,))
    assert isinstance(one.interval, Draws)
    low, high = one.at_level(0.05)
    assert low < early[0]["primary"].lead() < high
    assert judge([(EM_8, evidence_em8(early[:3]))])[0].reason == "3 seeds, 5 are needed"


def test_runs_that_do_not_tell_are_named():
    noisy = Settled(gathered=1.5, noise=3.0)
    runs = [{"primary": settle(noisy.series(seed), draws=2)} for seed in range(5)]
    (verdict,) = judge([(EM_8, evidence_em8(runs))])
    assert verdict.word == "untestable"
    assert "run 1 does not tell which settled first" in verdict.reason
    assert "neurons: unknown before" in verdict.reason


def test_over_few_functions_it_is_a_jackknife():
    few = settle(replace(EARLY, functions=4).series(0), draws=2)
    assert isinstance(over_functions(few), Estimate)
    assert over_functions(few.of_functions(np.arange(2))) is None


def test_functions_can_be_left_out():
    whole = settle(EARLY.series(0), draws=2)
    some = whole.of_functions(np.array([1, 3, 3]))
    np.testing.assert_allclose(some.levels["neurons"].across,
                               whole.levels["neurons"].across[..., [1, 3, 3]])  # fmt: skip
    assert some.band().shape == (2, 13)


def test_other_thresholds_use_the_same_curves():
    found = readings(EARLY.series(0), draws=2)
    assert found["tau 0.8"].time("neurons").low < found["primary"].time("neurons").low
    assert isinstance(found["last partition"], Settling)


def test_runs_read_in_other_ways_are_refused(early):
    with pytest.raises(RunError, match="same ways"):
        evidence_em8([early[0], {"primary": early[1]["primary"]}])
    with pytest.raises(RunError, match="same ways"):
        evidence_em8([])


def test_learning_nothing_ends_in_no_lead():
    assert settle(small(noise=50.0), draws=2).lead() is None
