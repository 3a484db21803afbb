"""Many checkpoints beside one: what the emergence study pays for each of a series.

The checkpoints are one random-initialised BERT, shaken a little further at each step; what the
study does with them does not depend on whether they have learnt anything. Every figure comes from a
process of its own, so that nothing is known beforehand.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console

from benchmarks.alone import alone, quiet
from benchmarks.pairs import median_interval
from brodmann.backbones.checkpoint import weight_files, weights_digest
from brodmann.config.analysis import compose_study
from brodmann.config.groups import default_conf
from brodmann.lab.checkpoints import FOLDER, INDEX, folder_name, read_series
from brodmann.lab.files import write_json
from brodmann.playground.nano import ensure_nano_shape
from brodmann.playground.recipe import RECIPES
from brodmann.studies.emergence.followed import of_runs
from brodmann.studies.functions.probed import probed
from brodmann.studies.suite import Suite

BERTS = {"tiny": (1, 64), "small": (4, 256), "base": (12, 768)}
"""Blocks and width."""
SHAKEN = 0.005
"""Size of what a step adds to every weight."""


def write_series(folder: Path, shape: str, count: int) -> None:
    """Checkpoints as a pre-training run leaves them, with the tokenizer of nano_world."""
    from transformers import AutoTokenizer, BertConfig, BertForMaskedLM

    tokenizer = AutoTokenizer.from_pretrained(ensure_nano_shape(RECIPES["nano_world"]))
    blocks, width = BERTS[shape]
    torch.manual_seed(0)
    model = BertForMaskedLM(BertConfig(
        vocab_size=len(tokenizer), hidden_size=width, num_hidden_layers=blocks,
        num_attention_heads=width // 64, intermediate_size=4 * width, max_position_embeddings=128,
    ))  # fmt: skip
    entries = []
    for step in range(count):
        place = folder / FOLDER / folder_name(step)
        model.save_pretrained(place)
        tokenizer.save_pretrained(place)
        entries.append({"step": step, "sha256": weights_digest(weight_files(place))})
        with torch.no_grad():
            for weights in model.parameters():
                weights.add_(torch.randn_like(weights), alpha=SHAKEN)
    write_index(folder, entries)


def write_index(folder: Path, entries: list[dict[str, Any]]) -> None:
    """The list of a run's checkpoints."""
    content = {"run": "shaken", "steps": [one["step"] for one in entries], "entries": entries}
    write_json(folder / FOLDER / INDEX, content)


def first_of(folder: Path, place: Path) -> None:
    """A series of nothing but the first checkpoint of another one."""
    step = folder_name(0)
    (place / FOLDER).mkdir(parents=True)
    (place / FOLDER / step).symlink_to(folder / FOLDER / step)
    entry = {"step": 0, "sha256": weights_digest(weight_files(folder / FOLDER / step))}
    write_index(place, [entry])


def opened(folder: Path, runs: str, texts: int) -> Suite:
    """The study of a series: senses of ambiguous words, results in a new folder."""
    conf = [default_conf()]
    config = compose_study([
        "experiment=emergence", "functions=[playground/senses]", f"task.per_label={texts}",
        f"study.runs=[{folder}]",
        f"runs_dir={runs}", "logger=none", f"trainer.threads={torch.get_num_threads()}",
    ], conf)  # fmt: skip
    return Suite(config, conf, Path(runs), Console(quiet=True))


def _silent(threads: int) -> None:
    import transformers

    quiet(threads)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()


def analysed(folder: Path, texts: int, threads: int) -> float:
    """Seconds until every checkpoint is scanned and partitioned."""
    _silent(threads)
    with tempfile.TemporaryDirectory() as runs:
        started = time.perf_counter()
        of_runs(opened(folder, runs, texts), [read_series(folder)])
        return time.perf_counter() - started


def passes(folder: Path, texts: int, threads: int) -> float:
    """Seconds of the bare forward passes of one checkpoint over the functions' texts."""
    from brodmann.lab.subjects import checkpoint
    from brodmann.studies.functions.asked import of_model

    _silent(threads)
    with tempfile.TemporaryDirectory() as runs:
        suite = opened(folder, runs, texts)
        jobs = of_model(suite.config, *checkpoint(folder / FOLDER / folder_name(0)))
        each = [probed(one) for one in suite.prepare(jobs)]
        ready = [(one, list(one.batches("train", None))) for one in each]
        started = time.perf_counter()
        with torch.inference_mode():
            for one, batches in ready:
                for batch in batches:
                    one.subject.predict(one.subject.prepare(batch).inputs)
        return time.perf_counter() - started


def series_rows(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Cost of each checkpoint of a series over the cost of one alone, and over its passes."""
    _silent(arguments.threads)
    with tempfile.TemporaryDirectory() as place:
        many, one = Path(place) / "many", Path(place) / "one"
        write_series(many, arguments.bert, arguments.checkpoints)
        first_of(many, one)
        seconds = in_turn({
            "series": (analysed, many), "one alone": (analysed, one), "bare passes": (passes, many),
        }, arguments)  # fmt: skip
    each = seconds.pop("series") / arguments.checkpoints
    for name, other in seconds.items():
        low, high, confidence = median_interval(each / other)
        yield {
            "what": "cost of a checkpoint of a series", "shape": arguments.bert, "against": name,
            "checkpoints": arguments.checkpoints, "median": float(np.median(each / other)),
            "low": low, "high": high, "confidence": confidence,
            "seconds": float(np.median(each)), "theirs": float(np.median(other)),
        }  # fmt: skip


def in_turn(
    works: Mapping[str, tuple[Callable[..., float], Path]], arguments: argparse.Namespace
) -> dict[str, NDArray[np.float64]]:
    """Seconds of each, round by round, the order turned about every time."""
    found: dict[str, list[float]] = {name: [] for name in works}
    for number in range(arguments.pairs):
        for name in list(works)[:: -1 if number % 2 else 1]:
            work, folder = works[name]
            found[name].append(alone(work, folder, arguments.texts, arguments.threads))
    return {name: np.array(each) for name, each in found.items()}
