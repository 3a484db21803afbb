"""What the two goals of a run, classes and tokens, are made of: read-out and feeders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, cast

import torch
from torch import nn

from brodmann.backbones.backbone import Backbone
from brodmann.backbones.readouts import Vocabulary, build_readout
from brodmann.backbones.source import ModelSource, check_length
from brodmann.config.schema import PretrainConfig, TrainConfig
from brodmann.methods.check import prompt_length
from brodmann.methods.goal import LONGEST, objective_of, readout_name, sequence_length
from brodmann.tasks.data import Examples, TaskData
from brodmann.tasks.parts import ROLES, SPOKEN
from brodmann.training.feeder import Feeder, ImageFeeder, TextFeeder
from brodmann.training.objectives import build_objective
from brodmann.training.sequences import SequenceFeeder


class Parts(NamedTuple):
    """What depends on the goal.

    Attributes:
        readout: How predictions leave the backbone.
        feeders: Of training, validation and test.
        classes: How many classes, or words, there are to choose from.
        spoken: The name of a class, or a word, by its number.
    """

    readout: nn.Module
    feeders: tuple[Feeder, Feeder, Feeder]
    classes: int
    spoken: Callable[[int], str]


def _classes(
    config: TrainConfig,
    data: TaskData,
    source: ModelSource,
    backbone: Backbone,
    generator: torch.Generator,
) -> Parts:
    name = readout_name(config, source)
    readout = build_readout(name, backbone, config.readout, config.task, data.classes, generator)
    train, val, test = (
        _feeder(split, backbone, config, source) for split in (data.train, data.val, data.test)
    )
    return Parts(readout, (train, val, test), len(data.classes), data.classes.__getitem__)


def _feeder(examples: Examples, backbone: Any, config: TrainConfig, source: ModelSource) -> Feeder:
    if backbone.modality == "image":
        return ImageFeeder(examples, backbone)
    with_mask = readout_name(config, source) == "label_words"
    room = min(check_length(source, prompt_length(config.method, source), with_mask), LONGEST)
    longest = min(room, config.data.max_length or room)
    return TextFeeder(examples, backbone, longest, config.data.pair)


def _tokens(
    config: TrainConfig,
    data: TaskData,
    source: ModelSource,
    backbone: Backbone,
    generator: torch.Generator,
) -> Parts:
    words = len(backbone.model.get_input_embeddings().weight)  # type: ignore[operator]
    objective = build_objective(
        objective_of(config, source), backbone.tokenizer, words,
        cast(PretrainConfig, config.method), config.seed,
    )  # fmt: skip
    length = sequence_length(config, source)
    train, val, test = (
        SequenceFeeder(getattr(data, role), SPOKEN[role], backbone, length, objective)
        for role in ROLES
    )
    spoken = backbone.tokenizer.convert_ids_to_tokens
    return Parts(Vocabulary(backbone), (train, val, test), words, spoken)


PARTS: dict[str, Callable[..., Parts]] = {"classes": _classes, "tokens": _tokens}
"""Goal of a task -> what is built for it."""
