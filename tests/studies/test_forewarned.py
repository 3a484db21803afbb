"""Too few permutations for a study's level are told before the first job."""

import re

import pytest

from brodmann.config.analysis import compose_study
from brodmann.config.groups import default_conf
from brodmann.neurons.statistics.multiple import holm
from brodmann.studies import STUDIES
from brodmann.studies.forewarned import DECIDED, too_few


def told(name, draws, *parts):
    typed = [f"experiment={name}", f"study.permutations={draws}"]
    config = compose_study(typed, [default_conf()])
    study = STUDIES[name]
    chosen = [part for key, part in study.parts.items() if key in parts or not parts]
    return too_few(study, config, chosen)


@pytest.mark.parametrize(("name", "claims"), [("modularity", 5), ("specialization", 3)])
def test_the_number_that_is_named_is_the_least_that_holm_lets_pass(name, claims):
    (said,) = told(name, 19)
    needed = int(re.search(r"study\.permutations=(\d+) or more", said)[1])
    for draws, passes in ((needed, True), (needed - 1, False)):
        adjusted = holm([1 / (draws + 1)] + [1.0] * (claims - 1))
        assert (adjusted[0] <= 0.05 + 1e-12) == passes
        assert bool(told(name, draws)) != passes


def test_claims_whose_part_is_not_run_are_not_named():
    (said,) = told("modularity", 19, "experts")
    assert "EM-3, EM-4 cannot" in said
    assert "for the 5 claims" in said
    assert told("modularity", 999) == []
    assert told("emergence", 3) == []


def test_a_p_that_is_merged_over_seeds_needs_twice_as_many():
    (said,) = told("skill_neurons", 99)
    assert "study.permutations=599 or more" in said
    assert told("skill_neurons", 599) == []


def test_claims_are_those_of_the_studies():
    for name, claims in DECIDED.items():
        assert set(claims) <= {claim.id for claim in STUDIES[name].claims}


@pytest.mark.parametrize("name", sorted(DECIDED))
@pytest.mark.parametrize("preset", ["quick", "standard", "faithful"])
def test_no_preset_is_too_small(name, preset):
    config = compose_study([f"experiment={name}", f"preset={preset}"], [default_conf()])
    assert too_few(STUDIES[name], config, list(STUDIES[name].parts.values())) == []
