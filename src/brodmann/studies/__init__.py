"""What ``analyze.py`` runs: each study asks a question, and ends in claims, tables and figures."""

from brodmann.studies.emergence import STUDY as EMERGENCE
from brodmann.studies.modularity import STUDY as MODULARITY
from brodmann.studies.moefication import STUDY as MOEFICATION
from brodmann.studies.skill_neurons import STUDY as SKILL_NEURONS
from brodmann.studies.specialization import STUDY as SPECIALIZATION
from brodmann.studies.study import Study

STUDIES: dict[str, Study] = {
    one.name: one for one in (SKILL_NEURONS, SPECIALIZATION, MODULARITY, EMERGENCE, MOEFICATION)
}
"""Studies by the name of their experiment."""
