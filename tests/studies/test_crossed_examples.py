"""SN-2, SN-4 and SN-5 with examples left out, against loops over pairs and plain formulas."""

import itertools

import numpy as np
import pytest
from benchmarks.planted import of_types, suite_of
from scipy.stats import spearmanr

from brodmann.neurons.statistics.matrices import (
    beyond_margins,
    main_effects,
    type_effect,
)
from brodmann.playground.planted import CASES
from brodmann.studies.skill_neurons import perturbation, type_losses
from brodmann.studies.skill_neurons.agreement import (
    alike,
    by_chance,
    pairs_of,
    stability,
    top_overlap,
)
from brodmann.studies.skill_neurons.orders import ranked
from brodmann.studies.skill_neurons.predictivity import evidence
from brodmann.studies.skill_neurons.settings import scans
from brodmann.studies.skill_neurons.type_ranks import (
    between,
    correlations,
    floors,
    left_out,
    without_groups,
)
from brodmann.studies.suite import Job, grid

ROWS = {"train": 120, "val": 120, "test": 120}
LIGHT = {"rates": [0.0, 0.1], "perturb_rows": 60, "null_orders": 1, "random_orders": 1,
         "permutations": 19}  # fmt: skip
SEEDS = 3


@pytest.fixture(scope="module")
def graded():
    """Tasks of two and three classes, in families; case 8."""
    return suite_of(CASES["graded"](1), SEEDS, ROWS, **LIGHT)


@pytest.fixture(scope="module")
def known(graded):
    return scans(graded, grid(graded.config))


def rho(one, two):
    return spearmanr(one, two).statistic


def slow_pair(one, two, first, second):
    """Mean over layers and columns; first and second are (kind, place)."""
    found = []
    for site, column in itertools.product(one.info["sites"], range(len(one.info["columns"]))):
        sides = (scan.tensors[f"{kind}/{site}"][place][:, column].double().numpy()
                 for scan, (kind, place) in ((one, first), (two, second)))  # fmt: skip
        found.append(rho(*sides))
    return np.mean(found)


def of_task(suite, known, task):
    return [known[Job(task, seed)] for seed in suite.seeds]


@pytest.mark.parametrize("task", ["close 0", "three"])
def test_agreement_of_seeds_equals_loops(graded, known, task):
    mine = of_task(graded, known, task)
    pairs = pairs_of(mine)
    for i, j in itertools.permutations(range(SEEDS), 2):
        floor = np.mean([slow_pair(mine[i], mine[j], ("null", d), ("null", d + 1))
                         for d in range(16)])  # fmt: skip
        whole = slow_pair(mine[i], mine[j], ("half", 0), ("half", 1))
        assert pairs.whole[i, j] == pytest.approx(whole - floor)
        assert alike(mine[i], mine[j]) == pytest.approx(whole)
        assert by_chance(mine[i], mine[j]) == pytest.approx(floor)
        for group, ways in ((3, (("without", 3), ("half", 1))), (7, (("half", 0), ("without", 7)))):
            less = slow_pair(mine[i], mine[j], *ways)
            assert pairs.without[group, i, j] == pytest.approx(less - floor)


def test_stability_adds_the_examples_of_every_task_to_the_seeds(graded, known):
    pairs = [pairs_of(of_task(graded, known, task)) for task in ("close 0", "three")]
    found = stability(pairs)
    everyone = list(itertools.permutations(range(SEEDS), 2))

    def mean(kept, whole):
        return np.mean([[one[p] for p in everyone if set(p) <= set(kept)] for one in whole])

    whole = [one.whole for one in pairs]
    assert found.effect == pytest.approx(mean(range(SEEDS), whole))
    by_seed = np.array([mean(set(range(SEEDS)) - {s}, whole) for s in range(SEEDS)])
    assert found.parts[0].variance == pytest.approx(2 / 3 * np.sum((by_seed - by_seed.mean()) ** 2))
    examples = 0.0
    for place, half in itertools.product(range(2), range(2)):
        lefts = []
        for group in range(5 * half, 5 * half + 5):
            less = list(whole)
            less[place] = pairs[place].without[group]
            lefts.append(mean(range(SEEDS), less))
        examples += 4 / 5 * np.sum((np.array(lefts) - np.mean(lefts)) ** 2)
    assert found.parts[1].variance == pytest.approx(examples)
    assert examples > 0


