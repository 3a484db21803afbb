"""What is trained: one dataclass for each method."""

from __future__ import annotations

from dataclasses import dataclass

from omegaconf import MISSING


@dataclass
class MethodConfig:
    """What is trained on the frozen backbone."""

    name: str = MISSING
    """As typed after ``method=``."""
    backbone_mode: str = "eval"
    """``eval``, or ``train`` (the backbone's dropout is on during tuning, as in the paper)."""
    clip_scope: str = "trained"
    """Gradient norm is taken over the ``trained`` tensors, or ``all`` (the frozen ones too)."""
    layout: str = "paper"
    """``paper``: [MASK], prompts, text; ``cls_first``: [CLS], [MASK], prompts, rest of the text."""


@dataclass
class PromptConfig(MethodConfig):
    """Soft prompts (Lester et al. 2021; Wang et al. 2022, section 2)."""

    name: str = "prompt"
    length: int = 127
    """Number of soft prompts."""
    init_std: float = 0.03
    """Prompts start from N(0, init_std^2)."""


@dataclass
class FrozenConfig(MethodConfig):
    """Nothing is trained: random soft prompts, or a hand-written one."""

    name: str = "frozen"
    length: int = 127
    """Number of random prompts."""
    init_std: float = 0.03
    """They are drawn from N(0, init_std^2)."""
    text: str | None = None
    """A hand-written prompt; its tokens take the place of the random prompts."""
    random_head: bool = False
    """Let a classifier head stand that is never trained: its answers are random, but neurons can be
    looked at (studies do)."""


@dataclass
class AdapterConfig(MethodConfig):
    """Bottleneck adapters (Houlsby et al. 2019; Pfeiffer et al. 2021)."""

    name: str = "adapter"
    variant: str = "pfeiffer"
    """``pfeiffer`` (after the FFN) or ``houlsby`` (after attention and after the FFN)."""
    reduction: int = 16
    """Backbone width divided by the bottleneck's width."""


@dataclass
class BitfitConfig(MethodConfig):
    """Every bias of the backbone (Ben Zaken et al. 2022)."""

    name: str = "bitfit"


@dataclass
class LoraConfig(MethodConfig):
    """Low-rank updates of the attention's query and value (Hu et al. 2022), through PEFT."""

    name: str = "lora"
    rank: int = 8
    """Rank of each update."""
    alpha: float = 16.0
    """Updates are scaled by alpha / rank."""
    dropout: float = 0.0
    """Dropout on the updates' input."""


@dataclass
class Ia3Config(MethodConfig):
    """Learned rescaling of keys, values and FFN neurons (Liu et al. 2022), through PEFT."""

    name: str = "ia3"


@dataclass
class FullConfig(MethodConfig):
    """Every weight of the backbone."""

    name: str = "full"


@dataclass
class PretrainConfig(MethodConfig):
    """Every weight, by language modelling on a corpus; makes a backbone, kept on the way."""

    name: str = "pretrain"
    backbone_mode: str = "train"
    """The backbone's own dropout is on (``train``) or off (``eval``)."""
    objective: str = "auto"
    """``auto``: ``mlm`` (masked tokens) for encoders, ``clm`` (the next token) for decoders."""
    mask_rate: float = 0.15
    """Share of a sequence's tokens that ``mlm`` predicts."""
    checkpoints: list[int] | None = None
    """Steps whose weights are kept, 0 and the last one always; 0, 1, 2, 4, ... when not given."""
    probe_task: str | None = None
    """Text task by which the neurons are measured while they form, as typed after ``task=``."""
    probe_size: int = 256
    """Validation examples of the probe task that are used, at most."""
    capture_steps: list[int] | None = None
    """Steps at which the probe is measured; those of the checkpoints when not given."""
