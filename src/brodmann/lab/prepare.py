"""What must be known before a run starts, found without torch: data, model, key, mistakes."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from brodmann.backbones.source import (
    ModelSource,
    check_label_words,
    check_length,
    check_place,
    resolve_model,
)
from brodmann.config.schema import TrainConfig
from brodmann.errors import RequestError, nearest
from brodmann.lab.device import accelerator_of, precision_of
from brodmann.lab.key import run_key, run_name
from brodmann.lab.run import RunFolder, unwritable
from brodmann.lab.vocabulary import vocabulary_note
from brodmann.methods.check import check_method, prompt_length
from brodmann.methods.goal import check_goal, objective_of, readout_name, sequence_length
from brodmann.methods.steps import chosen_steps
from brodmann.tasks import load_task
from brodmann.tasks.control import LABELS
from brodmann.tasks.data import TaskData
from brodmann.tasks.packing import fills_one, refuse_short
from brodmann.tasks.parts import ROLES, SPOKEN
from brodmann.tasks.probe import load_probe

Progress = Callable[[int, int], None]
"""``(steps done, steps in all)``: called while a backbone is pre-trained."""


_SOURCES: dict[tuple[str, str | None], ModelSource] = {}
_DATA: dict[tuple[str, str], TaskData] = {}
"""What the jobs of a sweep share, by the settings that determine it."""


@dataclass(frozen=True)
class Prepared:
    """A request that is known to be right.

    Attributes:
        config: Its settings.
        data: The task's splits.
        source: Where the backbone lies, and what it can do.
        folder: The run's folder, named by the content hash.
    """

    config: TrainConfig
    data: TaskData
    source: ModelSource
    folder: RunFolder


def prepare(config: TrainConfig, progress: Progress | None = None) -> Prepared:
    """Check a request from its cheapest part to its dearest, and name its run.

    Args:
        config: One job's settings.
        progress: Called with (step, steps) while the nano backbone is pre-trained.

    Raises:
        RequestError: Anything about it is wrong.
    """
    check_settings(config)
    data = _data(config)
    source = _model(config, progress)
    if not data.modality == ("image" if source.family.kind == "vision" else "text"):
        raise RequestError(
            "model", config.model.name, f"this backbone does not read the task's {data.modality}s",
            f"for task={config.task.name} the default is model={config.task.backbone}",
        )  # fmt: skip
    _CHECKS[data.goal](config, data, source)
    data = _with_note(config, data, source)
    key = run_key(config, data.digest, source.digest)
    folder = RunFolder(Path(config.runs_dir) / "train" / run_name(config, key))
    return Prepared(config, data, source, folder)


def _with_note(config: TrainConfig, data: TaskData, source: ModelSource) -> TaskData:
    note = vocabulary_note(config, data, source) if data.modality == "text" else None
    return replace(data, notes=(*data.notes, note)) if note else data


def check_settings(config: TrainConfig) -> None:
    """Refuse values that are wrong whatever the data and the model.

    Raises:
        RequestError: The first of them.
    """
    precision_of(config.trainer, accelerator_of(config.trainer))
    for key, value, least in _bounded(config):
        if value is not None and value < least:
            raise RequestError(key, value, "this is too small", f"give {least} or more")
    for key, word, known in _chosen(config):
        if word not in known:
            raise RequestError(key, word, "this is not known", nearest(word, known))
    if not 0 < config.optimizer.lr < math.inf:
        raise RequestError("optimizer.lr", config.optimizer.lr, "this must be above 0",
                           "give a number above 0, such as 0.001")  # fmt: skip
    check_method(config.method)
    check_goal(config)
    check_place(config.model, config.data.mirror)
    _check_start(config.training.start)
    check_writable(Path(config.runs_dir))


def _bounded(config: TrainConfig) -> list[tuple[str, float | None, float]]:
    training, data = config.training, config.data
    return [
        ("data.max_train", data.max_train, 1),
        ("data.max_test", data.max_test, 1),
        ("data.max_length", data.max_length, 3),
        ("data.split_seed", data.split_seed, 0),
        ("data.label_seed", data.label_seed, 0),
        ("seed", config.seed, 0),
        ("training.batch_size", training.batch_size, 1),
        ("training.eval_batch_size", training.eval_batch_size, 1),
        ("training.epochs", training.epochs, 1),
        ("training.max_steps", training.max_steps, 1),
        ("training.eval_every", training.eval_every, 1),
        ("training.patience", training.patience, 1),
        ("trainer.threads", config.trainer.threads, 1),
    ]


def _chosen(config: TrainConfig) -> list[tuple[str, str, tuple[str, ...]]]:
    return [
        ("model.init", config.model.init, ("pretrained", "random", "shuffled")),
        ("model.library", config.model.library, ("hf", "timm", "nano")),
        ("model.attention", config.model.attention, ("sdpa", "eager")),
        ("model.dtype", config.model.dtype, ("float32", "bfloat16", "float16", "float64")),
        ("readout.pooling", config.readout.pooling, ("mean", "cls")),
        ("readout.position", config.readout.position, ("mask", "cls")),
        ("data.labels", config.data.labels.lower(), LABELS),
        ("data.pair", config.data.pair, ("pair", "concat")),
        ("optimizer.name", config.optimizer.name, ("adam", "adamw")),
        ("optimizer.schedule", config.optimizer.schedule, ("linear", "cosine", "constant")),
        ("logger.name", config.logger.name, ("wandb", "none")),
        ("logger.mode", config.logger.mode, ("offline", "online")),
        ("launcher.name", config.launcher.name, ("basic", "joblib", "submitit")),
        ("launcher.cluster", config.launcher.cluster, ("slurm", "local")),
    ]


def _check_start(start: str | None) -> None:
    if start is not None and not Path(start).expanduser().is_file():
        raise RequestError("training.start", start, "there is no such file",
                           "give the method.safetensors of a run that is done")  # fmt: skip


def check_writable(folder: Path) -> None:
    """Refuse a ``runs_dir`` that cannot be written to.

    Raises:
        RequestError: See above.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise unwritable(folder, error) from error