def test_the_rows_of_sn2_are_wider_than_those_of_seeds_alone(graded, known):
    rows = {one.scope: one for one in evidence(graded, known)["SN-2"]}
    for one in rows.values():
        assert len(one.interval.parts) == 2
        alone = one.interval.parts[0].variance ** 0.5
        low, high = one.at_level(0.05)
        assert high - low > 2 * 4.302 * alone


def test_shared_top_neurons_equal_loops_and_stand_beside_sn2(graded, known):
    rows = {one.scope: one for one in evidence(graded, known)["SN-2"]}
    shares = {}
    for task in ("close 0", "three"):
        mine, found = of_task(graded, known, task), []
        for one, two in itertools.combinations(mine, 2):
            shared = chance = most = 0.0
            for a, b in zip(best(one), best(two), strict=True):
                shared += len(set(a[0]) & set(b[0]))
                chance += len(a[0]) * len(b[0]) / a[1]
                most += len(a[0])
            found.append((shared - chance) / (most - chance))
        shares[task] = np.mean(found)
        (beside,) = rows[task].sensitivity
        assert beside.other_unit
        assert beside.effect == rows[task].notes["top_overlap"] == pytest.approx(shares[task])
    assert shares["close 0"] != 0
    able = [rows[task].notes["top_overlap"] for task in graded.competent()]
    assert rows["pooled"].notes["top_overlap"] == pytest.approx(np.mean(able))
    assert rows["pooled"].own_test


