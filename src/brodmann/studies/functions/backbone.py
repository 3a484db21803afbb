"""A function asked of a frozen backbone: no prompts, linear probes on its last hidden states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from brodmann.backbones.assembling import assemble
from brodmann.backbones.backbone import Backbone, load_backbone
from brodmann.backbones.inputs import Inputs
from brodmann.backbones.readouts import POOLINGS
from brodmann.backbones.sites import (
    block_paths,
    find_sites,
    output_norms,
    token_masks,
    unsplit_blocks,
)
from brodmann.backbones.source import check_length
from brodmann.backbones.widths import find_ffns
from brodmann.lab.prepare import Prepared
from brodmann.methods.goal import LONGEST
from brodmann.neurons.partition.rows import neuron_rows
from brodmann.neurons.scores.columns import Columns
from brodmann.neurons.sites import Site, address
from brodmann.neurons.subject import Batch
from brodmann.neurons.subject import Prepared as Ready
from brodmann.studies.functions.feeding import FunctionFeeder
from brodmann.studies.functions.probes import Probes, fit_probes
from brodmann.tasks.functions import FunctionData
from brodmann.training.plan import evaluation_batches


class BareSubject:
    """A backbone without a method; its answers are those of linear probes.

    Args:
        backbone: Frozen, in eval mode.

    Attributes:
        model: The backbone's module.
        sites: Its FFN neurons.
        blocks: Paths of the transformer blocks.
        unsplit: Blocks whose inputs something after them reads again.
        probes: What turns a pooled state into logits; the states themselves where None.
    """

    def __init__(self, backbone: Backbone) -> None:
        self.backbone, self.model = backbone, backbone.model
        self.sites: list[Site] = address(find_sites(backbone), "*.ffn")
        self.blocks = block_paths(backbone)
        self.unsplit = unsplit_blocks(backbone)
        self.probes: Probes | None = None

    def prepare(self, batch: Batch) -> Ready:
        """Embed a batch and say what its positions are."""
        on_device = {name: values.to(self.backbone.device) for name, values in batch.items()}
        inputs = assemble(self.backbone, on_device, None, "paper", False)
        masks = token_masks(self.backbone, inputs, on_device.get("target"))
        return Ready(inputs, masks, on_device["index"])

    def predict(self, inputs: Inputs) -> Tensor:
        """Logits of all questions, float ``[B, K]``, or the pooled states ``[B, D]``."""
        hidden = self.backbone.hidden(inputs)
        pooled = self._pooled(hidden, inputs.repeat(len(hidden) // len(inputs.embeds)))
        return pooled if self.probes is None else self.probes(pooled)

    def repeat(self, inputs: Inputs, times: int) -> Inputs:
        """The same batch several times over."""
        return inputs.repeat(times)

    def _pooled(self, hidden: Tensor, inputs: Inputs) -> Tensor:
        """Mean over the text's own tokens; the decoder's first state of an encoder-decoder."""
        if self.backbone.kind == "encoder_decoder":
            return hidden[:, 0].float()
        return POOLINGS["mean"](hidden, inputs, self.model).float()


class OnBackbone:
    """``Probed`` of a request: a frozen backbone with a function's questions.

    Args:
        prepared: A request whose task is a function.
    """

    def __init__(self, prepared: Prepared) -> None:
        self.prepared = prepared
        self._data: Any = prepared.data
        config, source = prepared.config, prepared.source
        self.backbone = load_backbone(source, config.model, "classifier")
        if torch.cuda.is_available() and config.trainer.accelerator != "cpu":
            self.backbone.cuda()
        room = min(check_length(source, 0, False), LONGEST)
        self._longest = min(room, config.data.max_length or room)
        self.subject = BareSubject(self.backbone)
        self._feeders: dict[str, FunctionFeeder] = {}

    @property
    def questions(self) -> Sequence[str]:
        """Names of the questions."""
        data: FunctionData = self._data
        return data.questions

    @property
    def facts(self) -> Mapping[str, str | int]:
        """What it is."""
        config = self.prepared.config
        return {
            "function": config.task.name.removeprefix("functions/"), "model": config.model.name,
            "seed": config.model.init_seed, "model_digest": self.prepared.source.digest,
        }  # fmt: skip

    def columns(self, split: str, most: int | None) -> Columns:
        """Answers, ``[N, K]``."""
        rows = self._rows(split, most)
        asked = torch.as_tensor(self._data.asked[split].question[rows])
        valid = asked[:, None] == torch.arange(len(self.questions))
        labels = torch.as_tensor(getattr(self._data, split).labels[rows]) == 1
        return Columns(tuple(self.questions), valid & labels[:, None], valid=valid)

    def groups(self, split: str, most: int | None) -> Tensor:
        """Which rows belong together."""
        return torch.as_tensor(self._data.asked[split].group[self._rows(split, most)])

    def batches(self, split: str, most: int | None) -> Iterator[Batch]:
        """The rows, in batches of like length."""
        feeder, rows = self._feeder(split), self._rows(split, most)
        size = self.prepared.config.training.eval_batch_size
        for batch in evaluation_batches(feeder.lengths_of(rows), size):
            yield {**feeder.batch(rows[batch]), "index": torch.as_tensor(batch)}

    def norms(self) -> dict[str, Tensor]:
        """Norms of the neurons' output weights."""
        return {site.name: output_norms(self.backbone, site) for site in self.subject.sites}

    def rows(self, which: str = "up") -> dict[str, Tensor]:
        """Input weights of the neurons."""
        ffns = find_ffns(self.backbone.model, self.backbone.family, self.backbone._body_path)
        return {ffn.site: neuron_rows(self.backbone.model, ffn, which) for ffn in ffns}

    def competence(self) -> Tensor:
        """Fit a probe for each question; accuracy above one half, cross-validated on train."""
        self.subject.probes = None
        states = self._states()
        probes, competence = fit_probes(states, self.columns("train", None),
                                        self.groups("train", None))  # fmt: skip
        self.subject.probes = probes
        return competence

    @torch.inference_mode()
    def _states(self) -> Tensor:
        """Pooled last states of the train split, float32 ``[N, D]``."""
        found: list[tuple[Tensor, Tensor]] = []
        for batch in self.batches("train", None):
            ready = self.subject.prepare(batch)
            found.append((batch["index"], self.subject.predict(ready.inputs).cpu()))
        index, states = (torch.cat(part) for part in zip(*found, strict=True))
        return states[index.argsort()]

    def _rows(self, split: str, most: int | None) -> NDArray[np.int64]:
        """The first so many rows of each answer to each question."""
        question, labels = self._data.asked[split].question, getattr(self._data, split).labels
        return first_of_each(2 * question + labels, most)

    def _feeder(self, split: str) -> FunctionFeeder:
        if split not in self._feeders:
            self._feeders[split] = FunctionFeeder(
                getattr(self._data, split), self._data.asked[split].targets, self.backbone,
                self._longest, self.prepared.config.data.pair,
            )  # fmt: skip
        return self._feeders[split]


def first_of_each(kinds: NDArray[np.int64], most: int | None) -> NDArray[np.int64]:
    """Rows such that each kind has at most so many, the first ones.

    Example:
        >>> first_of_each(np.array([0, 0, 1, 0, 1]), 1).tolist()
        [0, 2]
    """
    if most is None:
        return np.arange(len(kinds))
    order = np.argsort(kinds, kind="stable")
    starts = np.searchsorted(kinds[order], kinds[order])
    rank = np.empty_like(order)
    rank[order] = np.arange(len(kinds)) - starts
    return np.flatnonzero(rank < most)
