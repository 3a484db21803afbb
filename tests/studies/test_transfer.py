"""The part ``transfer`` on made runs: planted likeness, its naive second computation, refusals."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cosine
from scipy.stats import spearmanr
from tests.studies.toys import ToySuite, everyone, rng

from brodmann.neurons.claims.pooling import RANDOM_TASKS
from brodmann.report.figures import drawn
from brodmann.studies.measuring import Measured
from brodmann.studies.skill_neurons import transfer as module
from brodmann.studies.skill_neurons.transfer import find, impossible
from brodmann.studies.suite import Job

TASKS, SEEDS, UNITS, SHARE = list("abcde"), range(5), 60, 0.2
TOP = int(SHARE * UNITS)
SITES = ["x", "y"]


class Own:
    test_rows, scope, transfer_share, masks = None, "layer", SHARE, 99


def truth(target, source):
    """Zero-shot accuracy, the same for all seeds, different for every pair."""
    return 0.5 + 0.08 * ((TASKS.index(source) - TASKS.index(target)) % len(TASKS))


def scan_of(task):
    """Every task has its own twelve skill neurons per site, in a block."""
    scores = torch.rand(UNITS, 1, generator=torch.Generator().manual_seed(5)) * 0.2 + 0.5
    start = TASKS.index(task) * TOP
    scores[start : start + TOP] += 0.3
    return Measured({f"dev/{site}": scores for site in SITES}, {"sites": SITES, "seed": 0})


def active_of(task, seed, planted):
    """At random; where a target's skill neurons are, as like it as it transfers there."""
    random = rng(seed, TASKS.index(task))
    units = {site: random.random(UNITS) < 0.5 for site in SITES}
    for target in TASKS if planted else ():
        start = TASKS.index(target) * TOP
        for site in SITES:
            wanted = np.ones(TOP, dtype=bool)
            if task != target:
                kept = TASKS.index(task) - TASKS.index(target)
                wanted[: TOP - 2 * (kept % len(TASKS)) - 2] = False
            units[site][start : start + TOP] = wanted
    return units


def made(planted=True, tasks=TASKS, flat=()):
    runs = {"activated": {}, "zero_shot": {}}
    for job in everyone(tasks, SEEDS):
        units = active_of(job.task, job.seed, planted)
        runs["activated"][job] = Measured(
            {f"active/{site}": torch.tensor(units[site]) for site in SITES}, {"sites": SITES}
        )
        right = torch.zeros(len(tasks), 1000, dtype=torch.bool)
        for row, source in enumerate(tasks):
            share = 0.6 if job.task in flat else truth(job.task, source)
            right[row, : round(1000 * share)] = True
        runs["zero_shot"][job] = Measured({"right": right}, {"sources": list(tasks)})
    return runs


@pytest.fixture(autouse=True)
def _runs_on_paper(monkeypatch):
    monkeypatch.setattr(
        module, "scans", lambda suite, jobs: {job: scan_of(job.task) for job in jobs}
    )
    monkeypatch.setattr(module, "_trained", lambda suite, job: {"method.soft": torch.zeros(2, 3)})


def naive_gain(runs, target, seed, sources):
    """Restricted minus unrestricted, with SciPy and loops."""
    start = TASKS.index(target) * TOP
    inside = [u + n * UNITS for n in range(2) for u in range(start, start + TOP)]
    joined = {t: np.concatenate([runs["activated"][Job(t, seed)].tensors[f"active/{s}"].numpy()
                                 for s in SITES]).astype(float) for t in TASKS}  # fmt: skip
    accuracy = [truth(target, source) for source in sources]
    whole = [1 - cosine(joined[target], joined[source]) for source in sources]
    inner = [1 - cosine(joined[target][inside], joined[source][inside]) for source in sources]
    return spearmanr(inner, accuracy).statistic - spearmanr(whole, accuracy).statistic


@pytest.mark.parametrize("planted", [True, False])
def test_effects_equal_a_naive_computation(planted):
    runs = made(planted)
    outcome = find(ToySuite(TASKS, SEEDS, runs, Own()))
    pooled, *rows = outcome.evidence["SN-10"]
    for row, task in zip(rows, TASKS, strict=True):
        others = [name for name in TASKS if name != task]
        wanted = np.mean([naive_gain(runs, task, seed, others) for seed in SEEDS])
        assert row.effect == pytest.approx(wanted)
    assert pooled.effect == pytest.approx(np.mean([row.effect for row in rows]))
    assert (pooled.n, pooled.seeds, pooled.smallest_p) == (5, 5, pytest.approx(0.01))
    assert pooled.notes["generalises"] == "these tasks"
    assert len(TASKS) < RANDOM_TASKS


