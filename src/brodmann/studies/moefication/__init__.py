"""MoEfication (Zhang et al., Findings of ACL 2022): a dense model run through some experts."""

from brodmann.neurons.claims.moefication import CLAIMS
from brodmann.studies.moefication.part import SPARSE_USE
from brodmann.studies.moefication.speed import SPEED
from brodmann.studies.study import Study

PARTS = (SPARSE_USE, SPEED)
"""The parts of the study, in the order of the report."""
STUDY = Study(
    name="moefication",
    title="MoEfication",
    question="Does a model keep its tasks when each token runs through a few experts of every FFN?",
    parts={part.name: part for part in PARTS},
    claims=CLAIMS,
)
"""What ``experiment=moefication`` runs."""
