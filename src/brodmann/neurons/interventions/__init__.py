"""Changing units in the forward pass: kinds, common random numbers, hooks and files."""

from brodmann.neurons.interventions.files import load_interventions, save_interventions
from brodmann.neurons.interventions.intervention import PER, Intervention
from brodmann.neurons.interventions.kinds import KINDS, Kind
from brodmann.neurons.interventions.plan import Arm, Plan
from brodmann.neurons.interventions.running import change_sites, intervene

__all__ = [
    "KINDS",
    "PER",
    "Arm",
    "Intervention",
    "Kind",
    "Plan",
    "change_sites",
    "intervene",
    "load_interventions",
    "save_interventions",
]
