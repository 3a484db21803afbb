"""How a prediction leaves the backbone: rows of the LM head at one position, or a classifier."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from brodmann.backbones.backbone import Backbone
from brodmann.backbones.family import Family
from brodmann.backbones.inputs import Inputs
from brodmann.backbones.words import label_word_ids
from brodmann.config.schema import ReadoutConfig, TaskConfig

FUNCTIONS: dict[str, Callable[[Tensor, Any], Tensor]] = {
    "gelu()": lambda states, config: functional.gelu(states),
    "t5_scale()": lambda states, config: (
        states * config.d_model**-0.5 if _scaled(config) else states
    ),
}
"""Steps of an LM head that are no modules."""


def _scaled(config: Any) -> bool:
    return bool(getattr(config, "scale_decoder_outputs", config.tie_word_embeddings))


class Words(nn.Module):
    """Logits of the label words: their rows of the LM head, at the read-out's position only.

    The rows are taken from the real weight at every call, so that methods which train it train
    the real one.

    Args:
        backbone: With its LM head.
        words: One word per class.
        with_mask: Whether a [MASK] is put into the inputs.
    """

    def __init__(self, backbone: Backbone, words: Sequence[str], with_mask: bool) -> None:
        super().__init__()
        self.with_mask = with_mask
        ids = label_word_ids(backbone.tokenizer, list(words), backbone.kind)
        self.register_buffer("ids", torch.tensor(ids), persistent=False)
        self._model = (backbone.model,)
        self._family = backbone.family

    def forward(self, hidden: Tensor, inputs: Inputs) -> Tensor:
        """Hidden states [B, T, d] -> logits [B, classes]."""
        (model,) = self._model
        states = before_words(model, self._family, hidden[:, inputs.read])
        decoder: Any = model.get_submodule(self._family.decoder)
        bias = decoder.bias[self.ids] if decoder.bias is not None else None
        return functional.linear(states, decoder.weight[self.ids], bias)


def before_words(model: Any, family: Family, states: Tensor) -> Tensor:
    """Hidden states as the LM head's last layer takes them.

    Args:
        model: With its LM head.
        family: Says what the head is made of.
        states: Hidden states, float ``[..., d]``.
    """
    for step in family.head:
        states = (
            FUNCTIONS[step](states, model.config)
            if step in FUNCTIONS
            else model.get_submodule(step)(states)
        )
    return states


class Vocabulary(nn.Module):
    """Logits of every word, at the positions whose states predict a token and nowhere else.

    Args:
        backbone: With its LM head, which is the backbone's own and no weight of this module.
    """

    with_mask = False

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self._model = (backbone.model,)
        self._family = backbone.family

    def forward(self, hidden: Tensor, inputs: Inputs) -> Tensor:
        """Hidden states [B, T, d] -> logits [M, vocabulary]."""
        (model,) = self._model
        states = hidden.flatten(0, 1)[inputs.predicted]
        decoder: Any = model.get_submodule(self._family.decoder)
        return decoder(before_words(model, self._family, states))


class Classifier(nn.Module):
    """A linear layer on one pooled state, initialised N(0, 0.02^2) with zero bias.

    Args:
        backbone: Text (pooled as the settings say) or vision (as its own head pools).
        classes: Number of classes.
        pooling: ``mean`` over the text's own tokens, or ``cls``.
        generator: The run's source of random numbers.
    """

    with_mask = False

    def __init__(
        self, backbone: Backbone, classes: int, pooling: str, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.head = nn.Linear(backbone.hidden_size, classes)
        with torch.no_grad():
            self.head.weight.copy_(
                torch.randn(self.head.weight.shape, generator=generator).mul_(0.02)
            )
            self.head.bias.zero_()
        self._pool = POOLINGS[backbone.family.name if backbone.modality == "image" else pooling]
        self._model = (backbone.model,)

    def forward(self, hidden: Tensor, inputs: Inputs) -> Tensor:
        """Hidden states [B, T, d] -> logits [B, classes]."""
        return self.head(self._pool(hidden, inputs, self._model[0]).to(self.head.weight.dtype))


def _mean(hidden: Tensor, inputs: Inputs, model: Any) -> Tensor:
    weight = inputs.content.unsqueeze(-1).to(hidden.dtype)  # type: ignore[union-attr]
    return (hidden * weight).sum(1) / weight.sum(1).clamp(min=1)


POOLINGS: dict[str, Callable[[Tensor, Inputs, Any], Tensor]] = {
    "mean": _mean,
    "cls": lambda hidden, inputs, model: hidden[:, inputs.read],
    "vit": lambda hidden, inputs, model: hidden[:, 0],
    "timm_vit": lambda hidden, inputs, model: model.forward_head(hidden, pre_logits=True),
}
"""How hidden states ``[B, T, D]`` become one vector ``[B, D]`` for a classifier."""


def build_readout(
    name: str,
    backbone: Backbone,
    settings: ReadoutConfig,
    task: TaskConfig,
    classes: Sequence[str],
    generator: torch.Generator,
) -> nn.Module:
    """The read-out of a run.

    Args:
        name: ``label_words``, ``classifier``, ``next_token`` or ``decoder_token``.
        backbone: What is read.
        settings: Pooling and position.
        task: Names the label words; without any, the classes' names are taken.
        classes: Names of the classes.
        generator: Source of a classifier's first weights.

    Raises:
        RequestError: A label word that is not one token.
    """
    if name == "classifier":
        return Classifier(backbone, len(classes), settings.pooling, generator)
    with_mask = name == "label_words" and settings.position == "mask"
    return Words(backbone, task.label_words or classes, with_mask)
