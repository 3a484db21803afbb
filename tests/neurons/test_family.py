"""Error rates of the whole rule over families of claims with nothing, little or much in them."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr
from tests.neurons.test_claims import CLAIM

from brodmann.neurons.claims.collect import holds
from brodmann.neurons.claims.evidence import Evidence, Sensitivity
from brodmann.neurons.claims.judge import judge, judge_rows
from brodmann.neurons.statistics.crossed import crossed_mean

SIZE = 12
CLAIMS = [replace(CLAIM, id=f"X-{place}") for place in range(SIZE)]
SPREAD = 0.1
"""Standard deviation due to seeds, to examples, and to the rest."""


def measured(generator, effect, seeds=5, scope="pooled", shared=0.0):
    """Examples by seeds around an effect, with a permutation test of 999 draws."""
    error = SPREAD / np.sqrt(seeds)
    of_seeds = effect + shared + generator.normal(size=(1, seeds)) * SPREAD
    table = of_seeds + generator.normal(size=(40, 1)) * SPREAD
    table = table + generator.normal(size=(40, seeds)) * SPREAD
    interval = crossed_mean(table)
    tail = ndtr(-interval.effect / (1.1 * error))
    beaten = generator.binomial(999, tail)
    return Evidence(
        scope,
        interval,
        (1 + beaten) / 1000,
        0.001,
        seeds,
        p_mirror=(1000 - beaten) / 1000,
        seeds=seeds,
    )


def verdicts(families, effects, seed=0, shared=0.0):
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(families):
        common = shared * generator.normal()
        rows = [measured(generator, effect, shared=common) for effect in effects]
        found.append([verdict.word for verdict in judge(list(zip(CLAIMS, rows, strict=False)))])
    return found


def family_wise(found, word):
    return np.mean([word in words for words in found])


def slack(families, level=0.05):
    return 3 * np.sqrt(level * (1 - level) / families)


FAMILIES = pytest.mark.parametrize("families", [100, pytest.param(1000, marks=pytest.mark.slow)])


@FAMILIES
def test_where_nothing_is_planted_nothing_is_supported(families):
    found = verdicts(families, [0.0] * SIZE)
    assert family_wise(found, "supported") <= 0.05
    assert family_wise(found, "contradicted") <= 0.05


@FAMILIES
def test_an_effect_of_just_delta_is_not_more_than_delta(families):
    """The hardest null: the permutation test rejects, only the interval holds the line."""
    found = verdicts(families, [CLAIM.delta] * SIZE)
    assert family_wise(found, "supported") <= 0.05 + slack(families)
    assert family_wise(found, "negligible") <= 0.05 + slack(families)
    mirrored = verdicts(families, [-CLAIM.delta] * SIZE)
    assert family_wise(mirrored, "contradicted") <= 0.05 + slack(families)


def test_claims_that_err_together_are_held_too():
    found = verdicts(250, [CLAIM.delta] * SIZE, shared=0.03)
    assert family_wise(found, "negligible") <= 0.05 + slack(250)


def test_null_claims_beside_real_ones_are_held():
    found = verdicts(250, [1.0] * 6 + [CLAIM.delta] * 6)
    assert np.mean([words[:6] == ["supported"] * 6 for words in found]) > 0.9
    false = np.mean(["supported" in words[6:] for words in found])
    assert false <= 0.05 + slack(250)


def test_power_grows_with_the_effect_and_no_sign_is_wrong():
    power = []
    for effect in (0.1, 0.4, 0.6, 1.2):
        counts = Counter(word for words in verdicts(60, [effect] * 4) for word in words)
        power.append(counts["supported"] / 240)
        assert counts["contradicted"] == 0
    assert power == sorted(power)
    assert power[0] <= 0.05
    assert power[-1] == 1.0


def test_contradicted_mirrors_supported():
    counts = Counter(word for words in verdicts(60, [-1.0] * 4) for word in words)
    assert counts == {"contradicted": 240}


def test_negligible_needs_narrow_intervals():
    assert family_wise(verdicts(100, [0.0] * 4), "negligible") < 0.2
    generator = np.random.default_rng(0)
    narrow = [measured(generator, 0.0) for _ in range(4)]
    narrow = [replace(row, interval=crossed_mean(generator.normal(size=(40, 5)) * 0.01))
              for row in narrow]  # fmt: skip
    words = [verdict.word for verdict in judge(list(zip(CLAIMS, narrow, strict=False)))]
    assert words == ["negligible"] * 4


def test_a_backup_is_never_negligible_from_single_disturbances():
    """Planted case 4: single ablations show nothing, however narrow the interval."""
    generator = np.random.default_rng(0)
    interval = crossed_mean(generator.normal(size=(40, 5)) * 1e-4)
    row = Evidence("pooled", interval, 0.5, 0.001, 5, p_mirror=0.5, seeds=5, one_shot=True)
    assert judge([(CLAIM, row)])[0].word == "inconclusive"
    assert judge([(CLAIM, replace(row, one_shot=False))])[0].word == "negligible"


def test_sensitivity_never_adds_a_verdict():
    generator = np.random.default_rng(0)
    for _ in range(200):
        row = measured(generator, generator.normal() * 0.4)
        before = judge([(CLAIM, row)])[0].word
        other = tuple(Sensitivity(str(i), float(generator.normal())) for i in range(3))
        after = judge([(CLAIM, replace(row, sensitivity=other))])[0].word
        assert after in {before, "inconclusive"}


def test_rows_found_falsely_are_few_and_the_count_of_rows_is_a_lower_bound():
    """Three of seven tasks have the effect; the others have exactly delta."""
    generator, shares, above = np.random.default_rng(0), [], 0
    for _ in range(400):
        effects = [2.0] * 3 + [CLAIM.delta] * 4
        rows = [measured(generator, effect, scope=str(i)) for i, effect in enumerate(effects)]
        found = [verdict.word == "supported" for verdict in judge_rows(CLAIM, rows)]
        shares.append(sum(found[3:]) / max(sum(found), 1))
        above += int(holds(CLAIM, rows)["holds_in"]) > 3
    assert np.mean(shares) <= 0.05 + slack(400)
    assert above / 400 <= 0.05 + slack(400)


@pytest.mark.slow
def test_three_seeds_keep_the_rate_as_five_do():
    generator, claims = np.random.default_rng(1), [replace(claim, seeds=3) for claim in CLAIMS]
    false = []
    for _ in range(1000):
        rows = [measured(generator, CLAIM.delta, seeds=3) for _ in range(SIZE)]
        words = [verdict.word for verdict in judge(list(zip(claims, rows, strict=True)))]
        false.append("supported" in words)
    assert np.mean(false) <= 0.05 + slack(1000)
