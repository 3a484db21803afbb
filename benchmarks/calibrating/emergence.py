"""EM-8 on drawn scores: size, coverage, wrong signs and power, beside the paper's own measure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from brodmann.neurons.claims.emergence import EM_8
from brodmann.neurons.claims.judge import judge
from brodmann.neurons.claims.verdict import Verdict
from brodmann.neurons.emergence.evidence import evidence_em8
from brodmann.neurons.emergence.settling import Settling, settle
from brodmann.neurons.statistics.intervals import mean_of_seeds
from brodmann.playground.planted.settling import Course, Settled

RUNS, SPREAD, DRAWS = 5, 0.3, 6
"""Runs of a study; s.d. over runs of how much earlier experts truly turn; random partitions."""
NULLS = {
    "equally reliable": Settled(gathered=0.0, noise=0.8),
    "experts more reliable": Settled(gathered=0.7, noise=0.6),
    "neurons unreliable, experts reliable": Settled(gathered=1.5, noise=1.6),
    "few small experts": Settled(gathered=0.7, noise=0.6, units=64, experts=16),
    "few large experts": Settled(gathered=1.0, noise=1.0, units=128, experts=8),
}
"""Equal true times; the paper's measure sees reliabilities."""
LEADS = (-2.0, 0.5, 1.0, 2.0, 3.0)
"""Octaves by which what experts share turns before what is neurons' own."""


def emergence(quick: bool) -> list[dict[str, Any]]:
    """A row per null and per lead."""
    studies = 24 if quick else 240
    rows = [_row(name, 0.0, how, studies) for name, how in NULLS.items()]
    how = NULLS["experts more reliable"]
    return rows + [_row("experts more reliable", lead, how, max(studies // 4, 8))
                   for lead in LEADS]  # fmt: skip


@dataclass(frozen=True)
class _Study:
    """One study's verdict, and the lead of its runs by the paper's curves."""

    verdict: Verdict
    plain: tuple[float | None, ...]


def _row(name: str, lead: float, how: Settled, studies: int) -> dict[str, Any]:
    truth = _truth(how, lead)
    found = [_study(how, lead, seed) for seed in range(studies)]
    words = Counter(one.verdict.word for one in found)
    known = [one.verdict.evidence for one in found if one.verdict.evidence.interval]
    bounds = [one.at_level(0.05) for one in known]
    held = [low <= truth <= high for low, high in filter(None, bounds)]
    effects = [one.effect for one in known if one.effect is not None]
    return {
        "scores": name, "shared earlier by": lead, "true lead": truth,
        "mean lead": float(np.mean(effects)), "covered": float(np.mean(held)),
        "p < .05": float(np.mean([one.p_value < 0.05 for one in known])),
        "mirror < .05": float(np.mean([(one.p_mirror or 0) < 0.05 for one in known])),
        **{word: words[word] for word in
           ("supported", "contradicted", "negligible", "inconclusive", "untestable")},
        "plain p < .05": float(np.mean([_plain(one.plain) for one in found])),
        "studies": studies,
    }  # fmt: skip


def _study(how: Settled, lead: float, seed: int) -> _Study:
    random = np.random.default_rng([seed, int(100 * abs(lead))])
    runs = []
    for run in range(RUNS):
        middle, shift = 6 + 0.5 * random.normal(), lead + SPREAD * random.normal()
        drawn = replace(how, own=Course(middle), shared=Course(middle - shift))
        runs.append(settle(drawn.series(1000 * seed + run), draws=DRAWS))
    readings = [{"primary": one, "tau 0.8": Settling(one.levels, 0.8, one.least)} for one in runs]
    (verdict,) = judge([(EM_8, evidence_em8(readings))])
    return _Study(verdict, tuple(one.uncorrected_lead() for one in runs))


def _plain(leads: tuple[float | None, ...]) -> bool:
    """Whether the paper's curves say that experts are earlier, by a t test over runs."""
    known = [value for value in leads if value is not None]
    return len(known) > 1 and float(np.mean(known)) > 0 and mean_of_seeds(known).p_value() < 0.05


def _truth(how: Settled, lead: float) -> float:
    """The lead without a probe's noise, of many functions."""
    if lead == 0:
        return 0.0
    exact = replace(how, noise=0.0, functions=300, shared=Course(6 - lead))
    found = settle(exact.series(0), draws=1).lead()
    return np.nan if found is None else found
