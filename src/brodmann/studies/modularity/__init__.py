"""Whether experts gather functions, and whether the model needs them (Zhang et al. 2023)."""

from brodmann.neurons.claims.functions import MODULARITY
from brodmann.studies.modularity.damage import DAMAGE
from brodmann.studies.modularity.experts import EXPERTS
from brodmann.studies.study import Study

PARTS = (EXPERTS, DAMAGE)
"""The parts of the study, in the order of the report."""
STUDY = Study(
    name="modularity",
    title="Functional experts",
    question="Do some experts gather the neurons of a function, and does harming them harm it?",
    parts={part.name: part for part in PARTS},
    claims=MODULARITY,
)
"""What ``experiment=modularity`` runs."""
