"""Whether single neurons detect functions, and different ones (Zhang et al. 2023, section 4)."""

from brodmann.neurons.claims.functions import SPECIALIZATION
from brodmann.studies.specialization.detection import DETECTION
from brodmann.studies.specialization.separation import SEPARATION
from brodmann.studies.study import Study

PARTS = (DETECTION, SEPARATION)
"""The parts of the study, in the order of the report."""
STUDY = Study(
    name="specialization",
    title="Functional specialization of neurons",
    question="Do single neurons detect functions, and do functions use different neurons?",
    parts={part.name: part for part in PARTS},
    claims=SPECIALIZATION,
)
"""What ``experiment=specialization`` runs."""
