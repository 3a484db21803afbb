"""A backbone, and how a prediction leaves it."""

from __future__ import annotations

from dataclasses import dataclass

from omegaconf import MISSING


@dataclass
class ModelConfig:
    """A backbone: which one, from where, in which precision its weights are held."""

    name: str = MISSING
    """As typed after ``model=``."""
    library: str = "hf"
    """``hf``, ``timm``, or ``nano`` (pre-trained on the playground at first use, by the recipe
    of ``model.name``)."""
    family: str | None = None
    """Row of ``brodmann.backbones.families``; found from the checkpoint when not given."""
    path: str | None = None
    """Hub id or local folder."""
    revision: str = "main"
    """Branch, tag or commit of a hub model."""
    init: str = "pretrained"
    """``pretrained``; ``random``: a twin of the same shape with random weights; ``shuffled``: a
    twin in which the entries of every weight matrix have changed places."""
    init_seed: int = 0
    """Seed of ``init=random`` and ``init=shuffled``; of ``init=pretrained``, that of a nano
    backbone's pre-training."""
    pruned: str | None = None
    """Pruned FFNs that take the place of the backbone's own: a folder that ``save_pruned`` wrote,
    or one safetensors file (``brodmann.backbones.ffns``)."""
    dtype: str = "float32"
    """``float32``, ``bfloat16``, ``float16`` or ``float64``."""
    attention: str = "sdpa"
    """``sdpa`` or ``eager`` (needed for attention maps)."""


@dataclass
class ReadoutConfig:
    """How a prediction leaves the backbone."""

    name: str = "auto"
    """``auto``, ``label_words``, ``classifier``, ``next_token`` or ``decoder_token``."""
    pooling: str = "mean"
    """Classifier on text: ``mean`` over the tokens, or ``cls``; images follow their model."""
    position: str = "mask"
    """Label words: at an inserted ``mask``, or at the first token (``cls``; the released code's
    way for adapters and BitFit)."""
