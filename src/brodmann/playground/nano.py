"""The nano backbones in the user's cache: pre-trained at first use, whole or not there."""

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
from brodmann.playground import world
from brodmann.playground.corpus import corpus
from brodmann.playground.recipe import AnyRecipe, Recipe

DIGEST_DOCUMENTS = 500
"""Documents whose text goes into the content hash, so that a changed grammar is a new model."""


def nano_folder(seed: int = 0, recipe: AnyRecipe | None = None) -> Path:
    """Where the backbone of a seed lies, or will lie: named by all that determines it.

    Args:
        seed: Of the language and the weights.
        recipe: Another recipe than that of ``model=nano``.
    """
    recipe = recipe or Recipe()
    texts, name = _language(recipe, seed)
    content = json.dumps([dataclasses.asdict(recipe), seed, texts], sort_keys=True)
    return cache_folder() / f"{name}-{hashlib.sha256(content.encode()).hexdigest()[:16]}"


def _language(recipe: AnyRecipe, seed: int) -> tuple[list[Any], str]:
    """What a recipe's corpus begins with, and what its folders are called."""
    if isinstance(recipe, Recipe):
        return [dataclasses.astuple(text) for text in corpus(DIGEST_DOCUMENTS, seed)], "nano"
    texts = [*world.vocabulary(), *world.documents(DIGEST_DOCUMENTS, seed)]
    return texts, f"nano_{recipe.objective}"


def cached_nano(seed: int = 0, recipe: AnyRecipe | None = None) -> Path | None:
    """The folder when the backbone is there already."""
    folder = nano_folder(seed, recipe)
    return folder if folder.is_dir() else None


def ensure_nano(
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
    recipe: AnyRecipe | None = None,
) -> Path:
    """The folder of the backbone, pre-trained now if it is not there; two processes are safe.

    Args:
        seed: Of the language and the weights.
        progress: Called with (step, steps) while it is trained.
        recipe: Another recipe than that of ``model=nano``.

    Returns:
        An ordinary checkpoint: ``config.json``, ``model.safetensors``, the tokenizer's files.
    """
    folder = nano_folder(seed, recipe)
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not folder.is_dir():
            _make(folder, seed, progress, recipe or Recipe())
    return folder


def ensure_nano_shape(recipe: AnyRecipe | None = None) -> Path:
    """The folder of a backbone's config and tokenizer, without weights; made at once if needed.

    It is all that a twin with random weights takes (``model.init=random``).

    Args:
        recipe: Another recipe than that of ``model=nano``.
    """
    whole = nano_folder(0, recipe)
    folder = whole.with_name(f"{whole.name}-shape")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not folder.is_dir():
            _write(folder, recipe or Recipe(), _random, weights=False)
    return folder


def _random(recipe: AnyRecipe, tokenizer: Any) -> Any:
    from brodmann.playground.shapes import build_model

    return build_model(recipe, 0, len(tokenizer))


def _make(folder: Path, seed: int, progress: Any, recipe: AnyRecipe) -> None:
    from brodmann.playground.pretrain import pretrain

    _write(folder, recipe, lambda recipe, tokenizer: pretrain(recipe, seed, progress))


def _write(
    folder: Path, recipe: AnyRecipe, make: Callable[[AnyRecipe, Any], Any], weights: bool = True
) -> None:
    """Write a checkpoint, whole or not at all."""
    from transformers.utils.logging import disable_progress_bar

    from brodmann.playground.pretrain import OBJECTIVES

    disable_progress_bar()
    tokenizer = OBJECTIVES[recipe.objective].tokenizer()
    part = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        make(recipe, tokenizer).save_pretrained(part)
        if not weights:
            (part / "model.safetensors").unlink()
        tokenizer.save_pretrained(part)
        for path in part.iterdir():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