def _check_classes(config: TrainConfig, data: TaskData, source: ModelSource) -> None:
    name = readout_name(config, source)
    if name not in source.readouts:
        raise RequestError(
            "readout.name", name, f"{config.model.name} has no such read-out",
            f"it has: {', '.join(source.readouts)}",
        )  # fmt: skip
    check_method(config.method, name)
    if data.modality == "text":
        check_length(source, prompt_length(config.method, source), name == "label_words")
    if name != "classifier":
        check_label_words(source, config.task.label_words or list(data.classes), len(data.classes))


def _check_questions(config: TrainConfig, data: TaskData, source: ModelSource) -> None:
    """Functions are asked of a backbone as it is: no read-out, no prompts."""
    if config.method.name != "frozen":
        raise RequestError("method", config.method.name, "functions are asked of frozen backbones",
                           "use analyze.py experiment=modularity functions=[...]")  # fmt: skip
    check_length(source, 0, False)


def _check_tokens(config: TrainConfig, data: TaskData, source: ModelSource) -> None:
    if config.readout.name != "auto":
        raise RequestError("readout.name", config.readout.name, "tokens are read by the LM head",
                           "leave it out")  # fmt: skip
    if config.trainer.strategy == "fsdp":
        raise RequestError("trainer", config.trainer.name, "step checkpoints need whole weights",
                           "type trainer=ddp")  # fmt: skip
    objective_of(config, source)
    _check_steps(config)
    length, path = sequence_length(config, source), source.folder / "tokenizer.json"
    if path.is_file():
        _check_long_enough(data, path, length, length - source.family.specials)
    if config.method.probe_task is not None:  # type: ignore[attr-defined]
        load_probe(config)


def _check_steps(config: TrainConfig) -> None:
    """As far as ``training.max_steps`` tells; a shorter corpus than that is found with its data."""
    if config.training.max_steps is not None:
        for key in ("checkpoints", "capture_steps"):
            wanted = getattr(config.method, key)
            chosen_steps(wanted, config.training.max_steps, f"method.{key}")


def _check_long_enough(data: TaskData, tokenizer: Path, length: int, room: int) -> None:
    """As far as the tokenizer's file tells; packing itself says it of the last few tokens."""
    from tokenizers import Tokenizer

    core = Tokenizer.from_file(str(tokenizer))
    for role in ROLES:
        texts = [text for (text,) in getattr(data, role).inputs]
        if not fills_one(texts, partial(_ids, core), room):
            raise refuse_short(SPOKEN[role], length)


def _ids(core: Any, texts: list[str]) -> list[list[int]]:
    return [one.ids for one in core.encode_batch(texts, add_special_tokens=False)]


_CHECKS = {"classes": _check_classes, "tokens": _check_tokens, "questions": _check_questions}
"""What a task holds -> what method, read-out and backbone must be for it."""


def _model(config: TrainConfig, progress: Progress | None) -> ModelSource:
    key = (repr(replace(config.model, name="")), config.data.mirror)
    if key not in _SOURCES:
        _SOURCES[key] = resolve_model(config.model, config.data.mirror, progress)
    return _SOURCES[key]


def _data(config: TrainConfig) -> TaskData:
    key = (repr(config.task), repr(config.data))
    if key not in _DATA:
        _DATA[key] = load_task(config.task, config.data)
    return _DATA[key]
