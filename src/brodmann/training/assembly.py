"""The parts of a run, built in reading order: backbone, method, read-out, feeders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from brodmann.backbones.backbone import Backbone, load_backbone
from brodmann.backbones.readouts import build_readout
from brodmann.backbones.source import ModelSource, check_length
from brodmann.config.schema import TrainConfig
from brodmann.errors import RequestError
from brodmann.methods import build_method
from brodmann.methods.check import prompt_length
from brodmann.methods.tuned import TunedModel
from brodmann.tasks.data import Examples, TaskData
from brodmann.tasks.functions import FunctionData
from brodmann.training.feeder import Feeder, ImageFeeder, TextFeeder

LONGEST = 512
"""Tokens of a text when neither the model nor ``data.max_length`` says less."""


@dataclass
class Assembly:
    """What is trained, and what on.

    Attributes:
        tuned: Backbone, method and read-out as one module.
        train: Examples of the training split.
        val: Examples of the validation split.
        test: Examples of the test split.
    """

    tuned: TunedModel
    train: Feeder
    val: Feeder
    test: Feeder


def assemble_run(config: TrainConfig, data: TaskData, source: ModelSource) -> Assembly:
    """Build everything that a run trains and reads, from its seed.

    Args:
        config: The run's settings.
        data: The task's splits.
        source: Where the backbone lies.

    Raises:
        RequestError: A read-out, label word or length that does not fit the backbone.
    """
    if isinstance(data, FunctionData):
        raise RequestError("task", config.task.name, "functions are not trained on",
                           "use analyze.py experiment=modularity functions=[...]")  # fmt: skip
    name = readout_name(config, source)
    backbone = load_backbone(source, config.model, name)
    generator = torch.Generator().manual_seed(config.seed)
    method = build_method(config.method, backbone, generator)
    readout = build_readout(name, backbone, config.readout, config.task, data.classes, generator)
    tuned = TunedModel(backbone, method, readout)
    splits = (data.train, data.val, data.test)
    return Assembly(tuned, *(_feeder(split, backbone, config, source) for split in splits))


def readout_name(config: TrainConfig, source: ModelSource) -> str:
    """The read-out that is used: the one asked for, or the backbone's default."""
    return source.readouts[0] if config.readout.name == "auto" else config.readout.name


def _feeder(examples: Examples, backbone: Any, config: TrainConfig, source: ModelSource) -> Feeder:
    if backbone.modality == "image":
        return ImageFeeder(examples, backbone)
    with_mask = readout_name(config, source) == "label_words"
    room = min(check_length(source, prompt_length(config.method, source), with_mask), LONGEST)
    longest = min(room, config.data.max_length or room)
    return TextFeeder(examples, backbone, longest, config.data.pair)


def describe(assembly: Assembly) -> dict[str, Any]:
    """Numbers for the header: trained and total parameters."""
    backbone: Backbone = assembly.tuned.backbone
    return {
        "trained": sum(p.numel() for p in assembly.tuned.trained().values()),
        "total": sum(p.numel() for p in assembly.tuned.parameters()),
        "kind": backbone.kind,
    }
