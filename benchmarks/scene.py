"""The common ground of a training benchmark: a model's shape, texts, a batch size."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from brodmann.backbones.backbone import load_backbone
from brodmann.backbones.readouts import build_readout
from brodmann.backbones.source import resolve_model
from brodmann.config.schema import (
    ModelConfig,
    OptimizerConfig,
    PromptConfig,
    ReadoutConfig,
    TextTask,
    TrainConfig,
    TrainingConfig,
)
from brodmann.methods import build_method
from brodmann.methods.tuned import TunedModel
from brodmann.tasks.encode import Encoded, collate_text

SHAPES = {
    "nano": {"hidden_size": 128, "num_hidden_layers": 4, "num_attention_heads": 4,
             "intermediate_size": 512, "vocab_size": 320},
    "base": {"vocab_size": 30522},
}  # fmt: skip
LABEL_IDS = (10, 11)


@dataclass(frozen=True)
class Scene:
    """What every side of a comparison gets; also a feeder of our own loop."""

    shape: str
    folder: Path
    rows: list[list[int]]
    labels: NDArray[np.int64]
    size: int
    steps: int
    prompts: int
    longest: int

    @property
    def lengths(self) -> tuple[int, ...]:
        """Tokens per text."""
        return tuple(len(row) for row in self.rows)

    def batch(self, indices: NDArray[np.int64], step: int | None = None) -> dict[str, torch.Tensor]:
        """Texts padded to the longest of them, with labels."""
        batch = collate_text([Encoded(self.rows[i], None) for i in indices], 0, "right")
        targets = {"label": torch.tensor(self.labels[indices]), "index": torch.tensor(indices)}
        return {**batch, **targets}

    @property
    def config(self) -> TrainConfig:
        """Settings of our loop."""
        return TrainConfig(
            task=TextTask(name="t", classes=["a", "b"], label_words=["w10", "w11"]),
            model=ModelConfig(name=self.shape), method=PromptConfig(length=self.prompts),
            optimizer=OptimizerConfig(lr=1e-3), training=TrainingConfig(),
        )  # fmt: skip

    def tuned(self) -> TunedModel:
        """Backbone, prompts, label words."""
        model = ModelConfig(name=self.shape, path=str(self.folder), init="random")
        backbone = load_backbone(resolve_model(model, None), model, "label_words")
        generator = torch.Generator().manual_seed(0)
        method = build_method(self.config.method, backbone, generator)
        readout = build_readout(
            "label_words", backbone, ReadoutConfig(), self.config.task, ["a", "b"], generator
        )
        return TunedModel(backbone, method, readout)

    def changed(self, length: int | None = None, batch: int = 1, sequence: int = 1) -> Scene:
        """The same scene with another number of prompts, and a multiple of batch and texts."""
        rows = [row[:-1] + row[1:-1] * (sequence - 1) + row[-1:] for row in self.rows]
        return replace(self, prompts=length or self.prompts, size=self.size * batch, rows=rows,
                       longest=self.longest * sequence)  # fmt: skip


def build_scene(shape: str, arguments: argparse.Namespace, folder: Path) -> Scene:
    """Texts with lengths as in SST-2 and MNLI (log-normal, median about 24 tokens)."""
    _write_checkpoint(shape, folder)
    random = np.random.default_rng(0)
    sizes = np.clip(random.lognormal(3.2, 0.6, 1024).astype(int), 4, arguments.longest)
    words = SHAPES[shape]["vocab_size"]
    rows = [[1, *random.integers(20, words, n - 2).tolist(), 2] for n in sizes]
    labels = random.integers(0, 2, len(rows))
    return Scene(shape, folder, rows, labels, arguments.batch, arguments.steps, arguments.length,
                 arguments.longest)  # fmt: skip


def _write_checkpoint(shape: str, folder: Path) -> None:
    from tokenizers import Tokenizer, models
    from transformers import BertConfig, PreTrainedTokenizerFast

    BertConfig(**SHAPES[shape], architectures=["BertForMaskedLM"]).save_pretrained(folder)
    specials = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"]
    names = [*specials, *(f"w{i}" for i in range(5, SHAPES[shape]["vocab_size"]))]
    core = Tokenizer(models.WordLevel({w: i for i, w in enumerate(names)}, unk_token="[UNK]"))
    roles = ("pad_token", "cls_token", "sep_token", "unk_token", "mask_token")
    PreTrainedTokenizerFast(
        tokenizer_object=core, **dict(zip(roles, specials, strict=True))
    ).save_pretrained(folder)