def best(scan):
    """The top twentieth of every layer and its width; sub-tasks in turn."""
    scores = {s: v.float() for s, v in scan.by_site("dev").items()}
    orders = ranked(scores, "layer", scan.info["seed"]).values()
    return [(np.flatnonzero(r.numpy() < len(r) // 20), len(r)) for r in orders]


def test_the_top_neurons_of_a_run_are_all_shared_with_itself(graded, known):
    one = known[Job("close 0", 0)]
    assert top_overlap([one, one]) == 1


def turns(scan, kind, place):
    """Places of the neurons, sub-tasks in turn, by layer."""
    scores = {s: v[place].float() for s, v in scan.by_site(kind).items()}
    if len(scan.info["columns"]) == 1:
        return [v[:, 0].numpy() for v in scores.values()]
    return [-r.numpy() for r in ranked(scores, "layer", scan.info["seed"]).values()]


def test_correlations_less_a_group_equal_loops(graded, known):
    less = without_groups(graded, known)
    for group, one, two in ((2, "close 1", "three"), (8, "three", "loose 0")):
        ways = [("without", group), ("half", 1)] if group < 5 else [("half", 0), ("without", group)]
        found = []
        for i, j in itertools.permutations(range(SEEDS), 2):
            first = turns(of_task(graded, known, one)[i], *ways[0])
            second = turns(of_task(graded, known, two)[j], *ways[1])
            found.append(np.mean([rho(a, b) for a, b in zip(first, second, strict=True)]))
        place = graded.tasks.index(one), graded.tasks.index(two)
        assert less[group][place] == pytest.approx(np.mean(found))


def test_leaving_a_group_out_moves_one_row_or_one_column():
    generator = np.random.default_rng(0)
    whole, less = generator.normal(size=(3, 3)), generator.normal(size=(10, 3, 3))
    strata = left_out(whole, less, lambda matrix: float(matrix @ np.arange(3) @ np.arange(1, 4)))
    assert [len(one) for one in strata] == [5] * 6
    for task, half, group in itertools.product(range(3), range(2), range(5)):
        changed = [[less[5 * half + group][i, j] if (i, j)[half] == task else whole[i, j]
                    for j in range(3)] for i in range(3)]  # fmt: skip
        wanted = sum((i + 1) * j * changed[i][j] for i in range(3) for j in range(3))
        assert strata[2 * task + half][group] == pytest.approx(wanted)


def test_losses_equal_loops_and_lose_a_group_at_a_time(graded):
    harmed = perturbation.damages(graded, graded.tasks)
    known = type_losses.answers(graded, harmed)
    lost = type_losses.losses(known)
    i, j = graded.tasks.index("three"), graded.tasks.index("loose 1")

    def slow(kept):
        right = [harmed[Job("three", s)].tensors["right"][0].double().numpy()[..., kept]
                 for s in graded.seeds]  # fmt: skip
        orders = harmed[Job("three", 0)].info["orders"]
        own, other = orders.index("own"), orders.index("task:loose 1")
        labels = known[i].labels[kept]
        room = np.mean([r[own, 0].mean() for r in right])
        room -= max((labels == c).mean() for c in range(3))
        return [(r[own, 0].mean() - r[other, 1:].mean()) / room for r in right]

    assert lost[i, j] == pytest.approx(slow(np.arange(60)))
    strata = type_losses.left_out(known, lambda matrix: float(matrix[i, j]))
    assert all(np.ptp(one) == 0 for place, one in enumerate(strata) if place != i)
    group = type_losses.dealt(harmed[Job("three", 0)].tensors["labels"], 10, seed=3).numpy()
    wanted = [np.mean(slow(np.flatnonzero(group != number))) for number in range(10)]
    assert strata[i] == pytest.approx(wanted)


def test_a_task_below_the_majority_loses_nothing():
    one = type_losses.Answers(np.zeros((2, 4)), np.ones((3, 2, 4)), np.array([0, 0, 1, 1]))
    assert (one.lost(np.ones(4, dtype=bool)) == 0).all()


def test_types_are_judged_over_seeds_and_examples(graded, known):
    found = of_types(graded)
    places = [i for i, task in enumerate(graded.tasks) if task in graded.competent()]
    types = [graded.types()[graded.tasks[i]] for i in places]
    assert "unsolved" not in [graded.tasks[i] for i in places]
    (in_ranks,), (in_effect,) = found["SN-4"], found["SN-5"]
    whole = between(correlations(graded, known), range(SEEDS))[np.ix_(places, places)]
    less = without_groups(graded, known)[:, places][:, :, places]
    strata = left_out(whole, less, lambda matrix: type_effect(matrix, types))
    variance = sum(4 / 5 * np.sum((one - one.mean()) ** 2) for one in strata)
    assert in_ranks.interval.parts[1].variance == pytest.approx(variance)
    assert len(in_effect.interval.parts) == 2
    assert in_effect.interval.parts[1].variance > 0


def test_seeds_left_out_of_sn5_take_their_room_with_them(graded):
    places = [i for i, task in enumerate(graded.tasks) if task in graded.competent()]
    types = [graded.types()[graded.tasks[i]] for i in places]
    known = type_losses.answers(graded, perturbation.damages(graded, graded.tasks))

    def effect(seeds):
        matrix = np.zeros((len(places), len(places)))
        for (a, i), (b, j) in itertools.product(enumerate(places), repeat=2):
            right = np.mean([known[i].intact[s].mean() for s in seeds])
            hurt = np.mean([known[i].hurt[j, s].mean() for s in seeds])
            usual = np.bincount(known[i].labels).max() / len(known[i].labels)
            matrix[a, b] = (right - hurt) / (right - usual)
        return type_effect(beyond_margins(matrix), types, main_effects(len(types)))

    (row,) = of_types(graded)["SN-5"]
    less = np.array([effect([s for s in range(SEEDS) if s != out]) for out in range(SEEDS)])
    assert row.interval.parts[0].variance == pytest.approx(
        2 / 3 * np.sum((less - less.mean()) ** 2)
    )
    assert row.interval.parts[0].variance > 0
    assert [one.other_unit for one in row.sensitivity] == [True]


def test_the_reliability_of_sn4_is_the_worst_tasks_beyond_its_floor(graded, known):
    (row,) = of_types(graded)["SN-4"]
    beyond = correlations(graded, known) - floors(graded, known)
    places = [graded.tasks.index(task) for task in graded.competent()]
    by_task = [np.mean([beyond[t, t, i, j] for i, j in itertools.permutations(range(SEEDS), 2)])
               for t in places]  # fmt: skip
    assert list(row.reliabilities.values()) == [pytest.approx(min(by_task))]
    assert np.ptp(by_task) > 0.01


def test_a_covariate_is_judged_with_and_the_plain_reading_stands_beside_it(graded, monkeypatch):
    words = dict(zip(graded.tasks, [1, 1, 2, 3, 4, 5, 6], strict=True))
    monkeypatch.setattr(type(graded), "traits", lambda self: {"label words": words})
    (told,) = of_types(graded)["SN-4"]
    monkeypatch.setattr(type(graded), "traits", lambda self: {})
    (plain,) = of_types(graded)["SN-4"]
    assert told.notes["covariates"] == "label words"
    assert plain.notes["covariates"] == "none"
    assert [one.name for one in told.sensitivity] == ["without covariates"]
    assert told.sensitivity[0].effect == pytest.approx(plain.effect)
    assert plain.sensitivity == ()
    assert told.effect != pytest.approx(plain.effect)
