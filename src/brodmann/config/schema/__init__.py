"""Every setting there is: one dataclass per configuration node, closed and typed.

The YAML files under ``conf/`` choose values; these classes say which keys exist, of what type,
and what they mean. Nothing here imports torch, so a wrong request is answered at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from omegaconf import MISSING

from brodmann.config.schema.methods import (
    AdapterConfig,
    BitfitConfig,
    FrozenConfig,
    FullConfig,
    Ia3Config,
    LoraConfig,
    MethodConfig,
    PretrainConfig,
    PromptConfig,
)
from brodmann.config.schema.models import ModelConfig, ReadoutConfig
from brodmann.config.schema.running import (
    LauncherConfig,
    LoggerConfig,
    OptimizerConfig,
    TrainerConfig,
    TrainingConfig,
)
from brodmann.config.schema.tasks import (
    CorpusTask,
    CsvTask,
    DataConfig,
    FunctionsTask,
    ImageTask,
    PlaygroundTask,
    TaskConfig,
    TextTask,
)

__all__ = [
    "AdapterConfig",
    "BitfitConfig",
    "CorpusTask",
    "CsvTask",
    "DataConfig",
    "FrozenConfig",
    "FullConfig",
    "FunctionsTask",
    "Ia3Config",
    "ImageTask",
    "LauncherConfig",
    "LoggerConfig",
    "LoraConfig",
    "MethodConfig",
    "ModelConfig",
    "OptimizerConfig",
    "PlaygroundTask",
    "PretrainConfig",
    "PromptConfig",
    "ReadoutConfig",
    "TaskConfig",
    "TextTask",
    "TrainConfig",
    "TrainerConfig",
    "TrainingConfig",
]


@dataclass
class TrainConfig:
    """All of ``python train.py``."""

    task: TaskConfig = MISSING
    model: ModelConfig = MISSING
    method: MethodConfig = MISSING
    readout: ReadoutConfig = field(default_factory=ReadoutConfig)
    data: DataConfig = field(default_factory=DataConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    logger: LoggerConfig = field(default_factory=LoggerConfig)
    launcher: LauncherConfig = field(default_factory=LauncherConfig)
    preset: str = "standard"
    """Budgets and protocol: ``quick``, ``standard`` or ``faithful``."""
    seed: int = 0
    """Initialisation and order only."""
    runs_dir: str = "runs"
    """Folder of all runs."""
    resume: bool = True
    """``true``: a finished run is taken as it is, an interrupted one goes on; ``false``: it is
    trained anew."""
    debug: bool = False
    """Show the whole trace of an error."""
