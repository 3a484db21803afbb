"""Planted models: transformers whose weights were set by hand, so that the truth is known."""

from __future__ import annotations

from brodmann.playground.planted.cases import CASES
from brodmann.playground.planted.checkpoints import PlantedSeries, growing
from brodmann.playground.planted.function import PlantedFunction
from brodmann.playground.planted.modules import MODULES
from brodmann.playground.planted.opened import PlantedRun
from brodmann.playground.planted.truth import Modules
from brodmann.playground.planted.world import Task, World

__all__ = [
    "CASES",
    "MODULES",
    "Modules",
    "PlantedFunction",
    "PlantedRun",
    "PlantedSeries",
    "Task",
    "World",
    "growing",
]
