"""Skill Neurons (Wang et al., EMNLP 2022), every experiment of it."""

from brodmann.neurons.claims.skill_neurons import CLAIMS
from brodmann.studies.skill_neurons.controls import CONTROLS
from brodmann.studies.skill_neurons.origin import ORIGIN
from brodmann.studies.skill_neurons.perturbation import PERTURBATION
from brodmann.studies.skill_neurons.predictivity import PREDICTIVITY
from brodmann.studies.skill_neurons.pruning import PRUNING
from brodmann.studies.skill_neurons.specificity import SPECIFICITY
from brodmann.studies.skill_neurons.transfer import TRANSFER
from brodmann.studies.skill_neurons.word_selectivity import WORD_SELECTIVITY
from brodmann.studies.study import Study

PARTS = (
    PREDICTIVITY, PERTURBATION, SPECIFICITY, WORD_SELECTIVITY, ORIGIN, PRUNING, TRANSFER, CONTROLS,
)  # fmt: skip
"""The parts of the study, in the order of the report."""

STUDY = Study(
    name="skill_neurons",
    title="Skill neurons",
    question="Do single neurons predict a task, and does the model need them for it?",
    parts={part.name: part for part in PARTS},
    claims=CLAIMS,
)
"""What ``experiment=skill_neurons`` runs."""
