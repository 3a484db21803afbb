"""When modules and functions emerge in pre-training (Zhang et al. 2023, section 6)."""

from brodmann.neurons.claims.emergence import EM_8
from brodmann.studies.emergence.appearance import APPEARANCE
from brodmann.studies.emergence.runs import subject
from brodmann.studies.emergence.stabilisation import STABILISATION
from brodmann.studies.study import Study

PARTS = (STABILISATION, APPEARANCE)
"""The parts of the study, in the order of the report."""
STUDY = Study(
    name="emergence",
    title="Emergence of modules",
    question="When do neurons, experts and functions settle in pre-training, and which first?",
    parts={part.name: part for part in PARTS},
    claims=(EM_8,),
    subject=subject,
)
"""What ``experiment=emergence`` runs."""