def test_planted_skill_neurons_foretell_and_random_masks_do_not():
    outcome = find(ToySuite(TASKS, SEEDS, made(True), Own()))
    pooled = outcome.evidence["SN-10"][0]
    assert pooled.p_value <= 0.02
    assert pooled.effect > 0.2
    assert pooled.sensitivity[0].effect > 0.2
    table = outcome.finding.tables[0]
    assert all(row["skill neurons"] == pytest.approx(1) for row in table.rows)


def test_the_mirrored_test_needs_the_masks_too():
    """Likeness in skill neurons that foretells the reverse: the masks' lower tail is small."""
    runs = made(True)
    for one in runs["zero_shot"].values():
        one.tensors["right"][:] = ~one.tensors["right"]
    pooled = find(ToySuite(TASKS, SEEDS, runs, Own())).evidence["SN-10"][0]
    assert pooled.p_value > 0.9
    assert 0.01 <= pooled.p_mirror <= 0.02


def test_nothing_planted_is_nothing_found():
    pooled = find(ToySuite(TASKS, SEEDS, made(False), Own())).evidence["SN-10"][0]
    low, high = pooled.at_level(0.01)
    assert low < 0 < high
    assert pooled.p_value > 0.05


def test_incompetent_tasks_are_not_even_measured():
    suite = ToySuite(TASKS, SEEDS, made(tasks=TASKS[:4]), Own(), {"e": 0.01})
    outcome = find(suite)
    pooled, *rows = outcome.evidence["SN-10"]
    assert pooled.n == 4
    assert (rows[-1].scope, rows[-1].effect) == ("e", None)
    assert "1.0 points" in rows[-1].untestable[0]
    assert [row["sources"] for row in outcome.finding.tables[0].rows] == [3] * 4


def test_targets_without_an_order_of_sources_are_left_out_and_named():
    outcome = find(ToySuite(TASKS, SEEDS, made(flat=("b",)), Own()))
    assert [row.scope for row in outcome.evidence["SN-10"]] == ["pooled", *TASKS]
    assert "transfer alike" in outcome.evidence["SN-10"][2].untestable[0]
    assert any(note.endswith(": b.") for note in outcome.finding.notes)


def test_only_as_many_classes_transfer():
    suite = ToySuite(TASKS, SEEDS, made(), Own(), classes={"e": ["no", "perhaps", "yes"]})
    find(suite)
    asked = {name: (arguments, inputs) for name, arguments, inputs in suite.asked}
    arguments, inputs = asked["zero_shot"]
    assert arguments[0]["sources"] == list("abcd")
    assert arguments[-1]["sources"] == ["e"]
    assert set(inputs[-1]) == {"e/method.soft"}


def test_equal_gains_have_no_interval_and_say_so():
    runs = made()
    for job in everyone(TASKS, SEEDS):
        if job.task == "a":
            continue
        runs["activated"][job] = runs["activated"][Job(job.task, 0)]
    runs["activated"] |= {Job("a", seed): runs["activated"][Job("a", 0)] for seed in (1, 2, 3)}
    rows = find(ToySuite(TASKS, range(4), runs, Own())).evidence["SN-10"][1:]
    assert all("same rank correlation" in row.untestable[0] for row in rows)
    varied = find(ToySuite(TASKS, SEEDS, made(False), Own())).evidence["SN-10"][1:]
    assert not any(row.untestable for row in varied)


@pytest.mark.parametrize(
    ("names", "modality", "word"),
    [(["method.soft", "readout.head.weight"], "text", "classifier"), ([], "text", "nothing"),
     (["method.soft"], "image", "images"), (["method.soft"], "text", "")],
)  # fmt: skip
def test_what_cannot_transfer_is_said(monkeypatch, names, modality, word):
    monkeypatch.setattr(module, "_trained", lambda suite, job: dict.fromkeys(names))
    suite = ToySuite(TASKS, SEEDS, made(), Own())
    suite.modality = modality
    assert word in impossible(suite)
    assert bool(word) == bool(impossible(suite))
    if word:
        outcome = find(suite)
        assert word in outcome.evidence["SN-10"][0].untestable[0]
        assert "Not measured" in outcome.finding.summary


def test_too_few_sources_give_no_verdict_but_a_chapter():
    tasks = TASKS[:3]
    outcome = find(ToySuite(tasks, SEEDS, made(tasks=tasks), Own()))
    assert "0 target tasks" in outcome.evidence["SN-10"][0].untestable[0]
    assert "cannot be had" in outcome.finding.summary


def test_figures_are_drawn_with_dashes_where_nothing_transfers():
    outcome = find(ToySuite(TASKS, SEEDS, made(), Own(), classes={"e": ["1", "2", "3"]}))
    names = [figure.name for figure in outcome.finding.figures]
    assert names == ["transfer_matrices", "transfer_targets"]
    for figure in outcome.finding.figures:
        assert drawn(figure, "svg").startswith(b"<?xml")
