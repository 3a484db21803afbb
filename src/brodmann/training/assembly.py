"""The parts of a run, built in reading order: backbone, method, read-out, feeders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from brodmann.backbones.backbone import Backbone, load_backbone
from brodmann.backbones.source import ModelSource
from brodmann.config.schema import TrainConfig
from brodmann.errors import RequestError
from brodmann.methods import build_method
from brodmann.methods.goal import readout_name
from brodmann.methods.tuned import TunedModel
from brodmann.tasks.data import TaskData
from brodmann.training.feeder import Feeder
from brodmann.training.parts import PARTS


@dataclass
class Assembly:
    """What is trained, and what on.

    Attributes:
        tuned: Backbone, method and read-out as one module.
        train: Examples of the training split.
        val: Examples of the validation split.
        test: Examples of the test split.
        classes: How many classes, or words, a prediction chooses from.
        spoken: The name of a class, or a word, by its number.
    """

    tuned: TunedModel
    train: Feeder
    val: Feeder
    test: Feeder
    classes: int
    spoken: Callable[[int], str]


def assemble_run(config: TrainConfig, data: TaskData, source: ModelSource) -> Assembly:
    """Build everything that a run trains and reads, from its seed.

    Args:
        config: The run's settings.
        data: The task's splits.
        source: Where the backbone lies.

    Raises:
        RequestError: A read-out, label word or length that does not fit the backbone.
    """
    if data.goal not in PARTS:
        raise RequestError("task", config.task.name, "functions are not trained on",
                           "use analyze.py experiment=modularity functions=[...]")  # fmt: skip
    backbone = load_backbone(source, config.model, readout_name(config, source))
    generator = torch.Generator().manual_seed(config.seed)
    method = build_method(config.method, backbone, generator)
    parts = PARTS[data.goal](config, data, source, backbone, generator)
    tuned = TunedModel(backbone, method, parts.readout)
    return Assembly(tuned, *parts.feeders, parts.classes, parts.spoken)


def describe(assembly: Assembly) -> dict[str, Any]:
    """Numbers for the header: trained and total parameters."""
    backbone: Backbone = assembly.tuned.backbone
    return {
        "trained": sum(p.numel() for p in assembly.tuned.trained().values()),
        "total": sum(p.numel() for p in assembly.tuned.parameters()),
        "kind": backbone.kind,
    }
