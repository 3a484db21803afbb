"""What ``analyze.py`` runs: each study asks a question, and ends in claims, tables and figures."""

from brodmann.studies.skill_neurons import STUDY as SKILL_NEURONS
from brodmann.studies.study import Study

STUDIES: dict[str, Study] = {SKILL_NEURONS.name: SKILL_NEURONS}
"""Studies by the name of their experiment."""
