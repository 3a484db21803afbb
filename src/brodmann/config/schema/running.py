"""How a run is trained, where, and who hears of it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class OptimizerConfig:
    """The optimizer and its schedule: linear warm-up, then decay to zero."""

    name: str = "adamw"
    """``adam`` or ``adamw``."""
    lr: float = 1e-3
    """Largest learning rate, above 0."""
    weight_decay: float = 0.0
    """Decoupled (``adamw``) or as an L2 term (``adam``); ``method=pretrain`` spares
    biases and norms."""
    betas: list[float] = field(default_factory=lambda: [0.9, 0.999])
    """Decay rates of the two moments."""
    eps: float = 1e-8
    """Added to the denominator."""
    warmup: float = 0.06
    """Share of all steps."""
    schedule: str = "linear"
    """``linear``, ``cosine`` or ``constant`` (after the warm-up)."""


@dataclass
class TrainingConfig:
    """How long and in what portions a method is trained."""

    batch_size: int = 32
    """Examples per optimizer step, over all devices."""
    eval_batch_size: int = 128
    """Examples per batch of validation and test."""
    epochs: int = 10
    """Passes over the training examples."""
    max_steps: int | None = None
    """Upper bound on optimizer steps, if the epochs hold more."""
    eval_every: int = 500
    """Steps between two validations (never more than an epoch)."""
    patience: int = 6
    """Validations without improvement after which training ends."""
    clip_norm: float = 1.0
    """Largest gradient norm; 0 turns clipping off."""
    start: str | None = None
    """A run's ``method.safetensors``: tuning goes on from its tensors instead of new ones."""


@dataclass
class TrainerConfig:
    """Where a run is carried out."""

    name: str = "auto"
    """As typed after ``trainer=``: ``auto``, ``cpu``, ``gpu``, ``ddp`` or ``fsdp``."""
    accelerator: str = "auto"
    """``auto`` (a GPU where there is one), ``cpu`` or ``gpu``."""
    devices: int = 1
    """Number of devices of one run; -1: all."""
    strategy: str = "auto"
    """Lightning's strategy over several devices: ``auto``, ``ddp``, ``fsdp``."""
    precision: str = "auto"
    """``auto``: ``32-true`` on CPU, ``bf16-mixed`` on a GPU that has it; or any of Lightning's."""
    threads: int | None = None
    """CPU threads; ``OMP_NUM_THREADS``, else all cores, when not given. Recorded, since sums
    depend on it in the last bit."""
    workers: int = 0
    """Processes that load images; text is held in memory."""
    checkpoint_seconds: float = 60.0
    """Longest time between two resume checkpoints."""


@dataclass
class LoggerConfig:
    """Where metrics are mirrored; ``history.csv`` is always written."""

    name: str = "wandb"
    """``wandb`` or ``none``."""
    mode: str = "offline"
    """``offline`` or ``online``."""
    project: str = "brodmann"
    """W&B's project."""
    predictions: int = 50
    """Rows of the table of test predictions."""


@dataclass
class LauncherConfig:
    """How the jobs of a sweep are carried out."""

    name: str = "basic"
    """``basic`` (one after the other), ``joblib`` (a pool) or ``submitit`` (SLURM)."""
    n_jobs: int = 1
    """Jobs at a time; -1: one per GPU, or one per two cores."""
    cluster: str = "slurm"
    """submitit: ``slurm`` or ``local``."""
    timeout_min: int = 240
    """submitit: minutes that a job may take."""
    partition: str | None = None
    """submitit: SLURM's partition; the cluster's own default when not given."""
