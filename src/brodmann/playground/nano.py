"""The nano backbone in the user's cache: pre-trained at first use, whole or not there."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from filelock import FileLock

from brodmann.cache import cache_folder
from brodmann.playground.corpus import corpus
from brodmann.playground.recipe import Recipe

DIGEST_DOCUMENTS = 500
"""Documents whose text goes into the content hash, so that a changed grammar is a new model."""


def nano_folder(seed: int = 0, recipe: Any = None) -> Path:
    """Where the backbone of a seed lies, or will lie: named by all that determines it.

    Args:
        seed: Of the language and the weights.
        recipe: Another recipe than the default one.
    """
    settings = dataclasses.asdict(recipe or Recipe())
    texts = [dataclasses.astuple(document) for document in corpus(DIGEST_DOCUMENTS, seed)]
    content = json.dumps([settings, seed, texts], sort_keys=True)
    return cache_folder() / f"nano-{hashlib.sha256(content.encode()).hexdigest()[:16]}"


def cached_nano(seed: int = 0, recipe: Any = None) -> Path | None:
    """The folder when the backbone is there already."""
    folder = nano_folder(seed, recipe)
    return folder if folder.is_dir() else None


def ensure_nano(
    seed: int = 0, progress: Callable[[int, int], None] | None = None, recipe: Any = None
) -> Path:
    """The folder of the backbone, pre-trained now if it is not there; two processes are safe.

    Args:
        seed: Of the language and the weights.
        progress: Called with (step, steps) while it is trained.
        recipe: Another recipe than the default one.

    Returns:
        An ordinary checkpoint: ``config.json``, ``model.safetensors``, the tokenizer's files.
    """
    folder = nano_folder(seed, recipe)
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not folder.is_dir():
            _make(folder, seed, progress, recipe)
    return folder


def _make(folder: Path, seed: int, progress: Any, recipe: Any) -> None:
    from brodmann.playground.pretrain import pretrain
    from brodmann.playground.tokenizer import build_tokenizer

    part = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        model = pretrain(recipe or Recipe(), seed, progress)
        model.save_pretrained(part)
        build_tokenizer().save_pretrained(part)
        for path in part.iterdir():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
