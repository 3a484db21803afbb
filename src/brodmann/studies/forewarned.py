"""What is known of a study before its first job: notes on its data, and tests that decide nothing.

A permutation test with B draws gives no p below 1 / (B + 1). Holm asks the first of m claims for
level / m: with too few draws the test cannot get there, however large the effect.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from brodmann.config.studies import StudyConfig
from brodmann.lab.prepare import Prepared
from brodmann.neurons.claims.judge import LEVEL
from brodmann.neurons.statistics.permutation import smallest_p
from brodmann.studies.study import Part, Study

DECIDED: Mapping[str, Mapping[str, int]] = {
    "skill_neurons": {"SN-1a": 2},
    "specialization": {"EM-1a": 1, "EM-1b": 1, "EM-2": 1},
    "modularity": {"EM-3": 1, "EM-4": 1, "EM-6": 1},
}
"""Experiment -> claims that ``study.permutations`` decides, and by how much merging over seeds
multiplies their p (twice the median: 2)."""


def forewarned(
    study: Study, config: StudyConfig, parts: Sequence[Part], prepared: Sequence[Prepared]
) -> list[str]:
    """Sentences for the screen, before anything is trained or measured.

    Args:
        study: Which study.
        config: Its settings.
        parts: Those that are run.
        prepared: Its runs.
    """
    notes = [f"{one.config.task.name}: {note}" for one in prepared for note in one.data.notes]
    return list(dict.fromkeys([*notes, *too_few(study, config, parts)]))


def too_few(study: Study, config: StudyConfig, parts: Sequence[Part]) -> list[str]:
    """Whether ``study.permutations`` is too small for the level of the study's claims.

    Args:
        study: Which study.
        config: Its settings.
        parts: Those that are run; claims of the others stay in the family that Holm corrects for.

    Returns:
        A sentence that names the number needed, or nothing.
    """
    run = {claim for part in parts for claim in part.claims}
    factors = {name: by for name, by in DECIDED.get(study.name, {}).items() if name in run}
    family = sum(claim.primary for claim in study.claims)
    level, draws = LEVEL / family, getattr(config.study, "permutations", 0)
    short = {name: by for name, by in factors.items() if by * smallest_p(draws) > level}
    if not short:
        return []
    needed = max(math.ceil(by / level - 1e-9) - 1 for by in short.values())
    return [
        f"study.permutations={draws} gives no p below {smallest_p(draws):.3g}, and Holm's "
        f"strictest level is {level:.3g} for the {family} claims: {', '.join(short)} cannot be "
        f"supported on their own; study.permutations={needed} or more lifts that"
    ]
